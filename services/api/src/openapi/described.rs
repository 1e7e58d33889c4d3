//! One operation, as the document describes it.

use serde_json::{Map, Value, json};
use sluice_registry::ACCESS_ROLES;

use super::{NAME, reference, schema_of};
use crate::{
    body::{JSON, YAML},
    operations::{Method, Operation, Scope},
};

/// The operation.
pub(super) fn operation(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.about,
        "description": who(operation),
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(body) = operation.body {
        let mut media = vec![JSON];
        media.extend(YAML.first().filter(|_| body.yaml));
        let content = media.into_iter().map(|media| {
            let schema = json!({ "schema": reference(body.schema) });
            (media.to_owned(), schema)
        });
        described["requestBody"] =
            json!({"required": true, "content": content.collect::<Map<_, _>>()});
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
            let schema = json!({"type": "string", "pattern": "^(\\*|\"[0-9]{1,19}\")$"});
            json!({"name": name, "in": "header", "description": about, "schema": schema})
        }));
    }
    all
}

fn responses(operation: &Operation) -> Value {
    let mut all = Map::new();
    for answer in operation.answers {
        let mut described = json!({ "description": answer.about });
        if let Some(schema) = answer.schema {
            described["content"] = json!({ JSON: { "schema": reference(schema) } });
        }
        let headers = headers(operation, answer.status);
        if !headers.is_empty() {
            described["headers"] = Value::Object(headers);
        }
        all.insert(answer.status.to_string(), described);
    }
    for (status, about) in problems(operation) {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        let described = json!({ "description": about, "content": content });
        all.insert(status.to_string(), described);
    }
    Value::Object(all)
}

fn headers(operation: &Operation, status: u16) -> Map<String, Value> {
    let header = |name: &str, about: &str| {
        let described = json!({ "description": about, "schema": { "type": "string" } });
        (name.to_owned(), described)
    };
    let shows_one = operation.shows_record();
    let mut headers = Map::new();
    if shows_one && status < 202 {
        headers.extend([header("ETag", "The revision of the record.")]);
    }
    let is_page = operation.id.starts_with("list");
    if is_page {
        headers.extend([header(
            "Link",
            "The address of the next page, if there is one.",
        )]);
    }
    let made = (operation.method == Method::Post && status == 201) || status == 202;
    if made {
        headers.extend([header("Location", "Where it is shown.")]);
    }
    headers
}

/// What can go wrong.
fn problems(operation: &Operation) -> Vec<(u16, &'static str)> {
    let mut all = vec![
        (400, "A parameter cannot be used."),
        (401, "There is no access token, or it opens nothing."),
        (403, "The access token does not allow it."),
        (
            404,
            "It is not there, or belongs to a project that the access token does not open.",
        ),
        (413, "The body is too large."),
        (414, "The query is too long."),
        (503, "Our fault, and not for ever: send it again."),
    ];
    // The commit log refuses what is ambiguous.
    if operation.changes() || operation.path.starts_with("/api/v1/commits") {
        all.push((409, "Something stands against it: the problem says what."));
    }
    if operation.is_conditional() {
        all.push((412, "It is not as If-Match or If-None-Match say."));
    }
    if operation.body.is_some() {
        all.push((408, "The body took too long."));
        all.push((415, "The body is of a type that is not taken."));
        all.push((422, "The body cannot be taken: the problem says why."));
    }
    all.sort_unstable_by_key(|(status, _)| *status);
    all
}
