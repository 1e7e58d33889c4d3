//! What an operation answers.

use serde_json::{Map, Value, json};

use crate::{
    body::JSON,
    events::live::MEDIA,
    openapi::reference,
    operations::{self, Method, Operation},
};

/// What follows events is told.
const FOLLOWED: &str = "Server-sent events: what is stored after `after`, else from now on, and what comes, until the access \
     token ends. `id` is the sequence; `data` an item of `events`, in one line.";

/// All of it: what comes where nothing goes wrong, and what can go wrong.
pub(super) fn responses(operation: &Operation) -> Value {
    let mut all = Map::new();
    for answer in operation.answers {
        let mut described = json!({ "description": answer.about });
        if let Some(schema) = answer.schema {
            described["content"] = json!({ JSON: { "schema": reference(schema) } });
            if operation.follows() {
                let schema = json!({ "type": "string", "description": FOLLOWED });
                described["content"][MEDIA] = json!({ "schema": schema });
            }
        }
        let headers = headers(operation, answer.status);
        if !headers.is_empty() {
            described["headers"] = Value::Object(headers);
        }
        let links = links(operation, answer.status);
        if !links.is_empty() {
            described["links"] = Value::Object(links);
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

/// What can be asked next about what was answered.
fn links(operation: &Operation, status: u16) -> Map<String, Value> {
    let link = |id: &str, parameters: Value| {
        let described = json!({ "operationId": id, "parameters": parameters });
        (id.to_owned(), described)
    };
    if status == 202 {
        let id = json!({ "id": "$response.body#/id" });
        return Map::from_iter([link("getOperation", id)]);
    }
    if status == 201 && operation.id == "createAccessToken" {
        let name = json!({ "name": "$response.body#/name" });
        return ["getAccessToken", "deleteAccessToken"]
            .map(|id| link(id, name.clone()))
            .into_iter()
            .collect();
    }
    let Some(kind) = operation.id.strip_prefix("put") else {
        return Map::new();
    };
    let mut same = json!({ "name": "$response.body#/metadata/name" });
    if operation.takes("project") {
        same["project"] = "$response.body#/metadata/project".into();
    }
    ["get", "delete", "sync", "recheck", "renew", "accept"]
        .map(|verb| format!("{verb}{kind}"))
        .iter()
        .filter(|id| operations::named(id).is_some())
        .map(|id| link(id, same.clone()))
        .collect()
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
    if operation.follows() || operation.body.is_some() {
        all.push((429, "The access token does this too often at once."));
    }
    if operation.body.is_some() {
        all.push((408, "The body took too long."));
        all.push((415, "The body is of a type that is not taken."));
    }
    if operation.body.is_some() || operation.follows() {
        all.push((
            422,
            "It can be read and not be taken: the problem says why.",
        ));
    }
    all.sort_unstable_by_key(|(status, _)| *status);
    all
}
