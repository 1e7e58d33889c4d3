//! The pages that lead through the tree name what is there.

use std::fs;

use crate::root;

/// The pages.
const PAGES: &[&str] = &["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"];

/// Endings by which a name is one of a file, wherever that is said to be.
const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".proto", ".conf", ".yaml", ".txt"];

#[test]
fn every_path_that_a_page_names_is_there() {
    let mut missing = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(root().join(page));
        let text = text.unwrap_or_else(|error| panic!("{page}: {error}"));
        let paths = paths(&text);
        assert!(!paths.is_empty(), "{page} names no path at all");
        let gone = paths.into_iter().filter(|path| !root().join(path).exists());
        missing.extend(gone.map(|path| format!("{page}: {path}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// What stands in backticks and looks like a path from the top of the tree.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let words = quoted.filter_map(|quoted| quoted.split_whitespace().next());
    words.filter(|word| looks_like_a_path(word)).collect()
}

fn looks_like_a_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if word.starts_with('/') || !word.chars().all(plain) {
        return false;
    }
    match word.split_once('/') {
        Some((first, _)) => {
            first != "target" && root().join(first).exists()
                || ENDINGS.iter().any(|ending| word.ends_with(ending))
        }
        None => word.ends_with(".md") || word == "LICENSE" || word == "Makefile",
    }
}

#[test]
fn a_planted_path_is_found() {
    let text = "In `libs/nowhere` and `gone/away.rs`, by `scripts/nats-server cargo test`, not `acme/web`, `/hooks/x`, `a.json`.";
    assert_eq!(
        paths(text),
        ["libs/nowhere", "gone/away.rs", "scripts/nats-server"]
    );
    assert!(!root().join("libs/nowhere").exists());
}
