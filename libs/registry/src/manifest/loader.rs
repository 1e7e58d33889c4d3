//! The one reader of YAML and JSON, bounded in every direction (rule S30).
//!
//! Anchors, aliases, merge keys and tags are refused: no manifest needs them, and all bombs do. Messages say where and
//! what was expected; they repeat names of fields, never the values beside them, since a value in the wrong place may
//! be a secret.

use serde_saphyr::{
    Error, Options, Spanned,
    budget::BudgetBreach,
    options::{DuplicateKeyPolicy, MergeKeyPolicy},
};

use super::{Manifest, read, wire::Document};
use crate::{
    DEFAULT_PROJECT,
    problem::{Problem, Problems, quoted},
};

/// Largest manifest file in bytes.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// Deepest nesting. Ours is five: a field of a secret of a spec, and the two collections around it.
const MAX_DEPTH: usize = 16;
/// Most documents in one file.
pub(super) const MAX_DOCUMENTS: usize = 10_000;
const MAX_NODES: usize = 250_000;

/// Longest name of a field that a message repeats.
const MAX_FIELD: usize = 40;

/// Reads all manifests of a file.
///
/// What cannot be read as YAML ends the reading; of what can, everything that is wrong is said at once.
pub fn parse(file: &[u8]) -> Result<Vec<Manifest>, Problems> {
    parse_in(file, DEFAULT_PROJECT)
}

/// The same where those that name no project are for this one.
pub fn parse_in(file: &[u8], project: &str) -> Result<Vec<Manifest>, Problems> {
    let file_problem =
        |what: &str, remedy: &str| Problems::from(Problem::new("manifest", what, remedy));
    if file.len() > MAX_MANIFEST_BYTES {
        return Err(file_problem("it is larger than 1 MiB", "apply it in parts"));
    }
    let text = std::str::from_utf8(file)
        .map_err(|_| file_problem("it is not UTF-8 text", "save it as UTF-8"))?;
    let documents: Vec<Spanned<Document>> =
        serde_saphyr::from_multiple_with_options(text, limits())
            .map_err(|error| problem(&error))?;
    if documents.is_empty() {
        return Err(file_problem(
            "it declares nothing",
            "check that it is the right file",
        ));
    }
    let lined = |document: Spanned<Document>| (document.referenced.line(), document.value);
    read::all(documents.into_iter().map(lined), project)
}

fn limits() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_documents: MAX_DOCUMENTS,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_total_scalar_bytes: MAX_MANIFEST_BYTES,
            max_total_comment_bytes: MAX_MANIFEST_BYTES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn problem(error: &Error) -> Problems {
    let place = match error.location() {
        Some(at) if at.line() > 0 => format!("line {}, column {}", at.line(), at.column()),
        _ => "manifest".to_owned(),
    };
    Problem::new(
        place,
        describe(error),
        "`sluice get -o yaml` shows the form",
    )
    .into()
}

/// What went wrong, without repeating any value.
fn describe(error: &Error) -> String {
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => describe(error),
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            let known = expected.join(", ");
            format!("unknown field{}, the known ones are {known}", named(field))
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            // Only `apiVersion` and `kind` are read so; a secret's kind is a text to be checked later.
            let known = expected.join(", ");
            format!("unknown{}, the known ones are {known}", named(variant))
        }
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map(named).unwrap_or_default();
            format!("the field{key} is there twice")
        }
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            format!("expected {expected}")
        }
        Error::Unexpected { expected, .. } => format!("expected {}", plainly(expected)),
        Error::InvalidScalar { ty, .. } => format!("this is not a valid {ty}"),
        Error::InvalidBooleanStrict { .. } => "expected true or false".to_owned(),
        Error::NullIntoString { .. } => "expected a text, found nothing".to_owned(),
        Error::Eof { .. } => "it ends too early".to_owned(),
        Error::MergeKeyNotAllowed { .. } => "merge keys (<<) are not taken".to_owned(),
        Error::UnsupportedTag { .. } => "tags (!) are not taken".to_owned(),
        Error::UnknownAnchor { .. } => "aliases (*) are not taken".to_owned(),
        Error::Budget { breach, .. } => too_much(breach).to_owned(),
        // The parser's own words: they name at most one character of the input.
        Error::ExternalMessage { msg, .. } => msg.clone(),
        _ => "this cannot be read".to_owned(),
    }
}

/// The parser's words in those of people.
fn plainly(expected: &'static str) -> &'static str {
    match expected {
        "mapping start" => "fields with their values",
        "sequence start" => "a list",
        "string scalar" => "a text",
        other => other,
    }
}

fn too_much(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
            "anchors (&) and aliases (*) are not taken"
        }
        BudgetBreach::Depth { .. } => "it is nested too deeply",
        BudgetBreach::Documents { .. } => "it has too many documents",
        _ => "it is too large",
    }
}

/// A field's name in quotes, if it looks like one.
pub(super) fn named(field: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    if field.len() <= MAX_FIELD && field.bytes().all(fits) {
        format!(" {}", quoted(field))
    } else {
        String::new()
    }
}
