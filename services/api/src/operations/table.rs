//! The table, in parts.

mod history;
mod records;
mod tokens;
mod work;

use sluice_events::v1::AccessRole;

use super::{Answer, Answering, Body, Method, Operation, Scope, parameters::Parameter};
use crate::serve::Asked;

/// All operations.
pub(super) static PARTS: &[&[Operation]] =
    &[records::PART, work::PART, tokens::PART, history::PART];

/// An answer with a body.
const fn told(status: u16, about: &'static str, schema: &'static str) -> Answer {
    Answer {
        status,
        about,
        schema: Some(schema),
    }
}

/// An answer without.
const fn done(status: u16, about: &'static str) -> Answer {
    Answer {
        status,
        about,
        schema: None,
    }
}

/// What reads and takes no body; for every role.
const fn read(
    id: &'static str,
    about: &'static str,
    path: &'static str,
    scope: Scope,
    parameters: &'static [&'static Parameter],
    answers: &'static [Answer],
    run: fn(Asked) -> Answering,
) -> Operation {
    Operation {
        id,
        about,
        method: Method::Get,
        path,
        role: AccessRole::Viewer,
        scope,
        parameters,
        body: None,
        answers,
        run,
    }
}
