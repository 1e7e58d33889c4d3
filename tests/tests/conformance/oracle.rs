//! What another implementation, go-scm, read of a payload, and what we read, as named fields.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_providers::{Happening, Observation};

use crate::{reading::id, told::word};

/// Fields by name. A field that one side does not have is not compared, but for `kind`.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// The names of the fields that differ. Of different kinds nothing else is compared.
pub(crate) fn differing(ours: &Fields, theirs: &Fields) -> Vec<String> {
    let differs = |field: &str| {
        let (our, their) = (ours.get(field), theirs.get(field));
        our.is_some() && their.is_some() && our != their
    };
    if differs("kind") {
        return vec!["kind".to_owned()];
    }
    theirs
        .keys()
        .filter(|field| differs(field))
        .map(|&field| field.to_owned())
        .collect()
}

pub(crate) fn ours(observation: &Observation) -> Fields {
    let mut fields = match &observation.happenings[0] {
        Happening::Ref(event) => Fields::from([
            ("kind", "ref".to_owned()),
            ("ref", event.r#ref.clone()),
            (
                "short",
                event.r#ref.splitn(3, '/').last().unwrap().to_owned(),
            ),
            ("change", word(event.change().as_str_name(), "REF_CHANGE_")),
            ("before", event.before.clone().unwrap_or("-".to_owned())),
            ("after", event.after.clone().unwrap_or("-".to_owned())),
        ]),
        Happening::Change(event) => {
            let source = event.source.clone().unwrap_or_default();
            let target = event.target.clone().unwrap_or_default();
            Fields::from([
                ("kind", "change".to_owned()),
                (
                    "action",
                    word(event.action().as_str_name(), "CHANGE_ACTION_"),
                ),
                ("number", event.number.to_string()),
                ("title", event.title.clone()),
                ("state", word(event.state().as_str_name(), "CHANGE_STATE_")),
                ("source.branch", source.branch),
                ("source.sha", source.sha.unwrap_or_default()),
                ("target.branch", target.branch),
            ])
        }
        Happening::Repository(_) => Fields::from([("kind", "repository".to_owned())]),
        Happening::Ping(_) => Fields::from([("kind", "ping".to_owned())]),
        Happening::Other(_) => Fields::from([("kind", "other".to_owned())]),
    };
    if let Some(repository) = &observation.repository {
        fields.insert("repository", repository.full_name.clone());
    }
    fields
}

/// `None` for what tells of no ref and no change.
pub(crate) fn theirs(golden: &Value) -> Option<Fields> {
    let has = |name: &str| !golden[name].is_null();
    let mut fields = if golden["Ref"].is_string() {
        push(golden)
    } else if golden["Ref"].is_object() && has("Action") {
        branch_or_tag(golden)
    } else if has("PullRequest") && has("Action") && !has("Comment") && !has("Review") {
        change(golden)
    } else {
        return None;
    };
    let repository = &golden["Repo"];
    let name = format!(
        "{}/{}",
        text(&repository["Namespace"]),
        text(&repository["Name"])
    );
    fields.insert("repository", name);
    Some(fields)
}

fn push(golden: &Value) -> Fields {
    let after = golden["After"]
        .as_str()
        .unwrap_or(golden["Commit"]["Sha"].as_str().unwrap());
    let mut fields = Fields::from([
        ("kind", "ref".to_owned()),
        ("ref", text(&golden["Ref"])),
        ("after", id(after)),
    ]);
    if let Some(before) = golden["Before"]
        .as_str()
        .filter(|before| !before.is_empty())
    {
        fields.insert("before", id(before));
    }
    fields
}

fn branch_or_tag(golden: &Value) -> Fields {
    let change = text(&golden["Action"]);
    let mut fields = Fields::from([
        ("kind", "ref".to_owned()),
        ("short", text(&golden["Ref"]["Name"])),
    ]);
    let sha = golden["Ref"]["Sha"].as_str().filter(|sha| !sha.is_empty());
    if let Some(sha) = sha {
        let field = if change == "deleted" {
            "before"
        } else {
            "after"
        };
        fields.insert(field, sha.to_owned());
    }
    fields.insert("change", change);
    fields
}

fn change(golden: &Value) -> Fields {
    let request = &golden["PullRequest"];
    let (closed, merged) = (request["Closed"] == true, request["Merged"] == true);
    let state = if merged {
        "merged"
    } else if closed {
        "closed"
    } else {
        "open"
    };
    let action = match golden["Action"].as_str().unwrap() {
        "closed" if merged => "merged",
        action @ ("opened" | "closed" | "reopened" | "merged") => action,
        _ => "updated",
    };
    Fields::from([
        ("kind", "change".to_owned()),
        ("action", action.to_owned()),
        ("number", request["Number"].to_string()),
        ("title", text(&request["Title"])),
        ("state", state.to_owned()),
        ("source.branch", text(&request["Source"])),
        ("source.sha", text(&request["Sha"])),
        ("target.branch", text(&request["Target"])),
    ])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_planted_difference_is_found() {
    let fields =
        |title: &str| Fields::from([("kind", "change".to_owned()), ("title", title.to_owned())]);
    assert!(differing(&fields("a"), &fields("a")).is_empty());
    assert_eq!(differing(&fields("a"), &fields("b")), ["title"]);
    let other = Fields::from([("kind", "other".to_owned())]);
    assert_eq!(differing(&other, &fields("a")), ["kind"]);
}
