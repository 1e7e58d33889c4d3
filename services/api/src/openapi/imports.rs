//! Imports: what is asked for, and how far it has come.

use serde_json::{Map, Value, json};
use sluice_registry::{
    ACCESS_LEVELS, CONNECTION_STATUSES, IMPORT_STATUSES, MIRROR_KINDS, WEBHOOK_KINDS,
};

use super::{
    NAME,
    objects::{object, page},
    reference,
};

/// All of them by their names.
pub(super) fn all() -> Map<String, Value> {
    Map::from_iter([
        ("ImportSpec".to_owned(), spec()),
        ("Import".to_owned(), import()),
        (
            "ImportPage".to_owned(),
            page("imports", reference("Import")),
        ),
    ])
}

fn spec() -> Value {
    object(
        &["host", "owner", "credential"],
        json!({
            "host": {"type": "string"},
            "owner": {"type": "string", "description": "Organization, group or user at the host."},
            "match": {
                "type": "string",
                "maxLength": 200,
                "description": "Which repositories, by their names below the owner, with `*` and `?`. All if it is left out.",
            },
            "credential": {"type": "string", "description": "What lists the repositories, and opens each of them."},
            "webhook": {
                "enum": WEBHOOK_KINDS.words().collect::<Vec<_>>(),
                "description": "`shared`: one webhook at the owner tells of all.",
            },
            "mirror": {"enum": MIRROR_KINDS.words().collect::<Vec<_>>()},
            "level": {"enum": ACCESS_LEVELS.words().collect::<Vec<_>>()},
            "archived": {"type": "boolean", "description": "Whether archived ones are meant."},
            "follow": {"type": "boolean", "description": "Whether those are registered, too, that appear later."},
        }),
    )
}

fn import() -> Value {
    object(
        &["name", "project", "spec", "status"],
        json!({
            "name": {"type": "string", "pattern": NAME},
            "project": {"type": "string", "pattern": NAME},
            "spec": reference("ImportSpec"),
            "status": status(),
        }),
    )
}

fn status() -> Value {
    let count = |about: &str| json!({"type": "integer", "description": about});
    let time = |about: &str| json!({"type": "string", "format": "date-time", "description": about});
    let states: Map<_, _> = CONNECTION_STATUSES
        .words()
        .map(|word| (word.to_owned(), json!({"type": "integer"})))
        .collect();
    object(
        &[
            "state",
            "seen",
            "registered",
            "known",
            "skipped",
            "repositories",
        ],
        json!({
            "state": {"enum": IMPORT_STATUSES.words().collect::<Vec<_>>()},
            "seen": count("How many repositories the host has shown this time."),
            "registered": count("How many it has registered, at any time."),
            "known": count("How many were registered already."),
            "skipped": count("How many are not meant."),
            "repositories": {
                "type": "object",
                "properties": states,
                "description": "How many of those that it has registered stand how with their host.",
            },
            "problem": reference("v1.ConnectionProblem"),
            "waitsUntil": time("Until when the host takes nothing new."),
            "startedAt": time("When it last began."),
            "finishedAt": time("When it last came to its end."),
            "dueAt": time("When it is looked again."),
            "principal": {"type": "string", "description": "Who asked for it."},
            "operation": {"type": "string", "description": "What asked for it last."},
            "connection": reference("v1.Connection"),
        }),
    )
}
