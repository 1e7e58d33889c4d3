//! Answers of remotes that are none, or that would lead astray: each ends as a clear problem, and no credential goes
//! anywhere else.

use sluice_git::{GitProblem, Remote};
use sluice_test_support::{Folder, GitServer};

use crate::{
    fake::{Answer, Fake, answer, line, refs},
    site::{git, host, host_of, remote, remote_of, remote_with_token, repository},
};

async fn problem(fake: &Fake) -> (GitProblem, String) {
    let error = git().ls_remote(&remote(&fake.url())).await.unwrap_err();
    (error.problem, error.message)
}

#[tokio::test]
async fn every_status_has_its_problem() {
    for (status, wanted) in [
        ("401 No", GitProblem::Credential),
        ("403 No", GitProblem::Credential),
        ("404 No", GitProblem::NotFound),
        ("410 No", GitProblem::NotFound),
        ("429 No", GitProblem::Remote),
        ("500 No", GitProblem::Remote),
        ("503 No", GitProblem::Remote),
        ("302 No", GitProblem::Address),
    ] {
        let fake = Fake::saying(answer(status, "text/plain", "the reason\x1b[31m"));
        let (problem, message) = problem(&fake).await;
        assert_eq!(problem, wanted, "{status}: {message}");
        assert_eq!(
            message.contains("the reason\\u{1b}[31m"),
            !status.starts_with('3'),
            "{message}"
        );
        assert_eq!(fake.seen().len(), 1, "{status} is asked once");
    }
}

#[tokio::test]
async fn a_credential_is_shown_once_and_its_refusal_is_told_from_its_lack() {
    let fake = Fake::saying(
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
    );
    let refused = git()
        .ls_remote(&remote_with_token(&fake.url(), "canary"))
        .await
        .unwrap_err();
    assert_eq!(refused.problem, GitProblem::Credential);
    assert!(
        refused.message.contains("refuses the credential"),
        "{refused}"
    );
    let seen = fake.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].header("authorization"),
        Some("Basic Z2l0OmNhbmFyeQ==")
    );
    assert!(problem(&fake).await.1.contains("wants a credential"));
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_credential_arrives_there() {
    let elsewhere = Fake::saying("");
    let port = elsewhere.address().port();
    for (location, named) in [
        (
            format!("{}/acme/web.git/info/refs", elsewhere.origin()),
            format!("http://127.0.0.1:{port}"),
        ),
        (
            format!("//127.0.0.1:{port}/token-in-path"),
            format!("http://127.0.0.1:{port}"),
        ),
        (
            format!("http://user:secret@127.0.0.1:{port}/x?token=secret"),
            format!("http://127.0.0.1:{port}"),
        ),
        (
            "https://evil.example/x".to_owned(),
            "https://evil.example".to_owned(),
        ),
        (
            "/acme/other.git/info/refs?service=git-upload-pack".to_owned(),
            "register its new address".to_owned(),
        ),
        ("file:///etc/passwd".to_owned(), "elsewhere".to_owned()),
        (String::new(), "register its new address".to_owned()),
    ] {
        for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
            let fake = Fake::saying(format!(
                "HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
            ));
            let error = git()
                .ls_remote(&remote_with_token(&fake.url(), "canary"))
                .await
                .unwrap_err();
            assert_eq!(error.problem, GitProblem::Address, "{location}");
            assert!(error.message.contains(&named), "{location}: {error}");
            assert!(
                !error.message.contains("secret") && !error.message.contains("token"),
                "{error}"
            );
        }
    }
    assert!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
}

#[tokio::test]
async fn a_redirect_of_the_pack_alone_is_not_followed_either() {
    let elsewhere = Fake::saying("");
    let location = elsewhere.url();
    let fake = Fake::start(move |request| match request.line.starts_with("GET") {
        true => Answer::Bytes(crate::fake::one_ref(&"1".repeat(40))),
        false => Answer::Bytes(
            format!("HTTP/1.1 307 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
                .into_bytes(),
        ),
    });
    let folder = Folder::new();
    let remote = remote_with_token(&fake.url(), "canary");
    let error = crate::site::update(
        &git(),
        &remote,
        &folder.path().join("m"),
        Default::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.problem, GitProblem::Address);
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn what_is_no_git_service_is_said_to_be_none() {
    let html = "<html>Welcome</html>";
    for (answer, wanted) in [
        (answer("200 OK", "text/html", html), GitProblem::Unsupported),
        (
            answer(
                "200 OK",
                "text/plain",
                format!("{}\trefs/heads/main\n", "1".repeat(40)),
            ),
            GitProblem::Unsupported,
        ),
        (
            answer(
                "200 OK",
                "application/x-git-upload-pack-advertisement",
                html,
            ),
            GitProblem::Corrupt,
        ),
        (refs(html), GitProblem::Corrupt),
        (refs(line("garbage\n")), GitProblem::Corrupt),
        (
            refs(line(format!(
                "{} refs/heads/main\0object-format=sha256\n",
                "1".repeat(64)
            ))),
            GitProblem::Unsupported,
        ),
        (
            refs(line(format!("{} refs/heads/main\0\n", "1".repeat(64)))),
            GitProblem::Unsupported,
        ),
        (refs(line("ERR no such repository\n")), GitProblem::NotFound),
        (refs(line("ERR access denied\n")), GitProblem::Credential),
        (refs(line("ERR too busy\n")), GitProblem::Remote),
        (
            refs(line(format!("shallow {}\n", "1".repeat(40)))),
            GitProblem::Unsupported,
        ),
        (refs(""), GitProblem::Network),
        (b"SSH-2.0-OpenSSH_9\r\n".to_vec(), GitProblem::Network),
        (b"".to_vec(), GitProblem::Network),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let (problem, message) = problem(&Fake::saying(answer)).await;
        assert_eq!(problem, wanted, "{shown}: {message}");
    }
}

#[tokio::test]
async fn an_old_server_is_understood() {
    let (a, b) = ("1".repeat(40), "2".repeat(40));
    let lines = [
        format!("{a} HEAD\0multi_ack side-band-64k\n"),
        format!("{a} refs/heads/main\n"),
        format!("{b} refs/heads/other\n"),
        format!("{b} refs/pull/1/head\n"),
        format!("{a} refs/tags/v1\n"),
        format!("{b} refs/tags/v1^{{}}\n"),
    ];
    let body: Vec<u8> = lines.iter().flat_map(line).chain(*b"0000").collect();
    let fake = Fake::saying(refs(body));
    let found = git().ls_remote(&remote(&fake.url())).await.unwrap();
    assert_eq!(found.head.unwrap().short(), "main");
    let names: Vec<_> = found
        .refs
        .iter()
        .map(|at| at.name.lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        ["refs/heads/main", "refs/heads/other", "refs/tags/v1"]
    );
    assert_eq!(found.refs[2].peeled.unwrap().to_string(), b);

    let empty = line(format!(
        "{} capabilities^{{}}\0side-band-64k\n",
        "0".repeat(40)
    ));
    let fake = Fake::saying(refs([empty, b"0000".to_vec()].concat()));
    assert_eq!(
        git().ls_remote(&remote(&fake.url())).await.unwrap(),
        Default::default()
    );
}

#[tokio::test]
async fn a_repository_of_sha256_is_refused_in_words() {
    let server = GitServer::start();
    let path = server.folder().join("repositories/acme/new.git");
    std::fs::create_dir_all(&path).unwrap();
    sluice_test_support::git::git_in(
        &path,
        &["init", "-q", "--bare", "--object-format=sha256", "."],
    );
    let error = git()
        .ls_remote(&remote(&server.url("acme/new")))
        .await
        .unwrap_err();
    assert_eq!(error.problem, GitProblem::Unsupported);
    assert!(error.message.contains("sha256"), "{error}");
    let error = git()
        .ls_remote(&remote(&format!("file://{}", path.display())))
        .await
        .unwrap_err();
    assert_eq!(error.problem, GitProblem::Unsupported, "{error}");
}

#[tokio::test]
async fn nobody_there_is_a_problem_of_the_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/web.git", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(
        git().ls_remote(&remote(&url)).await.unwrap_err().problem,
        GitProblem::Network
    );
}

#[tokio::test]
async fn an_address_that_may_not_be_used_is_never_connected_to() {
    let fake = Fake::saying("");
    let port = fake.address().port();
    let closed = sluice_git::Git::new(sluice_git::Settings {
        local: false,
        ..crate::site::settings()
    });
    for url in [
        fake.url(),
        format!("http://localhost:{port}/a"),
        format!("http://[::ffff:127.0.0.1]:{port}/a"),
    ] {
        let error = closed.ls_remote(&remote(&url)).await.unwrap_err();
        assert_eq!(error.problem, GitProblem::Address, "{url}: {error}");
    }
    // The address of clouds' secrets is not opened by any permission.
    let mut host = host("https://169.254.169.254");
    host.private_addresses = true;
    let remote = remote_of(&host, "https://169.254.169.254/latest/meta-data", "canary");
    assert_eq!(
        git().ls_remote(&remote).await.unwrap_err().problem,
        GitProblem::Address
    );
    let error = closed
        .ls_remote(&crate::site::remote("file:///etc"))
        .await
        .unwrap_err();
    assert_eq!(error.problem, GitProblem::Address);
    assert!(fake.seen().is_empty());
}

#[test]
fn another_host_is_refused_before_anything_is_resolved() {
    let url = "http://127.0.0.1:1/web.git";
    for other in [
        "http://127.0.0.1:2/web.git",
        "http://127.0.0.2:1/web.git",
        "http://127.0.0.1:1@evil.example/web.git",
    ] {
        let error = Remote::of(&host_of(url), &repository(other), None).unwrap_err();
        assert_eq!(error.problem, GitProblem::Address, "{other}");
    }
}
