//! Everything that a host can draw out has an end.

use std::time::Duration;

use sluice_hosts::{Host, Problem, Settings};

use crate::{
    fixture::{budget, found, host, record, repository, settings, token},
    scripted::{Reply, Scripted},
};

async fn problem(reply: Reply, settings: Settings) -> (Problem, String) {
    let scripted = Scripted::new([reply]).await;
    let api = host("gitea", &scripted, settings).open(&token()).unwrap();
    let error = api.by_id("17").await.unwrap_err();
    scripted.request();
    (error.problem, error.to_string())
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_left() {
    let small = Settings {
        longest_answer: 1000,
        ..settings()
    };
    let long = Reply::new(200, "application/json", vec![b' '; 1001]);
    for reply in [long, Reply::endless()] {
        let (problem, said) = problem(reply, small.clone()).await;
        assert_eq!(problem, Problem::Answer);
        assert!(said.contains("longer than 1000 bytes"), "{said}");
    }
}

#[tokio::test]
async fn a_host_that_falls_silent_is_not_waited_for() {
    let short = Settings {
        call: Duration::from_millis(200),
        ..settings()
    };
    let (problem, said) = problem(found().then_silence(), short).await;
    assert_eq!(problem, Problem::Timeout, "{said}");
}

#[tokio::test]
async fn a_host_that_never_answers_is_not_waited_for() {
    // It takes the connection and reads nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let short = Settings {
        call: Duration::from_millis(200),
        ..settings()
    };
    let here = record("gitea", &url);
    let host = Host::new(&here, short, budget()).unwrap();
    let api = host.open(&token()).unwrap();
    let error = api.by_id("17").await.unwrap_err();
    assert_eq!(error.problem, Problem::Timeout, "{error}");
    assert!(!error.may_have_happened(), "reading changes nothing");
    let error = api.remove(&repository(), "1").await.unwrap_err();
    assert!(error.may_have_happened(), "{error}");
}

#[tokio::test]
async fn json_that_is_too_deep_is_an_answer_that_is_not_understood() {
    let deep = "[".repeat(100_000);
    let (problem, said) = problem(Reply::new(200, "application/json", deep), settings()).await;
    assert_eq!(problem, Problem::Answer, "{said}");
}
