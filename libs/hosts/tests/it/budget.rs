//! How often hosts are called.

use std::time::{Duration, Instant};

use serde_json::json;
use sluice_events::Timestamp;
use sluice_hosts::{Budget, Host, Pace, Problem, Settings};

use crate::{
    fixture::{api, found, host, record, settings, token},
    scripted::{Reply, Scripted},
};

fn too_much(status: u16) -> Reply {
    Reply::json(status, json!({"message": "slow down"}))
}

#[tokio::test]
async fn a_short_wait_that_the_host_asks_for_is_waited() {
    let scripted = Scripted::new([too_much(429).with("retry-after", "0"), found()]).await;
    assert!(api("gitea", &scripted).by_id("17").await.is_ok());
    assert_eq!(scripted.requests().len(), 2);
}

#[tokio::test]
async fn a_long_wait_is_told_and_holds_every_session_of_the_host() {
    let soon = Timestamp::now().plus(Duration::from_secs(90)).seconds;
    let dated = "Fri, 01 Jan 2100 00:00:00 GMT";
    for reply in [
        too_much(429).with("retry-after", "120"),
        too_much(429).with("retry-after", dated),
        too_much(429),
        too_much(403)
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", &soon.to_string()),
        too_much(403).with("retry-after", "60"),
        Reply::json(
            403,
            json!({"message": "You have exceeded a secondary rate limit"}),
        ),
    ] {
        let scripted = Scripted::new([reply]).await;
        let host = host("github", &scripted, settings());
        let api = host.open(&token()).unwrap();
        let error = api.by_id("17").await.unwrap_err();
        assert_eq!(error.problem, Problem::RateLimited, "{error}");
        assert!(error.retry_at.unwrap() > Timestamp::now());
        assert!(host.budget().pause() > Duration::from_secs(30));

        let error = host.open(&token()).unwrap().by_id("18").await.unwrap_err();
        assert_eq!((error.problem, error.status), (Problem::RateLimited, None));
        assert!(error.retry_at.unwrap() > Timestamp::now());
        scripted.request();
    }
}

#[tokio::test]
async fn the_last_call_of_a_window_stops_the_next_one() {
    let last = found()
        .with("ratelimit-remaining", "0")
        .with("ratelimit-reset", "300");
    let scripted = Scripted::new([last]).await;
    let api = api("gitea", &scripted);
    api.by_id("17").await.unwrap();
    let error = api.by_id("17").await.unwrap_err();
    assert_eq!(error.problem, Problem::RateLimited, "{error}");
    scripted.request();
}

#[tokio::test]
async fn a_plain_403_is_no_limit() {
    let reply = Reply::json(403, json!({"message": "no"})).with("x-ratelimit-remaining", "4999");
    let scripted = Scripted::new([reply]).await;
    let error = api("github", &scripted).by_id("17").await.unwrap_err();
    assert_eq!(error.problem, Problem::Forbidden);
}

#[tokio::test]
async fn a_pace_that_is_used_up_is_told_and_nothing_is_sent() {
    let scripted = Scripted::new(vec![found(); 10]).await;
    let impatient = Settings {
        patience: Duration::from_secs(1),
        ..settings()
    };
    let budget = Budget::new(Pace {
        calls_per_hour: 10,
        share_percent: 10,
    });
    let host = Host::new(&record("gitea", &scripted.url), impatient, budget).unwrap();
    let api = host.open(&token()).unwrap();
    for _ in 0..10 {
        api.by_id("17").await.unwrap();
    }
    let error = api.by_id("17").await.unwrap_err();
    assert_eq!(error.problem, Problem::RateLimited, "{error}");
    let in_half_an_hour = Timestamp::now().plus(Duration::from_secs(1800));
    assert!(error.retry_at.unwrap() > in_half_an_hour);
    assert_eq!(scripted.requests().len(), 10);
}

#[tokio::test]
async fn a_call_waits_for_its_pace_where_that_is_short() {
    let scripted = Scripted::new(vec![found(); 12]).await;
    let budget = Budget::new(Pace {
        calls_per_hour: 36_000,
        share_percent: 100,
    });
    let host = Host::new(&record("gitea", &scripted.url), settings(), budget).unwrap();
    let api = host.open(&token()).unwrap();
    let start = Instant::now();
    for _ in 0..12 {
        api.by_id("17").await.unwrap();
    }
    // Ten go at once, each further one a tenth of a second later.
    assert!(start.elapsed() >= Duration::from_millis(190));
}
