//! What applying a manifest changes, field by field. A secret's value is never there to be shown: only that it changes.

use serde::Serialize;
use serde_json::Value;
use sluice_events::v1;
use sluice_registry::{Manifest, Outcome, Record, Snapshot, Step};

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// Such as `spec.branch` or `spec.secrets[0].acceptUntil`.
    field: String,
    /// Absent: it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Value>,
    /// Absent: it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Value>,
    /// It has a new value, which is secret.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret: bool,
}

/// All changes of an outcome.
pub(super) fn changes(outcome: &Outcome, records: &Snapshot) -> Vec<Change> {
    let put = outcome.steps.iter().find_map(|step| match step {
        Step::Put(record) => Some(record),
        Step::Seal { .. } | Step::Delete { .. } => None,
    });
    let Some(new) = put else { return Vec::new() };
    let old = records.record(&outcome.object);
    let mut changes = Vec::new();
    let shown = |record: &Record| shown(&Manifest::from(record));
    compare(
        "",
        old.as_ref().map(shown).as_ref(),
        Some(&shown(new)),
        &mut changes,
    );
    changes.extend(secrets(old.as_ref(), new));
    changes
}

/// Set and spec, as they are declared.
fn shown(manifest: &Manifest) -> Value {
    let mut whole = serde_json::to_value(manifest).unwrap_or_default();
    let spec = whole["spec"].take();
    let set = whole["metadata"]["set"].take();
    let mut shown = serde_json::Map::new();
    shown.insert("spec".to_owned(), spec);
    if !set.is_null() {
        shown.insert("metadata".to_owned(), serde_json::json!({ "set": set }));
    }
    Value::Object(shown)
}

fn compare(place: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let empty = serde_json::Map::new();
    let fields = |value: Option<&Value>| match value {
        Some(Value::Object(fields)) => Some(fields.clone()),
        None => Some(empty.clone()),
        Some(_) => None,
    };
    let is_object = |value: Option<&Value>| matches!(value, Some(Value::Object(_)));
    if let (Some(before), Some(after)) = (fields(old), fields(new))
        && (is_object(old) || is_object(new))
    {
        let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let inner = if place.is_empty() {
                name.clone()
            } else {
                format!("{place}.{name}")
            };
            compare(&inner, before.get(name), after.get(name), changes);
        }
        return;
    }
    if let (Some(Value::Array(before)), Some(Value::Array(after))) = (old, new) {
        for index in 0..before.len().max(after.len()) {
            let inner = format!("{place}[{index}]");
            compare(&inner, before.get(index), after.get(index), changes);
        }
        return;
    }
    changes.push(Change {
        field: place.to_owned(),
        old: old.cloned(),
        new: new.cloned(),
        secret: false,
    });
}

/// The version of the value that somebody has declared: of an App the private key, since its tokens are made.
fn declared(credential: &v1::Credential) -> u64 {
    let app = credential.app.as_ref();
    app.map_or(credential.version, |app| app.key_version)
}

/// The values that are sealed anew: those of other versions.
fn secrets(old: Option<&Record>, new: &Record) -> Vec<Change> {
    let changed = |field: String| Change {
        field,
        old: None,
        new: None,
        secret: true,
    };
    match (old, new) {
        (Some(Record::Credential(old)), Record::Credential(new))
            if declared(old) == declared(new) =>
        {
            Vec::new()
        }
        (_, Record::Credential(new)) => {
            let kind = sluice_registry::CREDENTIAL_KINDS.word(new.kind());
            vec![changed(format!("spec.{kind}.value"))]
        }
        (old, Record::Endpoint(new)) => {
            let listed = match old {
                Some(Record::Endpoint(old)) => old.secrets.as_slice(),
                _ => &[],
            };
            let is_old = |id: &str, version| {
                let mut listed = listed.iter();
                listed.any(|listed| listed.id == id && listed.version == version)
            };
            let secrets = new.secrets.iter().enumerate();
            let fresh = secrets.filter(|(_, secret)| !is_old(&secret.id, secret.version));
            fresh
                .map(|(index, _)| changed(format!("spec.secrets[{index}].value")))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compared(old: &Value, new: &Value) -> Value {
        let mut changes = Vec::new();
        compare("", Some(old), Some(new), &mut changes);
        serde_json::to_value(changes).unwrap()
    }

    #[test]
    fn a_change_names_field_old_and_new() {
        let old = json!({"spec": {"branch": "main", "keys": ["a", "b"], "same": {"x": 1}}});
        let new = json!({"spec": {"branch": "next", "keys": ["a", "c", "d"], "same": {"x": 1}, "title": "t"}});
        let expected = json!([
            {"field": "spec.branch", "old": "main", "new": "next"},
            {"field": "spec.keys[1]", "old": "b", "new": "c"},
            {"field": "spec.keys[2]", "new": "d"},
            {"field": "spec.title", "new": "t"},
        ]);
        assert_eq!(compared(&old, &new), expected);
        assert_eq!(compared(&old, &old), json!([]));
    }
}
