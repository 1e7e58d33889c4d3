//! What no committed file may say: where this machine gets its packages, and where on it the sources lie.

use std::fs;

use crate::{root, said};

/// Lines that may: path, what they say, why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    ".ci/run",
    "shared/webhooks",
    "CI checks against the payloads of real hosts where they are at hand",
)];

#[test]
fn no_committed_file_says_where_it_was_written() {
    let mut found = Vec::new();
    for path in said("git", &["ls-files", "-z"]).split_terminator('\0') {
        // What is removed and not yet committed says nothing.
        let Ok(bytes) = fs::read(root().join(path)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        found.extend(says(path, &text));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_word_is_found() {
    for word in forbidden() {
        let text = format!("fine\nsee {word}x\n");
        assert_eq!(says("a.md", &text).len(), 1, "{word}");
    }
    assert_eq!(
        says("a.md", "framework/shared and homework"),
        Vec::<String>::new()
    );
}

#[test]
fn every_exception_is_needed() {
    for (path, part, _) in EXCEPTIONS {
        let text = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(text.contains(part), "{path} does not say {part} any more");
    }
}

/// The lines of a file that say what is forbidden.
fn says(path: &str, text: &str) -> Vec<String> {
    let excepted = |line: &str| {
        let mut exceptions = EXCEPTIONS.iter();
        exceptions.any(|(file, part, _)| *file == path && line.contains(part))
    };
    let forbidden = forbidden();
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let word = forbidden.iter().find(|word| line.contains(*word));
        if let Some(word) = word
            && !excepted(line)
        {
            found.push(format!("{path}:{}: {word}", index + 1));
        }
    }
    found
}

/// The words, put together here so that this file does not say them.
fn forbidden() -> Vec<String> {
    let hosts = [
        ("index.crates", "io"),
        ("static.crates", "io"),
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("proxy.golang", "org"),
        ("rubygems", "org"),
    ];
    let hosts = hosts.map(|(name, end)| format!("{name}.{end}"));
    let places = [["/wo", "rk/"].concat(), ["../sha", "red"].concat()];
    hosts.into_iter().chain(places).collect()
}
