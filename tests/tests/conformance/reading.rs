//! A second reading of Gitea's and Forgejo's bodies: by pointers into the JSON, for what was recorded alone.
//!
//! It shares no code and no idea with the provider, so that an error in one of them shows.

use serde_json::Value;

/// What [`told`](crate::told::told) must say of the body.
pub(crate) fn reading(event: &str, body: &Value) -> String {
    let at = |pointer: &str| text(body, pointer);
    let said = match event {
        "push" if at("/before") == at("/after") => "ping".to_owned(),
        "push" => {
            let (before, after) = (id(&at("/before")), id(&at("/after")));
            let change = match (&*before, &*after) {
                ("-", _) => "created",
                (_, "-") => "deleted",
                _ => "updated",
            };
            format!("{change} {} {before}..{after}", at("/ref"))
        }
        "create" => format!("created {} -..{}", full_ref(body), at("/sha")),
        "delete" => format!("deleted {} -..-", full_ref(body)),
        "pull_request" => pull_request(body),
        "repository" => format!("repository {}", at("/action")),
        _ => "other".to_owned(),
    };
    let repository = match &body["repository"] {
        Value::Null => "-".to_owned(),
        repository => format!("{} {}", repository["id"], text(repository, "/full_name")),
    };
    format!("{repository}: {said} by {}", at("/sender/login"))
}

fn pull_request(body: &Value) -> String {
    let request = &body["pull_request"];
    let merged = request["merged"] == true;
    let action = match text(body, "/action").as_str() {
        "closed" if merged => "merged".to_owned(),
        action @ ("opened" | "closed" | "reopened") => action.to_owned(),
        _ => "updated".to_owned(),
    };
    let state = if merged {
        "merged".to_owned()
    } else {
        text(request, "/state")
    };
    let side = |name: &str| {
        let at = |field: &str| text(request, &format!("/{name}/{field}"));
        format!("{} {} {}", at("repo/full_name"), at("ref"), at("sha"))
    };
    let merge = if merged {
        text(request, "/merge_commit_sha")
    } else {
        "-".to_owned()
    };
    format!(
        "{action} #{} {} {state}, {} into {}, merge {merge}",
        body["number"],
        request["title"],
        side("head"),
        side("base"),
    )
}

/// The ref of a body that names it, whether short or in full.
pub(crate) fn full_ref(body: &Value) -> String {
    let name = text(body, "/ref");
    match body["ref_type"].as_str() {
        Some("branch") => format!("refs/heads/{name}"),
        Some("tag") => format!("refs/tags/{name}"),
        _ => name,
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

/// An object id as [`told`](crate::told::told) writes it.
pub(crate) fn id(id: &str) -> String {
    if id.trim_matches('0').is_empty() {
        "-".to_owned()
    } else {
        id.to_owned()
    }
}
