//! The pages for people name only what is there.

use std::fs;

use crate::root;

const PAGES: &[&str] = &["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"];

#[test]
fn every_path_that_a_page_names_is_there() {
    for page in PAGES {
        let text = fs::read_to_string(root().join(page));
        let text = text.unwrap_or_else(|error| panic!("{page}: {error}"));
        let named = paths(&text);
        assert!(!named.is_empty(), "{page} names no path at all");
        let missing = named.iter().filter(|path| !root().join(path).exists());
        let missing: Vec<_> = missing.collect();
        assert!(
            missing.is_empty(),
            "{page} names what is not there: {missing:?}"
        );
    }
}

#[test]
fn what_looks_like_a_path_is_taken_for_one() {
    for (text, expected) in [
        (
            "see `libs/bus/src/lib.rs` and `libs/bus`.",
            &["libs/bus/src/lib.rs", "libs/bus"][..],
        ),
        ("`scripts/run it now`", &["scripts/run"]),
        ("`README.md`", &["README.md"]),
        (
            "a folder `libs/providers/src/<host>`",
            &["libs/providers/src"],
        ),
        (
            "`/livez`, `a::b`, `--flag`, `sluice.v1.git.>`, `config.rs`, `http://a/b`",
            &[],
        ),
        (
            "```\nGET `/x/y`\nlibs/none\n```\n`docs/a.md`",
            &["docs/a.md"],
        ),
    ] {
        assert_eq!(paths(text), expected, "{text}");
    }
}

/// The paths between backticks, outside of blocks of code: what has a slash inside, and pages.
fn paths(text: &str) -> Vec<String> {
    let outside = text.split("```").step_by(2);
    let words = outside.flat_map(|text| text.split('`').skip(1).step_by(2));
    let words = words.filter_map(|quoted| quoted.split_whitespace().next());
    let named = words.filter(|word| {
        let path = word.contains('/') && !word.starts_with('/') && !word.contains("://");
        (path || word.ends_with(".md")) && !word.contains(['*', '{', '…', '@', '='])
    });
    // A place that anything can take stands for its folder.
    let fixed = named.map(|word| match word.split_once('<') {
        Some((folder, _)) => folder.trim_end_matches('/'),
        None => word,
    });
    fixed.map(str::to_owned).collect()
}
