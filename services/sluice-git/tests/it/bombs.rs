//! Packs that are small and unfold into more than there is room or time for, and packs that lie about themselves.

use std::time::Duration;

use sluice_git::{Git, GitError, GitProblem, Settings};
use sluice_test_support::GitServer;

use crate::{
    crafted::{
        BLOB, COMMIT, TREE, commit, copies, counted, delta, delta_before, number, oid, pack, raw,
        tree, whole, zlib,
    },
    fake::serving,
    oracle,
    site::{Site, git, remote, settings, update},
};

/// What comes of fetching that pack; and that the same mirror then serves a remote that is none of these.
async fn ends(git: &Git, tip: &str, pack: Vec<u8>) -> GitError {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commit("main", "first", &[("a", "a")]);
    let mut site = Site::of(web.url());
    let fake = serving(tip, pack);
    let hostile = remote(&fake.url());
    let error = update(git, &hostile, &site.mirror(), Default::default())
        .await
        .unwrap_err();
    assert!(!error.message.is_empty());
    site.sync().await;
    oracle::fsck(&site.mirror());
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
    error
}

/// A base of 64 KiB, and what becomes of it by 255 copies.
fn base() -> (Vec<u8>, Vec<u8>) {
    let base = vec![b'x'; 64 << 10];
    let large = base.repeat(255);
    (base, large)
}

#[tokio::test]
async fn a_delta_that_unfolds_into_gigabytes() {
    let (small, large) = base();
    for copied in [64, 1000, 100_000] {
        let bomb = pack(&[
            whole(BLOB, &small),
            delta(&oid(BLOB, &small), &copies(small.len(), small.len(), 255)),
            delta(&oid(BLOB, &large), &copies(large.len(), 0xff_0000, copied)),
        ]);
        let error = ends(&git(), &oid(BLOB, &large), bomb).await;
        assert_eq!(error.problem, GitProblem::Limit, "{copied}: {error}");
    }
}

#[tokio::test]
async fn many_deltas_that_unfold_as_far_as_they_may() {
    let (small, large) = base();
    let mut entries = vec![
        whole(BLOB, &small),
        delta(&oid(BLOB, &small), &copies(small.len(), small.len(), 255)),
    ];
    let id = oid(BLOB, &large);
    for number in 0..2000 {
        let fewer = copies(large.len(), 0xff_0000 - number, 15);
        entries.push(delta(&id, &fewer));
    }
    let git = Git::new(Settings {
        deadline: Duration::from_secs(3),
        ..settings()
    });
    let error = ends(&git, &id, pack(&entries)).await;
    let clear = [GitProblem::Timeout, GitProblem::Limit];
    assert!(clear.contains(&error.problem), "{error}");
}

#[tokio::test]
async fn an_object_that_claims_to_be_huge() {
    for size in [257 << 20, 1 << 40, usize::MAX >> 4] {
        let bomb = pack(&[raw(BLOB, size, &zlib(b"x"))]);
        let error = ends(&git(), &oid(BLOB, b"x"), bomb).await;
        let clear = [GitProblem::Limit, GitProblem::Corrupt];
        assert!(clear.contains(&error.problem), "{size}: {error}");
    }
}

#[tokio::test]
async fn a_number_of_objects_that_is_a_lie() {
    let blob = whole(BLOB, b"x");
    for (count, wanted) in [
        (u32::MAX as usize, GitProblem::Limit),
        (20_000_001, GitProblem::Limit),
        (2, GitProblem::Corrupt),
        (0, GitProblem::Corrupt),
    ] {
        let error = ends(
            &git(),
            &oid(BLOB, b"x"),
            counted(count, std::slice::from_ref(&blob)),
        )
        .await;
        assert_eq!(error.problem, wanted, "{count}: {error}");
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_or_wrong() {
    let content = [b'x'; 1000];
    let good = zlib(&content);
    let mut broken: Vec<_> = [0, 1, 2, 5, 7, 500, good.len() - 4, good.len() - 1]
        .iter()
        .map(|length| good[..*length].to_vec())
        .collect();
    // A block that is never the last; one of a kind that there is not; a wrong sum.
    broken.push([b"\x78\x01".as_slice(), &b"\0\0\0\xff\xff".repeat(50)].concat());
    broken.push(b"\x78\x01\x07\0\0".to_vec());
    broken.push([&good[..good.len() - 1], b"!"].concat());
    for (number, stream) in broken.into_iter().enumerate() {
        let packed = pack(&[raw(BLOB, content.len(), &stream)]);
        let error = ends(&git(), &oid(BLOB, &content), packed).await;
        assert_eq!(error.problem, GitProblem::Corrupt, "{number}: {error}");
    }
}

#[tokio::test]
async fn sizes_and_deltas_that_are_wrong() {
    let base = [b'x'; 100];
    let id = oid(BLOB, &base);
    let first = whole(BLOB, &base);
    let on = |bytes: &[&[u8]]| vec![first.clone(), delta(&id, &bytes.concat())];
    let (hundred, ten) = (number(100), number(10));
    let packs = [
        vec![raw(BLOB, 5, &zlib(&base))],
        vec![raw(BLOB, 500, &zlib(&base))],
        // Of no kind; against what is not there; against itself and against what is before the beginning.
        vec![raw(0, 1, &zlib(b"x"))],
        vec![raw(5, 1, &zlib(b"x"))],
        vec![delta(&"1".repeat(40), &copies(100, 10, 1))],
        vec![first.clone(), delta_before(0, &copies(100, 10, 1))],
        vec![first.clone(), delta_before(127, &copies(100, 10, 1))],
        // Another base than it says, more and less than it says, a copy beyond the end, an instruction that is none.
        on(&[&ten, &ten, &[0x90, 10]]),
        on(&[&hundred, &ten, &[0x90, 50]]),
        on(&[&hundred, &hundred, &[0x90, 10]]),
        on(&[&hundred, &ten, &[0x91, 99, 10]]),
        on(&[&hundred, &ten, &[0]]),
        on(&[&hundred, &ten, &[20, b'y']]),
        on(&[&hundred]),
        on(&[]),
        on(&[&[0xff; 30]]),
    ];
    for (number, entries) in packs.iter().enumerate() {
        let error = ends(&git(), &id, pack(entries)).await;
        assert_eq!(error.problem, GitProblem::Corrupt, "{number}: {error}");
    }
}

#[tokio::test]
async fn a_pack_that_lacks_what_was_promised() {
    let missing = "1".repeat(40);
    let folder = tree("100644", b"a", &missing);
    let (top, alone) = (commit(&oid(TREE, &folder)), commit(&missing));
    for (what, tip, entries) in [
        ("the commit", missing.clone(), vec![whole(BLOB, b"x")]),
        ("the tree", oid(COMMIT, &alone), vec![whole(COMMIT, &alone)]),
        (
            "the file",
            oid(COMMIT, &top),
            vec![whole(COMMIT, &top), whole(TREE, &folder)],
        ),
    ] {
        let error = ends(&git(), &tip, pack(&entries)).await;
        let clear = [GitProblem::Corrupt, GitProblem::Local];
        assert!(clear.contains(&error.problem), "{what}: {error}");
    }
}
