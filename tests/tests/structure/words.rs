//! What no committed file names: the place where it was written, and where packages come from on some machine.

use std::fs;

use crate::{root, said_by};

/// Each in two halves, since this file is committed, too.
const WORDS: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("../sha", "red"),
    ("crates", ".io/"),
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("py", "pi.org"),
    ("pythonho", "sted.org"),
    ("npm", "js.org"),
    ("npm", "js.com"),
    ("proxy.gol", "ang.org"),
    ("ruby", "gems.org"),
];

/// Where one of them is meant: file, word, reason.
const MEANT: &[(&str, &str, &str)] = &[(
    ".ci/run",
    "../sha",
    "takes the recordings that lie beside the tree on the machine of CI, where they do",
)];

#[test]
fn no_file_names_where_it_was_written() {
    let files = said_by("git", &["ls-files", "-z"]);
    let mut found = Vec::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        // One that is deleted and not yet committed, or no text, names nothing.
        let Ok(text) = fs::read_to_string(root().join(file)) else {
            continue;
        };
        found.extend(words(file, &text));
    }
    assert_eq!(found, Vec::<String>::new());
}

fn words(file: &str, text: &str) -> Vec<String> {
    let meant = |first: &str| {
        MEANT
            .iter()
            .any(|meant| (meant.0, meant.1) == (file, first))
    };
    let found = WORDS
        .iter()
        .filter(|(first, second)| text.contains(&format!("{first}{second}")) && !meant(first));
    found
        .map(|(first, second)| format!("{file}: {first}{second}"))
        .collect()
}

#[test]
fn a_planted_word_is_found() {
    let text = format!("cd {}{}main", "/wo", "rk/");
    assert_eq!(words("a", &text).len(), 1);
    assert_eq!(words("a", "framework/ and networks"), Vec::<String>::new());
}
