//! Names, paths and messages of any bytes: told as they are, and kept as they are.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use sluice_git::RefName;
use sluice_test_support::{GitRepository, GitServer, git::git};

use crate::{oracle, site::Site};

/// Names of branches that are no text, or odd.
const NAMES: &[&[u8]] = &[
    b"refs/heads/caf\xe9",
    b"refs/heads/\xff\xfe/\xc0\x80",
    b"refs/heads/gr\xc3\xb6\xc3\x9fe",
    b"refs/heads/gro\xcc\x88\xc3\x9fe",
    b"refs/heads/-option",
    b"refs/heads/$(id)`id`;'\"",
    b"refs/heads/<script>",
    b"refs/heads/%2e%2e%2f",
    b"refs/heads/HEAD",
    b"refs/heads/refs/heads/main",
    b"refs/heads/a&b|c",
    "refs/heads/\u{202e}reversed".as_bytes(),
    b"refs/tags/\x80",
];

fn point(web: &GitRepository, name: &[u8], to: &str) {
    let mut command = git();
    command.arg("-C").arg(web.path()).arg("update-ref");
    let status = command.arg(OsStr::from_bytes(name)).arg(to).status();
    assert!(status.unwrap().success());
}

#[tokio::test]
async fn refs_come_go_and_move_by_their_bytes() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 3);
    let (one, two) = (
        web.git(&["rev-parse", "main~1"]),
        web.git(&["rev-parse", "main"]),
    );
    let mut site = Site::of(web.url());
    site.sync().await;
    for (from, to) in [
        (None, Some(&one)),
        (Some(&one), Some(&two)),
        (Some(&two), None),
    ] {
        for name in NAMES {
            match to {
                Some(to) => point(&web, name, to),
                None => {
                    let mut delete = git();
                    delete.arg("-C").arg(web.path()).args(["update-ref", "-d"]);
                    assert!(
                        delete
                            .arg(OsStr::from_bytes(name))
                            .status()
                            .unwrap()
                            .success()
                    );
                }
            }
        }
        let all = site.sync().await;
        oracle::check_refs(web.path(), &all);
        assert_eq!(all.moves.len(), NAMES.len());
        for name in NAMES {
            let found = all.moves.iter().find(|moved| {
                let moved = &moved.moved;
                RefName::from_fields(&moved.r#ref, &moved.ref_raw)
                    .is_some_and(|told| told.as_bytes() == *name)
            });
            let moved = &found.unwrap().moved;
            assert_eq!(moved.from.as_ref(), from, "{}", moved.r#ref);
            assert_eq!(moved.to.as_ref(), to, "{}", moved.r#ref);
            assert_eq!(moved.ref_raw.is_empty(), std::str::from_utf8(name).is_ok());
        }
        assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
        oracle::fsck(&site.mirror());
    }
}

#[tokio::test]
async fn a_repository_may_be_called_anything() {
    let server = GitServer::start();
    for name in [
        "acme/größe",
        "acme/a b",
        "acme/100%",
        "acme/a+b",
        "acme/a;b&c",
    ] {
        let web = server.repository(name);
        web.commit("main", "first", &[("a", "a")]);
        let encode = |byte: u8| match byte {
            b'/' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        let path: String = web.path().to_str().unwrap().bytes().map(encode).collect();
        let mut site = Site::of(&format!("file://{path}"));
        assert_eq!(site.sync().await.shas().len(), 1, "{name}");
    }
}
