//! Access tokens.

use sluice_events::v1::AccessRole::Admin;

use super::{Body, done, read, told};
use crate::{
    operations::{
        Method, Operation, Scope,
        parameters::{AFTER, LIMIT, PROJECT},
    },
    tokens,
};

const ALL: &str = "/api/v1/access-tokens";
const ONE: &str = "/api/v1/access-tokens/{name}";

pub(super) static PART: &[Operation] = &[
    Operation {
        role: Admin,
        ..read(
            "listAccessTokens",
            "Access tokens by name, without what opens.",
            ALL,
            Scope::Projects,
            &[&PROJECT, &AFTER, &LIMIT],
            &[told(200, "A page.", "AccessTokenPage")],
            |asked| Box::pin(tokens::list(asked)),
        )
    },
    Operation {
        role: Admin,
        ..read(
            "getAccessToken",
            "One access token, without what opens.",
            ONE,
            Scope::Projects,
            &[&PROJECT],
            &[told(200, "The access token.", "AccessToken")],
            |asked| Box::pin(tokens::show(asked)),
        )
    },
    Operation {
        id: "createAccessToken",
        about: "Makes one for a project, or for all, and shows it this once.",
        method: Method::Post,
        path: ALL,
        role: Admin,
        scope: Scope::Project,
        parameters: &[&PROJECT],
        body: Some(Body {
            schema: "NewAccessToken",
            yaml: false,
        }),
        answers: &[told(
            201,
            "The access token, with what opens.",
            "AccessToken",
        )],
        run: |asked| Box::pin(tokens::create(asked)),
    },
    Operation {
        id: "deleteAccessToken",
        about: "Takes one away: it opens nothing from now on.",
        method: Method::Delete,
        path: ONE,
        role: Admin,
        scope: Scope::Projects,
        parameters: &[&PROJECT],
        body: None,
        answers: &[done(204, "It is gone.")],
        run: |asked| Box::pin(tokens::delete(asked)),
    },
];
