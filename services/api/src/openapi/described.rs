//! One operation, as the document describes it.

mod responses;

use serde_json::{Map, Value, json};
use sluice_registry::ACCESS_ROLES;

use super::{NAME, reference, schema_of};
use crate::{
    body::{JSON, YAML},
    operations::{Operation, Scope, parameters::AFTER_SEQUENCE},
};

/// The operation.
pub(super) fn operation(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.about,
        "description": who(operation),
        "parameters": parameters(operation),
        "responses": responses::responses(operation),
    });
    if let Some(body) = operation.body {
        let mut content = Map::new();
        content.insert(JSON.to_owned(), json!({ "schema": reference(body.schema) }));
        if let Some(yaml) = YAML.first().filter(|_| body.yaml) {
            // Every scalar is the text that it is there, which a schema of JSON cannot say.
            content.insert((*yaml).to_owned(), json!({ "schema": true }));
        }
        described["requestBody"] = json!({"required": true, "content": content});
    }
    described
}

fn who(operation: &Operation) -> String {
    let role = ACCESS_ROLES.word(operation.role);
    match operation.scope {
        Scope::System => format!("For the role {role} of an access token that opens all projects."),
        _ => format!("For the role {role}."),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let segments = operation.path.split('/');
    let segments = segments.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<_> = segments
        .map(|name| {
            let pattern = match name {
                "sha" => "^[0-9A-Fa-f]{4,64}$",
                "id" => "^[0-9a-z-]{1,200}$",
                _ => NAME,
            };
            let schema = json!({"type": "string", "pattern": pattern});
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    all.extend(operation.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "allowEmptyValue": true,
            "schema": schema_of(parameter),
        })
    }));
    if operation.follows() {
        all.push(json!({
            "name": "Last-Event-ID",
            "in": "header",
            "description": "The id of the last event that was seen, instead of `after`.",
            "schema": schema_of(&AFTER_SEQUENCE),
        }));
    }
    if operation.is_conditional() {
        let headers = [
            (
                "If-Match",
                "Only if it is there with this ETag; `*`: with any.",
            ),
            (
                "If-None-Match",
                "Only if it is not there with this ETag; `*`: not at all.",
            ),
        ];
        all.extend(headers.map(|(name, about)| {
            let schema = json!({"type": "string", "pattern": "^(\"[0-9]{1,19}\"|[*])$"});
            json!({"name": name, "in": "header", "description": about, "schema": schema})
        }));
    }
    all
}
