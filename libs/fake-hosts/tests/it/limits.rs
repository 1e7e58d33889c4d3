//! Limits of rate, by a clock that a test hastens.

use std::time::Duration;

use sluice_fake_hosts::Limits;

use super::*;

#[tokio::test]
async fn nothing_is_limited_unless_a_test_says_so() {
    let host = host(Kind::GitHub).await;
    for _ in 0..100 {
        let answer = admin(&host).post("/repos/acme/web/hooks", &json!({})).await;
        assert_eq!(answer.status, 422);
    }
}

#[tokio::test]
async fn github_refuses_to_create_more_than_eighty_things_in_a_minute() {
    let host = host(Kind::GitHub).await;
    host.limits(Limits::documented());
    let mut refused = None;
    for number in 0..81 {
        let answer = admin(&host).post("/repos/acme/web/hooks", &json!({})).await;
        if answer.status != 422 {
            refused = Some((number, answer));
            break;
        }
    }
    let (number, answer) = refused.unwrap();
    assert_eq!((number, answer.status), (80, 403));
    assert!(answer.text.contains("secondary rate limit"));
    let after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&after));
    assert_ne!(answer.header("x-ratelimit-remaining"), "0");
    host.advance(Duration::from_secs(after));
    let answer = admin(&host).post("/repos/acme/web/hooks", &json!({})).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn github_tells_the_budget_and_when_it_is_new() {
    let host = host(Kind::GitHub).await;
    host.limits(Limits::documented().faster(60));
    let answer = admin(&host).get("/user").await;
    assert_eq!(answer.header("x-ratelimit-limit"), "5000");
    assert_eq!(answer.header("x-ratelimit-remaining"), "4999");
    assert_eq!(answer.header("x-ratelimit-resource"), "core");
    let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
    let left = reset - host.now().as_second();
    assert!((3000..=3600).contains(&left), "by the host's clock: {left}");
    let rate = admin(&host).get("/rate_limit").await.json();
    assert_eq!(rate["resources"]["core"]["remaining"], 4999);
}

#[tokio::test]
async fn times_can_be_told_as_they_really_are() {
    let host = host(Kind::GitHub).await;
    host.limits(Limits::documented().faster(60).in_real_time());
    let answer = admin(&host).get("/user").await;
    let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
    let left = reset - jiff::Timestamp::now().as_second();
    assert!((50..=61).contains(&left), "an hour is a minute: {left}");
}

#[tokio::test]
async fn github_gives_strangers_sixty_calls() {
    let host = host(Kind::GitHub).await;
    host.limits(Limits::documented());
    let nobody = api(&host, None);
    for _ in 0..60 {
        assert_eq!(nobody.get("/meta").await.status, 200);
    }
    let refused = nobody.get("/meta").await;
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, "0")
    );
    assert_eq!(admin(&host).get("/meta").await.status, 200);
}

#[tokio::test]
async fn gitlab_lets_one_project_be_read_400_times_a_minute() {
    let host = host(Kind::GitLab).await;
    host.limits(Limits::documented());
    for _ in 0..400 {
        assert_eq!(admin(&host).get("/projects/acme%2Fweb").await.status, 200);
    }
    let refused = admin(&host).get("/projects/acme%2Fweb").await;
    assert_eq!(refused.status, 429);
    let after: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&after));
    let other = admin(&host).get("/user").await;
    assert_eq!(other.status, 200);
    assert_eq!(other.header("ratelimit-limit"), "2000");
    host.advance(Duration::from_secs(after));
    assert_eq!(admin(&host).get("/projects/acme%2Fweb").await.status, 200);
}

#[tokio::test]
async fn gitlab_tests_five_times_a_minute() {
    let (host, receiver) = (host(Kind::GitLab).await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    host.limits(Limits::documented());
    let path = format!("/projects/acme%2Fweb/hooks/{id}/test/push_events");
    for _ in 0..5 {
        assert_eq!(admin(&host).call(&path).await.status, 201);
    }
    assert_eq!(admin(&host).call(&path).await.status, 429);
    assert_eq!(receiver.heard().len(), 5);
}

#[tokio::test]
async fn gitea_has_no_limits() {
    let host = host(Kind::Gitea).await;
    host.limits(Limits::documented());
    for _ in 0..500 {
        let answer = admin(&host).get("/version").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.keys().any(|name| name.contains("ratelimit")));
    }
}
