//! Remotes that never come to an end, in every place where one could: each is given up at its limit.

use std::time::Duration;

use sluice_git::{Git, GitError, GitProblem, Settings};
use sluice_test_support::Folder;

use crate::{
    crafted,
    fake::{Answer, Fake, answer, line, one_ref, refs},
    site::{remote_with_token, settings, update},
};

const OID: &str = "1111111111111111111111111111111111111111";

/// What comes of an update, with limits that are soon met.
async fn ends(fake: &Fake) -> GitError {
    let git = Git::new(Settings {
        deadline: Duration::from_secs(120),
        max_pack: 1 << 20,
        ..settings()
    });
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    let remote = remote_with_token(&fake.url(), "canary");
    update(&git, &remote, &mirror, Default::default())
        .await
        .unwrap_err()
}

/// The same with a time that is soon over.
async fn ends_in_time(fake: &Fake) -> GitProblem {
    let git = Git::new(Settings {
        deadline: Duration::from_secs(2),
        ..settings()
    });
    let folder = Folder::new();
    let remote = remote_with_token(&fake.url(), "canary");
    let mirror = folder.path().join("m");
    let ended = update(&git, &remote, &mirror, Default::default());
    let ended = tokio::time::timeout(Duration::from_secs(60), ended);
    ended.await.unwrap().unwrap_err().problem
}

/// Answers the list with one branch, and what is asked then with this.
fn then(start: Vec<u8>, again: Vec<u8>) -> Fake {
    let start = answer("200 OK", "application/x-git-upload-pack-result", start);
    Fake::start(move |request| match request.line.starts_with("GET") {
        true => Answer::Bytes(one_ref(OID)),
        false => Answer::Endless(start.clone(), again.clone()),
    })
}

fn always(start: Vec<u8>, again: impl AsRef<[u8]>) -> Fake {
    let again = again.as_ref().to_vec();
    Fake::start(move |_| Answer::Endless(start.clone(), again.clone()))
}

#[tokio::test]
async fn a_list_of_refs() {
    let first = line(format!("{OID} refs/heads/main\0side-band-64k\n"));
    for name in ["refs/heads/again", "refs/pull/1/head", "HEAD"] {
        let more = line(format!("{OID} {name}\n")).repeat(500);
        let error = ends(&always(refs(&first), more)).await;
        assert_eq!(error.problem, GitProblem::Limit, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_list_of_what_it_can() {
    let more = line("feature=x\n").repeat(500);
    let error = ends(&always(refs(line("version 2\n")), more)).await;
    assert_eq!(error.problem, GitProblem::Limit, "{error}");
}

#[tokio::test]
async fn an_answer_without_a_pack() {
    let progress = line([b"\x02".as_slice(), &[b'.'; 900]].concat());
    for (what, again) in [
        ("progress", progress),
        ("parts without bytes", line([1])),
        ("lines without anything", b"0004".to_vec()),
        ("marks", b"0000".to_vec()),
        ("other marks", b"0001".to_vec()),
        ("agreement", line(format!("ACK {OID} common\n"))),
    ] {
        let error = ends(&then(line("NAK\n"), again.repeat(100))).await;
        let clear = [GitProblem::Limit, GitProblem::Corrupt];
        assert!(clear.contains(&error.problem), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_pack() {
    // One object without an end, in blocks of zlib's that are never the last.
    let length = 50_000_u16;
    let lengths = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    let block = [b"\0".as_slice(), &lengths, &[b'x'; 50_000]].concat();
    let head = [
        b"PACK\0\0\0\x02\0\0\0\x01".as_slice(),
        &crafted::raw(crafted::BLOB, 200 << 20, b"\x78\x01"),
    ]
    .concat();
    let in_lines = |bytes: &[u8]| line([b"\x01", bytes].concat());
    for (start, more) in [
        (in_lines(&head), in_lines(&block)),
        // The same without packet lines around it.
        (head.clone(), block.clone()),
    ] {
        let error = ends(&then([line("NAK\n"), start].concat(), more)).await;
        assert_eq!(error.problem, GitProblem::Limit, "{error}");
        assert!(error.message.contains("longer than it may be"), "{error}");
    }
}

#[tokio::test]
async fn headers_and_bodies_of_errors() {
    let fake = always(b"HTTP/1.1 200 OK\r\n".to_vec(), "X-More: x\r\n".repeat(100));
    assert_eq!(ends(&fake).await.problem, GitProblem::Network);
    for (status, wanted) in [
        ("401 No", GitProblem::Credential),
        ("404 No", GitProblem::NotFound),
        ("500 No", GitProblem::Remote),
    ] {
        let fake = always(answer(status, "text/plain", ""), "the reason ".repeat(100));
        let error = ends(&fake).await;
        assert_eq!(error.problem, wanted, "{status}");
        assert!(error.message.len() < 1000, "{error}");
        assert_eq!(fake.seen().len(), 1, "{status} is asked once");
    }
}

#[tokio::test]
async fn refusals_of_the_credential() {
    let fake = Fake::start(|request| match request.line.starts_with("GET") {
        true => Answer::Bytes(one_ref(OID)),
        false => Answer::Bytes(
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
                .to_vec(),
        ),
    });
    assert_eq!(ends(&fake).await.problem, GitProblem::Credential);
    assert_eq!(fake.seen().len(), 2, "each request is made once");
}

#[tokio::test]
async fn an_answer_that_does_not_begin() {
    let fake = always(Vec::new(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(ends_in_time(&fake).await, GitProblem::Timeout);
}

#[tokio::test]
async fn an_answer_byte_by_byte() {
    let whole = refs(line(format!("{OID} refs/heads/main\0\n")).repeat(100));
    let fake = Fake::start(move |_| Answer::Slow(whole.clone(), Duration::from_millis(100)));
    assert_eq!(ends_in_time(&fake).await, GitProblem::Timeout);
}
