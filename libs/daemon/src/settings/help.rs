//! What `--help` prints: every setting from its declaration.

use std::fmt::Write;

use super::table::Table;
use super::{Key, Kind};
use crate::service::Service;

/// The settings of a service: flag, variable, what it is for and what holds by default.
#[must_use]
pub fn help(service: &Service) -> String {
    let mut text = format!(
        "{}: {}\n\n\
         Usage: {} [--SETTING VALUE]...\n\n\
         A setting is taken from its flag, else from its variable, else from the file (the same name\n\
         without the dashes in front), else from its default.\n\n\
         Settings:\n",
        service.name, service.about, service.name,
    );
    for key in Table::of(service).keys() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {:<32} {}\n        {}",
            flag(key),
            variables(key),
            explained(key)
        );
    }
    text.push_str("\n  --help                           prints this\n  --version                        prints the version\n");
    text
}

fn flag(key: &Key) -> String {
    match key.kind {
        Kind::Value => format!("--{} {}", key.name, key.placeholder),
        Kind::Switch => format!("--{}", key.name),
        Kind::Secret => format!("--{}-file FILE", key.name),
    }
}

fn variables(key: &Key) -> String {
    let ours = match key.kind {
        Kind::Secret => format!("{0}, {0}_FILE", key.variable()),
        Kind::Value | Kind::Switch => key.variable(),
    };
    key.also
        .map_or(ours.clone(), |also| format!("{ours}, {also}"))
}

fn explained(key: &Key) -> String {
    match (key.kind, key.default) {
        (Kind::Switch, Some("false")) | (_, None) => key.doc.to_owned(),
        (_, Some(default)) => format!("{} [{default}]", key.doc),
    }
}
