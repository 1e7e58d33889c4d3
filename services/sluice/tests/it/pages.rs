//! Completions and man pages: made without error, and no command is left out.

use std::fs;

use sluice_test_support::Folder;

use crate::site::sluice;

/// Commands that have commands of their own, by `-` as their pages are named.
const SOME: &[&str] = &[
    "up",
    "apply",
    "diff",
    "get",
    "delete",
    "repositories-add",
    "repositories-hook",
    "endpoints-verify",
    "access-tokens-new",
    "operations-show",
    "audit-list",
    "commits-list",
    "events-tail",
    "topology-apply",
    "keys-new",
    "doctor",
    "completions",
    "man",
];

#[tokio::test]
async fn every_command_has_a_page_and_can_be_completed() {
    let folder = Folder::new();
    let made = sluice(folder.path(), &[], &["man", "--out", "man"], "").await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    for name in SOME {
        let page = folder.path().join(format!("man/sluice-{name}.1"));
        let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".SH"), "{name}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let made = sluice(folder.path(), &[], &["completions", shell], "").await;
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        for word in SOME.iter().flat_map(|name| name.rsplit('-').take(1)) {
            assert!(made.stdout.contains(word), "{shell}: {word}");
        }
    }
    let over = sluice(
        folder.path(),
        &[("HOME", "/")],
        &["man", "--out", "/dev/null/x"],
        "",
    )
    .await;
    assert_eq!(over.code, Some(1));
    assert!(
        over.stderr.contains("cannot write pages to /dev/null/x"),
        "{}",
        over.stderr
    );
}
