//! What is declared, in the form of manifests.

use serde_json::{Map, Value, json};
use sluice_registry::{
    ACCESS_LEVELS, API_VERSION, HOST_SHARES, Kind, MAX_WEBHOOK_DAYS, MIRROR_KINDS, SECRET_KINDS,
    WEBHOOK_KINDS,
};

use super::{NAME, objects::object, reference};
use crate::records::STATES;

/// A name, or nothing.
const SET: &str = "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$";

/// All of them by their names.
pub(super) fn all() -> Map<String, Value> {
    let mut all = Map::new();
    for kind in Kind::ALL {
        let spec = match kind {
            Kind::Project => project(),
            Kind::Host => host(),
            Kind::Credential => credential(),
            Kind::Repository => repository(),
            Kind::Endpoint => endpoint(),
        };
        let name = format!("{}Spec", kind.word());
        all.insert(
            kind.word().to_owned(),
            manifest(kind, &name, reference("Status")),
        );
        // What services know is passed over where it is sent back, whatever it is.
        all.insert(declared(kind), manifest(kind, &name, Value::Bool(true)));
        all.insert(name, spec);
    }
    all.insert("Status".to_owned(), status());
    all.insert("Value".to_owned(), value());
    let kinds = Kind::ALL.map(|kind| reference(&declared(kind)));
    all.insert("Manifest".to_owned(), json!({ "oneOf": kinds }));
    let list = json!({"type": "array", "minItems": 1, "items": reference("Manifest")});
    let either = json!({ "anyOf": [reference("Manifest"), list] });
    all.insert("Manifests".to_owned(), either);
    all
}

/// The name of what is sent to declare one.
fn declared(kind: Kind) -> String {
    format!("Declared{}", kind.word())
}

fn manifest(kind: Kind, spec: &str, status: Value) -> Value {
    let mut metadata = json!({
        "name": {"type": "string", "pattern": NAME},
        "set": {"type": "string", "pattern": SET, "description": "The named set that it was last applied with."},
    });
    if kind.is_of_project() {
        metadata["project"] = json!({"type": "string", "pattern": NAME});
    }
    object(
        &["apiVersion", "kind", "metadata", "spec"],
        json!({
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind.word()},
            "metadata": object(&["name"], metadata),
            "spec": reference(spec),
            "status": status,
        }),
    )
}

/// What services know.
fn status() -> Value {
    json!({
        "type": "object",
        "required": ["revision"],
        "properties": {
            "revision": {"type": "string"},
            "state": {"enum": STATES.words().collect::<Vec<_>>()},
            "connection": reference("v1.Connection"),
            "sync": reference("v1.SyncState"),
            "known": reference("v1.KnownRefs"),
            "address": {"type": "string", "description": "Where hosts send to; for editors."},
            "publicKey": {"type": "string", "description": "The public half of an SSH key, to be added at the host."},
            "deliveries": reference("v1.EndpointState"),
            "warnings": {"type": "array", "items": reference("Said")},
        },
    })
}

fn text() -> Value {
    json!({"type": "string"})
}

fn project() -> Value {
    object(
        &[],
        json!({"description": {"type": "string", "maxLength": 1000}}),
    )
}

fn host() -> Value {
    let percent = json!({"type": "integer", "minimum": 0, "maximum": 100});
    let shares: Map<_, _> = HOST_SHARES
        .iter()
        .map(|(service, _)| ((*service).to_owned(), percent.clone()))
        .collect();
    object(
        &[],
        json!({
            "provider": text(),
            "url": text(),
            "apiUrl": text(),
            "sshUrl": text(),
            "sshHostKeys": {"type": "array", "items": text()},
            "ca": {"type": "string", "description": "Certificates as PEM."},
            "privateAddresses": {"type": "boolean"},
            "callsPerHour": {"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "For all services together."},
            "shares": {
                "type": "object",
                "description": "How much of that is whose, in percent.",
                "properties": shares,
                "additionalProperties": false,
            },
        }),
    )
}

/// A secret, and whose it is. It is sealed at once, and never shown.
fn value() -> Value {
    object(
        &[],
        json!({
            "user": text(),
            "value": {"type": "string", "writeOnly": true},
        }),
    )
}

fn credential() -> Value {
    let patterns = json!({"type": "array", "items": text()});
    let grant = object(
        &["project"],
        json!({"project": {"type": "string", "pattern": NAME}, "repositories": patterns}),
    );
    let key = object(
        &[],
        json!({
            "user": text(),
            "value": {"type": "string", "writeOnly": true},
            "generate": {"type": "boolean", "description": "Make one, unless one is there; its public half stands in the status."},
        }),
    );
    let id = json!({"type": ["string", "integer"]});
    let app = object(
        &["id"],
        json!({
            "id": id,
            "installation": id,
            "value": {"type": "string", "writeOnly": true, "description": "The App's private key, in PEM."},
        }),
    );
    let mut spec = object(
        &["host"],
        json!({
            "host": text(),
            "token": reference("Value"),
            "userPassword": reference("Value"),
            "sshKey": key,
            "app": app,
            "expiresAt": {"type": "string", "format": "date-time"},
            "repositories": patterns,
            "grants": {"type": "array", "items": grant},
        }),
    );
    let kinds = ["token", "userPassword", "sshKey", "app"];
    spec["oneOf"] = kinds
        .map(|kind| json!({ "required": [kind] }))
        .to_vec()
        .into();
    spec
}

fn repository() -> Value {
    object(
        &["host", "fullName"],
        json!({
            "host": text(),
            "fullName": text(),
            "url": text(),
            "branch": text(),
            "credential": text(),
            "mirror": {"enum": MIRROR_KINDS.words().collect::<Vec<_>>()},
            "hostId": text(),
            "title": text(),
            "webhook": {"enum": WEBHOOK_KINDS.words().collect::<Vec<_>>()},
            "sharedEndpoint": {"type": "string", "description": "The endpoint whose webhook tells of it; for `webhook: shared`."},
            "webhookDays": {"type": "integer", "minimum": 0, "maximum": MAX_WEBHOOK_DAYS, "description": "How many days a webhook is used; 0: for ever."},
            "level": {"enum": ACCESS_LEVELS.words().collect::<Vec<_>>()},
        }),
    )
}

fn endpoint() -> Value {
    let secret = object(
        &["kind"],
        json!({
            "kind": {"enum": SECRET_KINDS.words().collect::<Vec<_>>()},
            "id": {"type": "string", "pattern": NAME},
            "value": {"type": "string", "writeOnly": true},
            "acceptUntil": {"type": "string", "format": "date-time"},
        }),
    );
    let mut scope = object(
        &[],
        json!({
            "owner": text(),
            "repository": text(),
            "host": {"const": true},
            "hostId": text(),
        }),
    );
    let says = ["owner", "repository", "host"];
    scope["oneOf"] = says.map(|one| json!({ "required": [one] })).to_vec().into();
    object(
        &["host", "scope", "secrets"],
        json!({
            "id": {"type": "string", "description": "What stands in its address; for editors. Made if it is left out."},
            "host": text(),
            "scope": scope,
            "secrets": {"type": "array", "minItems": 1, "items": secret},
            "disabled": {"type": "boolean"},
            "repository": text(),
        }),
    )
}
