//! Remotes that stop amid an answer, at every byte of it: each ends as a clear problem, and soon.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sluice_git::{Git, GitProblem, Settings};
use sluice_test_support::{Folder, GitServer};

use crate::{
    fake::{Answer, Fake, answer},
    site::{self, remote, settings},
};

/// What a real server answers to a small fetch, one answer after the other.
async fn recorded() -> Vec<Vec<u8>> {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commit("main", "first", &[("a", "a")]);
    let url = web.url().to_owned();
    let answers = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&answers);
    let fake = Fake::start(move |request| {
        let bytes = passed_on(&url, request);
        kept.lock().unwrap().push(bytes.clone());
        Answer::Bytes(bytes)
    });
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    site::update(
        &site::git(),
        &remote(&fake.url()),
        &mirror,
        Default::default(),
    )
    .await
    .unwrap();
    let answers = answers.lock().unwrap().clone();
    assert_eq!(answers.len(), 3, "what it can, its refs, and the pack");
    answers
}

/// The answer of the real server, without its chunks.
pub(crate) fn passed_on(url: &str, request: &crate::fake::Request) -> Vec<u8> {
    use std::io::{Read, Write};
    let authority = url.split('/').nth(2).unwrap();
    let mut stream = std::net::TcpStream::connect(authority).unwrap();
    let mut head = format!("{}\r\n", request.line);
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream
        .write_all(&[head.as_bytes(), b"\r\n", &request.body].concat())
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answered = Vec::new();
    stream.read_to_end(&mut answered).unwrap();
    let end = answered
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answered[..end]).into_owned();
    let kind = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Type: "))
        .unwrap();
    let (mut rest, mut body) = (&answered[end + 4..], Vec::new());
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return answer("200 OK", kind, body);
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
}

/// A server that gives these answers in turn, with the one cut or changed.
fn replaying(
    answers: &[Vec<u8>],
    which: usize,
    changed: impl Fn(&[u8]) -> Answer + Send + Sync + 'static,
) -> Fake {
    let (answers, turn) = (answers.to_vec(), AtomicUsize::new(0));
    Fake::start(move |_| match turn.fetch_add(1, Ordering::SeqCst) {
        now if now == which => changed(&answers[now]),
        now => Answer::Bytes(answers[now.min(answers.len() - 1)].clone()),
    })
}

async fn ends(git: &Git, fake: &Fake) -> GitProblem {
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    let error = site::update(git, &remote(&fake.url()), &mirror, Default::default())
        .await
        .unwrap_err();
    assert!(
        !error.message.is_empty() && !error.message.contains("last word"),
        "{error}"
    );
    assert_eq!(packs(&mirror), 0, "half a pack was kept");
    error.problem
}

/// How many packs Git would find there; what a killed job was writing is none.
fn packs(mirror: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(mirror.join("objects/pack")) else {
        return 0;
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("pack-")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_remote_that_hangs_up_at_any_byte() {
    let answers = Arc::new(recorded().await);
    let places = (0..3).flat_map(|which| (0..answers[which].len()).map(move |at| (which, at)));
    // Two of three answers end in marks; without the connection's end they are whole.
    let mut running = tokio::task::JoinSet::new();
    let slots = Arc::new(tokio::sync::Semaphore::new(4));
    for (which, at) in places.collect::<Vec<_>>() {
        let (answers, slots) = (Arc::clone(&answers), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire().await.unwrap();
            let fake = replaying(&answers, which, move |bytes| {
                Answer::Bytes(bytes[..at].to_vec())
            });
            let problem = ends(&site::git(), &fake).await;
            let clear = [
                GitProblem::Network,
                GitProblem::Corrupt,
                GitProblem::Unsupported,
                GitProblem::Remote,
            ];
            assert!(
                clear.contains(&problem),
                "answer {which} cut at {at}: {problem:?}"
            );
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn a_remote_that_says_nothing_more_is_given_up() {
    let answers = recorded().await;
    let git = Git::new(Settings {
        stall: Duration::from_millis(150),
        ..settings()
    });
    for which in 0..3 {
        let length = answers[which].len();
        for at in [0, 1, length / 3, length / 2, length - 5, length - 1] {
            let fake = replaying(&answers, which, move |bytes| {
                Answer::Stall(bytes[..at].to_vec())
            });
            // A head that is never finished is waited for as long as connecting may take.
            let git = if at < 60 {
                Git::new(Settings {
                    deadline: Duration::from_millis(800),
                    ..settings()
                })
            } else {
                git.clone()
            };
            assert_eq!(
                ends(&git, &fake).await,
                GitProblem::Timeout,
                "answer {which} stalls at {at}"
            );
        }
    }
}

#[tokio::test]
async fn a_byte_that_is_wrong_is_noticed() {
    let answers = recorded().await;
    let body = answers[2]
        .windows(4)
        .position(|four| four == b"PACK")
        .unwrap();
    for at in (body..answers[2].len() - 5).step_by(3) {
        let fake = replaying(&answers, 2, move |bytes| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 0x55;
            Answer::Bytes(bytes)
        });
        let problem = ends(&site::git(), &fake).await;
        assert!(
            [GitProblem::Corrupt, GitProblem::Limit, GitProblem::Network].contains(&problem),
            "{at}: {problem:?}"
        );
    }
}
