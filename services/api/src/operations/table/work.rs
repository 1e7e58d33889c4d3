//! What services are asked to do.

use sluice_events::v1::AccessRole::{self, Admin, Editor};

use super::{Body, read, told};
use crate::{
    commands::{self, Work},
    imports,
    operations::{
        Answer, Answering, Method, Operation, Scope,
        parameters::{AFTER, LIMIT, PROJECT, Parameter},
    },
    serve::Asked,
};

const OF_ONE: &[&Parameter] = &[&PROJECT];

const ASKED_FOR: &[Answer] = &[told(202, "It is asked for.", "Operation")];

/// Something that is done to a repository.
const fn ask(
    id: &'static str,
    about: &'static str,
    path: &'static str,
    role: AccessRole,
    run: fn(Asked) -> Answering,
) -> Operation {
    Operation {
        id,
        about,
        method: Method::Post,
        path,
        role,
        scope: Scope::Project,
        parameters: OF_ONE,
        body: None,
        answers: ASKED_FOR,
        run,
    }
}

pub(super) static PART: &[Operation] = &[
    ask(
        "syncRepository",
        "Has its refs looked at now.",
        "/api/v1/repositories/{name}/sync",
        Editor,
        |asked| Box::pin(commands::ask(Work::Sync, asked)),
    ),
    ask(
        "recheckRepository",
        "Has its host asked about it now.",
        "/api/v1/repositories/{name}/recheck",
        Editor,
        |asked| Box::pin(commands::ask(Work::Recheck, asked)),
    ),
    ask(
        "renewRepository",
        "Has its webhook made anew.",
        "/api/v1/repositories/{name}/renew",
        Editor,
        |asked| Box::pin(commands::ask(Work::Renew, asked)),
    ),
    ask(
        "acceptRepository",
        "Agrees that its owner or its visibility changed.",
        "/api/v1/repositories/{name}/accept",
        Admin,
        |asked| Box::pin(commands::ask(Work::Accept, asked)),
    ),
    Operation {
        body: Some(Body {
            schema: "ImportSpec",
            yaml: false,
        }),
        ..ask(
            "startImport",
            "Has all repositories of an owner registered that fit. It is asked for and not declared: again, it begins anew.",
            "/api/v1/imports/{name}",
            Editor,
            |asked| Box::pin(imports::start(asked)),
        )
    },
    Operation {
        method: Method::Delete,
        ..ask(
            "endImport",
            "Ends one: what it has registered stays, and a webhook that it has at the owner is removed.",
            "/api/v1/imports/{name}",
            Editor,
            |asked| Box::pin(imports::end(asked)),
        )
    },
    read(
        "listImports",
        "Imports, and how far they have come.",
        "/api/v1/imports",
        Scope::Projects,
        &[&PROJECT, &AFTER, &LIMIT],
        &[told(200, "A page.", "ImportPage")],
        |asked| Box::pin(imports::list(asked)),
    ),
    read(
        "getImport",
        "One import, and how far it has come.",
        "/api/v1/imports/{name}",
        Scope::Project,
        OF_ONE,
        &[told(200, "The import.", "Import")],
        |asked| Box::pin(imports::show(asked)),
    ),
    read(
        "getOperation",
        "What became of something that was asked for.",
        "/api/v1/operations/{id}",
        Scope::Projects,
        &[&PROJECT],
        &[told(200, "How far it has come.", "Operation")],
        |asked| Box::pin(commands::show(asked)),
    ),
];
