//! What is answered and is neither declared nor a message of the contract.

use serde_json::{Map, Value, json};
use sluice_registry::{ACCESS_ROLES, Kind};

use super::{NAME, reference};
use crate::commands::STATES;

/// All of them by their names.
pub(super) fn all() -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |name: &str, schema: Value| drop(all.insert(name.to_owned(), schema));
    add("Problem", problem());
    add("Said", said());
    add(
        "OpenApi",
        json!({"type": "object", "required": ["openapi", "info", "paths"]}),
    );
    add("Operation", operation());
    add("Applied", applied());
    add("NewAccessToken", new_access_token());
    add("AccessToken", access_token());
    add("CloudEvent", cloud_event());
    add(
        "EventPage",
        page(
            "events",
            object(
                &["sequence", "event"],
                json!({
                    "sequence": {"type": "integer"},
                    "event": reference("CloudEvent"),
                }),
            ),
        ),
    );
    add(
        "AuditPage",
        page(
            "entries",
            object(
                &["sequence", "entry"],
                json!({
                    "sequence": {"type": "integer"},
                    "entry": reference("v1.AuditEntry"),
                }),
            ),
        ),
    );
    add(
        "AccessTokenPage",
        page("access-tokens", reference("AccessToken")),
    );
    let mut commits = page("commits", reference("v1.RecordedCommit"));
    commits["properties"]["index"] = reference("v1.IndexProgress");
    add("CommitPage", commits);
    for kind in Kind::ALL {
        let of_kind = page(kind.bucket(), reference(kind.word()));
        add(&format!("{}Page", kind.word()), of_kind);
    }
    all
}

/// An object with these fields and no others.
pub(super) fn object(required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

pub(super) fn page(name: &str, item: Value) -> Value {
    let mut page = object(
        &[name],
        json!({
            "next": {"type": "string", "description": "What leads to the next page; absent from the last."},
        }),
    );
    page["properties"][name] = json!({"type": "array", "items": item});
    page
}

fn problem() -> Value {
    let mut problem = object(
        &["title", "status", "detail"],
        json!({
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "parameter": {"type": "string", "description": "The parameter that is wrong."},
            "problems": {"type": "array", "items": reference("Said")},
        }),
    );
    problem["description"] = "RFC 9457, `about:blank`.".into();
    problem
}

fn said() -> Value {
    object(
        &["place", "what", "remedy"],
        json!({
            "place": {"type": "string"},
            "what": {"type": "string"},
            "remedy": {"type": "string"},
        }),
    )
}

fn operation() -> Value {
    object(
        &["id", "state", "verb", "principal"],
        json!({
            "id": {"type": "string"},
            "state": {"enum": STATES.words().collect::<Vec<_>>()},
            "verb": {"type": "string"},
            "principal": {"type": "string"},
            "reason": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
        }),
    )
}

fn applied() -> Value {
    let change = object(
        &["field"],
        json!({
            "field": {"type": "string"},
            "old": true,
            "new": true,
            "secret": {"const": true, "description": "It has a new value, which is secret."},
        }),
    );
    let became = object(
        &["kind", "name", "outcome"],
        json!({
            "kind": {"enum": Kind::ALL.map(Kind::word)},
            "project": {"type": "string"},
            "name": {"type": "string"},
            "outcome": {"enum": ["created", "configured", "unchanged", "deleted", "removing", "kept"]},
            "changes": {"type": "array", "items": change},
            "operation": {"type": "string"},
            "reason": {"type": "string"},
        }),
    );
    object(
        &["dryRun", "outcomes", "warnings"],
        json!({
            "dryRun": {"type": "boolean"},
            "outcomes": {"type": "array", "items": became},
            "warnings": {"type": "array", "items": reference("Said")},
        }),
    )
}

fn new_access_token() -> Value {
    object(
        &["name", "role"],
        json!({
            "name": {"type": "string", "pattern": NAME},
            "role": {"enum": ACCESS_ROLES.words().collect::<Vec<_>>()},
            "allProjects": {
                "type": "boolean",
                "description": "Whether it opens all projects, and what belongs to none. Else it opens `project`.",
            },
            "expiresAt": {"type": ["string", "null"], "format": "date-time"},
        }),
    )
}

fn access_token() -> Value {
    object(
        &["name", "role"],
        json!({
            "name": {"type": "string"},
            "project": {"type": "string", "description": "Absent: it opens all."},
            "role": {"type": "string"},
            "createdAt": {"type": "string", "format": "date-time"},
            "expiresAt": {"type": "string", "format": "date-time"},
            "token": {"type": "string", "description": "What opens; shown where it was just made, and never again."},
        }),
    )
}

fn cloud_event() -> Value {
    let text = || json!({"type": "string"});
    let names = [
        "id",
        "source",
        "type",
        "subject",
        "datacontenttype",
        "sluiceproject",
        "sluicefact",
        "sluicetrust",
        "sluicedelivery",
        "sluiceoperation",
    ];
    let mut properties: Map<_, _> = names
        .map(|name| (name.to_owned(), text()))
        .into_iter()
        .collect();
    properties.insert("specversion".to_owned(), json!({"const": "1.0"}));
    properties.insert(
        "time".to_owned(),
        json!({"type": "string", "format": "date-time"}),
    );
    properties.insert("data".to_owned(), json!({"type": "object"}));
    let required = [
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "sluiceproject",
        "data",
    ];
    object(&required, Value::Object(properties))
}
