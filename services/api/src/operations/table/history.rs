//! What happened, and what can be asked.

use sluice_events::v1::AccessRole::Admin;

use super::{read, told};
use crate::{
    audit, commits, events, openapi,
    operations::{
        Operation, Scope,
        parameters::{
            AFTER_SEQUENCE, AUTHOR, BRANCH, CURSOR, HOST, KIND, LIMIT_OF_MANY, PATH, PROJECT, REF,
            REPOSITORY, SHA, SINCE, TEXT, UNTIL,
        },
    },
};

pub(super) static PART: &[Operation] = &[
    read(
        "listCommits",
        "Commits of the log of one project, the newest first.",
        "/api/v1/commits",
        Scope::Project,
        &[
            &PROJECT,
            &REPOSITORY,
            &HOST,
            &BRANCH,
            &AUTHOR,
            &SINCE,
            &UNTIL,
            &PATH,
            &TEXT,
            &SHA,
            &LIMIT_OF_MANY,
            &CURSOR,
        ],
        &[told(200, "A page.", "CommitPage")],
        |asked| Box::pin(commits::list(asked)),
    ),
    read(
        "getCommit",
        "One commit, by the beginning of its id.",
        "/api/v1/commits/{sha}",
        Scope::Project,
        &[&PROJECT, &REPOSITORY, &HOST],
        &[told(200, "The commit.", "v1.RecordedCommit")],
        |asked| Box::pin(commits::show(asked)),
    ),
    read(
        "listEvents",
        "Stored events, from the oldest on.",
        "/api/v1/events",
        Scope::Projects,
        &[
            &PROJECT,
            &HOST,
            &REPOSITORY,
            &KIND,
            &REF,
            &SINCE,
            &AFTER_SEQUENCE,
            &LIMIT_OF_MANY,
        ],
        &[told(200, "A page.", "EventPage")],
        |asked| Box::pin(events::list(asked)),
    ),
    Operation {
        role: Admin,
        ..read(
            "listAudit",
            "Who changed what, or was not allowed to, from the oldest on.",
            "/api/v1/audit",
            Scope::Projects,
            &[&PROJECT, &SINCE, &AFTER_SEQUENCE, &LIMIT_OF_MANY],
            &[told(200, "A page.", "AuditPage")],
            |asked| Box::pin(audit::list(asked)),
        )
    },
    read(
        "getOpenApi",
        "This document.",
        "/api/v1/openapi.json",
        Scope::Everybody,
        &[],
        &[told(200, "OpenAPI 3.1.", "OpenApi")],
        |asked| Box::pin(openapi::show(asked)),
    ),
];
