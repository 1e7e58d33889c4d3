//! S30: whatever is fed to the loader, it answers clearly, at once, and without a panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sluice_registry::{MAX_MANIFEST_BYTES, parse};

use crate::fixture::{CANARY, acme, credential, document, repository};

/// What is said against it. Every answer comes at once.
fn refusal(file: impl AsRef<[u8]>) -> String {
    let start = Instant::now();
    let said = parse(file.as_ref()).unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(5), "slow: {said}");
    assert!(said.len() < 1000, "long: {said}");
    said
}

fn check(file: impl AsRef<[u8]>, expected: &str) {
    let said = refusal(file);
    assert!(said.contains(expected), "{said}");
}

#[test]
fn s30_anchors_and_aliases_are_not_taken() {
    let laughs = "&a [x, x], &b [*a, *a], &c [*b, *b], &d [*c, *c], &e [*d, *d]";
    check(
        acme(&format!("[{laughs}]")),
        "anchors (&) and aliases (*) are not taken",
    );
    check(
        format!("&a {}", acme("[]").trim_start_matches("---\n")),
        "line 1",
    );
    check(acme("[&one {kind: hmac, value: x}]"), "anchors (&)");
    check(acme("[*one]"), "not taken");
    check("<<: {kind: Host}\n", "merge keys (<<) are not taken");
    check(
        acme("[{<<: {kind: hmac}}]"),
        "merge keys (<<) are not taken",
    );
}

#[test]
fn s30_tags_are_not_taken() {
    check(acme("[!secret {kind: hmac}]"), "tags (!) are not taken");
    check(
        acme(&format!("[{{kind: hmac, value: !{CANARY} x}}]")),
        "tags (!)",
    );
}

#[test]
fn s30_nesting_is_bounded() {
    check("[".repeat(100_000), "line 1, column 17");
    check("{a: ".repeat(10_000), "line 1");
    check(acme(&"[".repeat(30)), "line");
    check("- ".repeat(100_000), "line 1, column");
    check("? ".repeat(100_000), "nested too deeply");
}

#[test]
fn s30_size_is_bounded() {
    check(vec![b'#'; 2 * MAX_MANIFEST_BYTES], "larger than 1 MiB");
    check("---\n{}\n".repeat(100_000), "missing");
    check("\n".repeat(MAX_MANIFEST_BYTES), "declares nothing");
    check(
        format!("{}: x", "k".repeat(MAX_MANIFEST_BYTES - 10)),
        "line 1",
    );
}

#[test]
fn s30_duplicate_keys_are_refused_with_name_and_line() {
    check(
        "apiVersion: sluice.dev/v1\nkind: Host\nkind: Host\n",
        "line 3",
    );
    check(acme("[{kind: hmac, kind: path}]"), "`kind` is there twice");
    check(
        r#"{"apiVersion": "sluice.dev/v1", "apiVersion": "x"}"#,
        "`apiVersion`",
    );
}

#[test]
fn s30_unknown_fields_are_refused_with_name_and_line() {
    check(
        document("Host", "a", "{provider: gitlab, url: x, cert: y}"),
        "line 5",
    );
    check(
        document("Host", "a", "{provider: gitlab, url: x, cert: y}"),
        "unknown field `cert`",
    );
    check(acme("[{kind: hmac, secret: x}]"), "unknown field `secret`");
    check(
        "apiVersion: sluice.dev/v1\nstate: x\n",
        "unknown field `state`",
    );
    check(
        "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {name: a, labels: {}}\n",
        "`labels`",
    );
}

#[test]
fn s30_unknown_kinds_and_versions_are_named_with_those_known() {
    for kind in ["Mapping", "Target", "Application"] {
        let said = refusal(document(kind, "a", "{}"));
        let expected = format!(
            "line 3, column 1: unknown `{kind}`, the known ones are Project, Host, Credential, Repository, Endpoint"
        );
        assert!(said.starts_with(&expected), "{said}");
    }
    check(
        "apiVersion: v1\nkind: Host\n",
        "line 1, column 1: unknown `v1`, the known ones are sluice.dev/v1",
    );
}

#[test]
fn s30_wrong_types_are_said_with_what_was_expected() {
    check(
        document("Endpoint", "a", "[]"),
        "line 5, column 7: expected fields with their values",
    );
    check(
        document("Endpoint", "a", "{host: {}, scope: {host: true}}"),
        "line 5",
    );
    check(
        document("Endpoint", "a", "{host: a, scope: {host: yes}}"),
        "true or false",
    );
    check(
        document("Endpoint", "a", "{host: a, scope: acme}"),
        "expected",
    );
    check("just text", "expected");
    check("- a\n- b\n", "expected");
    check("42", "expected");
    check(
        "kind: Credential\nspec: {}\nmetadata: {name: a}\napiVersion: sluice.dev/v1",
        "`host` is missing",
    );
    check(
        "spec: {}\nkind: Host\n",
        "line 1, column 1: expected `kind` before `spec`",
    );
    check("kind: Host\n", "`apiVersion` is missing");
}

#[test]
fn s30_an_empty_value_is_a_slip() {
    check(
        acme("[{kind: hmac, value: }]"),
        "expected a text, found nothing",
    );
    check(
        acme("[{kind: hmac, file: ~}]"),
        "expected a text, found nothing",
    );
}

#[test]
fn s30_credentials_and_repositories_are_read_as_strictly() {
    check(
        credential("a", "token: {value: }"),
        "expected a text, found nothing",
    );
    check(
        credential("a", "token: {value: x, value: y}"),
        "`value` is there twice",
    );
    check(
        credential("a", "token: {value: x}, token: {value: y}"),
        "`token` is there twice",
    );
    check(credential("a", "app: {}"), "`id` is missing");
    check(credential("a", "apps: {}"), "unknown field `apps`");
    check(credential("a", "token: {user: [a]}"), "line 5");
    check(
        repository("a", "fullName: acme/web, url: "),
        "expected a text, found nothing",
    );
    check(
        repository("a", "fullName: acme/web, token: x"),
        "unknown field `token`",
    );
    check(repository("a", "branch: main"), "`fullName` is missing");
    check(repository("a", "fullName: 1, mirror: [full]"), "line 5");
    check(document("Host", "a", "{ca: }"), "certificates as PEM text");
    check(
        document("Host", "a", "{ca: [x]}"),
        "certificates as PEM text",
    );
    check(
        document("Host", "a", "{ca: {file: }}"),
        "expected a text, found nothing",
    );
    check(document("Host", "a", "{ca: {}}"), "`file` is missing");
    check(
        document("Host", "a", "{ca: {file: a, file: b}}"),
        "`file` is there twice",
    );
    check(
        document("Host", "a", "{ca: {env: a}}"),
        "unknown field `env`",
    );
    check(document("Host", "a", "{sshHostKeys: a}"), "expected a list");
    check(
        document("Host", "a", "{privateAddresses: 1}"),
        "expected true or false",
    );
}

#[test]
fn s30_odd_bytes_are_refused() {
    check(b"kind: \xff\xfe\n", "not UTF-8");
    check([0xff, 0xfe, b'k', 0], "not UTF-8");
    check("kind:\n\tHost", "line 2");
    check("kind: \u{0}", "line 1");
    check("kind: 'Host", "line");
    check("%YAML 3.0\n---\nkind: Host", "line");
    check("", "declares nothing");
    check("---\n---\n...\n", "declares nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn s30_nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn s30_no_change_of_a_manifest_makes_it_panic(at in 0..200_usize, to in "[-\\[\\]{}:,&*!|>'\"#%@`\t\n \\\\a0~?]{1,4}") {
        let mut text = match at % 3 {
            0 => acme("[{kind: hmac, id: one, value: x}]"),
            1 => credential("bot", "token: {user: u, value: x}, expiresAt: 2026-01-31T12:00:00Z"),
            _ => repository("web", "fullName: acme/web, url: 'ssh://git@github.com/a', mirror: full"),
        };
        let at = at.min(text.len());
        text.insert_str(at, &to);
        let _ = parse(text.as_bytes());
    }
}
