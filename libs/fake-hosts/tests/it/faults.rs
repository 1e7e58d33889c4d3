//! What goes wrong when a test wants it to.

use std::time::{Duration, Instant};

use sluice_fake_hosts::Fault;

use super::*;

#[tokio::test]
async fn a_status_comes_with_the_hosts_own_body_and_does_nothing() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        host.fault(Fault::Status(500));
        let path = format!("{}/hooks", web(kind));
        let body = hook_body(kind, "http://127.0.0.1:9/x");
        let answer = admin(&host).post(&path, &body).await;
        assert_eq!(answer.status, 500);
        assert!(answer.json()["message"].is_string(), "{kind:?}");
        assert!(host.hooks("acme/web").is_empty());
        assert_eq!(admin(&host).post(&path, &body).await.status, 201);
    }
}

#[tokio::test]
async fn only_the_chosen_call_is_hit() {
    let host = host(Kind::GitHub).await;
    host.fault(Fault::Status(502).on("GET", "/repos/*/*/hooks").nth(2));
    let api = admin(&host);
    let mut seen = Vec::new();
    for path in [
        "/repos/acme/web/hooks",
        "/repos/acme/web",
        "/repos/acme/web/hooks",
        "/repos/acme/web/hooks",
    ] {
        seen.push(api.get(path).await.status);
    }
    assert_eq!(seen, [200, 200, 502, 200]);
}

#[tokio::test]
async fn an_outage_lasts_until_it_is_healed() {
    let host = host(Kind::Gitea).await;
    host.fault(Fault::Status(503).always());
    for _ in 0..5 {
        let answer = admin(&host).get("/version").await;
        assert_eq!(answer.status, 503);
        assert!(answer.text.starts_with("<html>"));
    }
    host.heal();
    assert_eq!(admin(&host).get("/version").await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_belongs_to_something_done() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        host.fault(Fault::LostAnswer);
        let api = admin(&host);
        let path = format!("{}/hooks", web(kind));
        let body = hook_body(kind, "http://127.0.0.1:9/x").to_string();
        let request = api.request(reqwest::Method::POST, &path);
        let request = request
            .header("content-type", "application/json")
            .body(body);
        assert!(api.try_send(request).await.is_err());
        assert_eq!(host.hooks("acme/web").len(), 1);
        let calls = host.calls();
        assert_eq!(
            (calls[0].status, calls[0].user.as_deref()),
            (None, Some("admin"))
        );
    }
}

#[tokio::test]
async fn a_cut_comes_before_anything_is_done() {
    let host = host(Kind::GitLab).await;
    host.fault(Fault::CutBefore);
    let api = admin(&host);
    let body = hook_body(Kind::GitLab, "http://127.0.0.1:9/x").to_string();
    let request = api.request(reqwest::Method::POST, "/projects/acme%2Fweb/hooks");
    let request = request
        .header("content-type", "application/json")
        .body(body);
    assert!(api.try_send(request).await.is_err());
    assert!(host.hooks("acme/web").is_empty());
    assert_eq!(host.calls().len(), 1);
}

#[tokio::test]
async fn half_an_answer_is_an_error_of_reading() {
    let host = host(Kind::GitHub).await;
    let request = admin(&host).request(reqwest::Method::GET, "/repos/acme/web");
    host.fault(Fault::HalfAnswer);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.content_length().unwrap() > 100);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_slow_answer_comes_late() {
    let host = host(Kind::GitHub).await;
    host.fault(Fault::Slow(Duration::from_millis(300)));
    let began = Instant::now();
    assert_eq!(admin(&host).get("/repos/acme/web").await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn other_things_come_with_200() {
    let host = host(Kind::GitLab).await;
    host.fault(Fault::Html);
    let page = admin(&host).get("/user").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    host.fault(Fault::WrongJson);
    let wrong = admin(&host).get("/user").await;
    assert_eq!((wrong.status, wrong.json()), (200, json!("something else")));
}

#[tokio::test]
async fn a_redirection_leads_to_another_origin() {
    let host = host(Kind::GitHub).await;
    host.fault(Fault::Redirect("http://127.0.0.2:9".to_owned()));
    let answer = admin(&host).get("/repos/acme/web?a=b").await;
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.header("location"),
        "http://127.0.0.2:9/api/v3/repos/acme/web?a=b"
    );
}

#[tokio::test]
async fn a_huge_body_goes_on_and_on() {
    let host = host(Kind::GitHub).await;
    host.fault(Fault::HugeBody);
    let request = admin(&host).request(reqwest::Method::GET, "/repos/acme/web/hooks");
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.content_length(), None);
    let mut size = 0;
    while size < 32 << 20 {
        size += answer.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn too_many_calls_are_told_with_a_time() {
    for (kind, status) in [(Kind::GitHub, 403), (Kind::GitLab, 429), (Kind::Gitea, 429)] {
        let host = host(kind).await;
        let after = Duration::from_secs(7);
        host.fault(Fault::RateLimited { after });
        let answer = admin(&host).get("/user").await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, "7"));
    }
}

#[tokio::test]
async fn refused_calls_are_in_the_journal() {
    let host = host(Kind::GitHub).await;
    let nobody = api(&host, Some("unknown"));
    assert_eq!(nobody.get("/repos/acme/web?x=1").await.status, 401);
    admin(&host).get("/user").await;
    let calls = host.wait_for(|calls| calls.len() == 2).await;
    assert_eq!(calls[0].path, "/repos/acme/web");
    assert_eq!(calls[0].query, "x=1");
    assert_eq!((calls[0].status, &calls[0].user), (Some(401), &None));
    assert_eq!(calls[1].user.as_deref(), Some("admin"));
}
