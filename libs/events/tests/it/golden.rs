//! What a version once wrote, every later one reads to the same message.
//!
//! `tests/golden/v1` has a full message of every kind as `<Message>.json`. `make docs` writes those that are missing,
//! and nothing overwrites one: they are the memory of what is stored at somebody's site.

use std::{fs, path::PathBuf};

use serde_json::Value;
use sluice_events::{Envelope, Fact, Header, Timestamp, families::FAMILIES, v1::Trust};

use crate::{
    fill::{Full, fill},
    generated::update,
    messages::{kind, pool, reference_json},
};

/// What stands in buckets; what stands in streams is in [`FAMILIES`].
const RECORDS: [&str; 14] = [
    "sluice.v1.AccessToken",
    "sluice.v1.CommitPlace",
    "sluice.v1.Credential",
    "sluice.v1.CursorKey",
    "sluice.v1.Endpoint",
    "sluice.v1.EndpointState",
    "sluice.v1.Host",
    "sluice.v1.KnownRefs",
    "sluice.v1.OperationOutcome",
    "sluice.v1.Project",
    "sluice.v1.RefTablePart",
    "sluice.v1.RegisteredRepository",
    "sluice.v1.SealedValue",
    "sluice.v1.SyncState",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

/// The JSON files of a folder, by the name of their message.
fn files(folder: PathBuf) -> Vec<(String, Value)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = format!("sluice.v1.{}", path.file_stem().unwrap().to_str().unwrap());
            files.push((
                name,
                serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
            ));
        }
    }
    files
}

fn reread(name: &str, json: &Value) -> Value {
    let ours = (kind(name).from_json)(&json.to_string()).unwrap();
    serde_json::from_str(&ours.json).unwrap()
}

#[test]
fn generated_golden_files_exist_and_are_never_overwritten() {
    let events = FAMILIES
        .iter()
        .flat_map(|family| family.kinds)
        .map(|kind| kind.message);
    for name in events.chain(RECORDS) {
        let path = folder().join(format!("{}.json", name.rsplit('.').next().unwrap()));
        if !path.exists() {
            assert!(update(), "{} is missing: run `make docs`", path.display());
            let full = fill(&pool().get_message_by_name(name).unwrap(), &mut Full);
            let json = serde_json::to_string_pretty(&reference_json(&full)).unwrap();
            fs::write(path, json + "\n").unwrap();
        }
    }
}

#[test]
fn what_was_written_reads_to_the_same_message() {
    let files = files(folder());
    assert!(files.len() >= 12, "golden files are gone: {}", files.len());
    for (name, json) in files {
        assert_eq!(reread(&name, &json), json, "{name}");
    }
}

#[test]
fn what_later_versions_add_is_passed_over() {
    let files = files(folder().join("later"));
    assert!(!files.is_empty());
    for (name, json) in files {
        let read = folder()
            .join("later")
            .join(format!("{}.json.read", name.rsplit('.').next().unwrap()));
        let expected: Value = serde_json::from_slice(&fs::read(read).unwrap()).unwrap();
        assert_eq!(reread(&name, &json), expected, "{name}");
    }
}

#[test]
fn a_changed_field_is_noticed() {
    // As if a later version had renamed `ref`.
    let json = serde_json::json!({ "reference": "refs/heads/main" });
    assert_ne!(reread("sluice.v1.RefEvent", &json), json);
}

#[test]
fn an_envelope_that_was_written_reads_the_same() {
    let text = fs::read_to_string(folder().join("envelope.headers")).unwrap();
    let headers: Vec<(&str, &str)> = text
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| *value)
    };
    let envelope = Envelope::from_headers(header).unwrap();
    assert_eq!(envelope.subject, "refs/heads/tête 100%");
    assert_eq!(envelope.trust, Trust::Signed);
    assert_eq!(
        envelope.fact.as_ref().map(Fact::as_str),
        header("ce-sluicefact")
    );
    assert_eq!(
        Some(envelope.time),
        Timestamp::parse("2026-11-21T08:00:00.125Z")
    );

    let written: Vec<Header> = envelope.to_headers();
    let written: Vec<(&str, &str)> = written
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_str()))
        .collect();
    assert_eq!(written, headers);
}
