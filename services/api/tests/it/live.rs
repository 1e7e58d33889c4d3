//! Events as they come.

use std::time::Duration;

use serde_json::Value;
use sluice_events::{
    Timestamp,
    v1::{AccessRole, RefEvent},
};
use sluice_test_support::{eventually, http::Wire};

use crate::{client::Client, server::Api, site::Site};

/// Somebody who follows.
struct Follower(Wire);

impl Follower {
    /// The head of what is answered, and the rest to be read.
    async fn asks(client: &Client, query: &str, last: Option<u64>) -> (Self, u16) {
        let mut wire = Wire::connect(client.addr).await.unwrap();
        let token = client.token.as_deref().unwrap();
        let last = last
            .map(|last| format!("last-event-id: {last}\r\n"))
            .unwrap_or_default();
        let head = format!(
            "GET /api/v1/events{query} HTTP/1.1\r\nhost: api.test\r\nauthorization: Bearer {token}\r\naccept: text/event-stream\r\n{last}\r\n"
        );
        wire.send(head.as_bytes()).await.unwrap();
        let answer = wire.head().await.unwrap();
        if answer.status == 200 {
            assert_eq!(answer.header("content-type"), "text/event-stream");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        (Self(wire), answer.status)
    }

    async fn follows(client: &Client, query: &str, last: Option<u64>) -> Self {
        let (follower, status) = Self::asks(client, query, last).await;
        assert_eq!(status, 200);
        follower
    }

    /// The next line that begins so, without its beginning; `None` if nothing more comes.
    async fn line(&mut self, begin: &str) -> Option<String> {
        loop {
            // The last chunk is empty.
            let line = self.0.line().await.ok().filter(|line| line != "0")?;
            if let Some(rest) = line.strip_prefix(begin) {
                return Some(rest.to_owned());
            }
        }
    }

    /// The next event: its sequence and its `ce-id`.
    async fn event(&mut self) -> Option<(u64, String)> {
        let id = self.line("id: ").await?.parse().unwrap();
        let data: Value = serde_json::from_str(&self.line("data: ").await?).unwrap();
        assert_eq!(data["sequence"], id);
        assert_eq!(data["event"]["specversion"], "1.0");
        Some((id, data["event"]["id"].as_str().unwrap().to_owned()))
    }

    /// Waits for the end.
    async fn ends(&mut self) {
        assert_eq!(self.line("id: ").await, None, "it does not end");
    }
}

#[tokio::test]
async fn s16_who_follows_is_told_what_comes_in_its_projects_and_nothing_else() {
    let (site, api, client) = Site::with_api().await;
    let theirs = api.client(&site.token("theirs", "payments", None).await);
    eventually("they are known", || async {
        (theirs.get("/api/v1/events").await.status == 200).then_some(())
    })
    .await;
    site.event("default", "acme/web", "ping.received", 1).await;
    let mut all = Follower::follows(&client, "", None).await;
    let mut own = Follower::follows(&theirs, "", None).await;
    let mut some = Follower::follows(&client, "?repository=acme/pay&kind=ping", None).await;
    assert_eq!(
        Follower::asks(&theirs, "?project=default", None).await.1,
        404
    );
    assert_eq!(Follower::asks(&client, "?kind=x", None).await.1, 400);
    // It would be passed over in silence.
    let since = "?since=2020-01-01T00:00:00Z";
    assert_eq!(Follower::asks(&client, since, None).await.1, 400);
    for (project, name, number) in [
        ("default", "acme/web", 2),
        ("payments", "acme/pay", 3),
        ("default", "acme/web", 4),
    ] {
        site.event(project, name, "ping.received", number).await;
    }
    for number in [2, 3, 4] {
        assert_eq!(all.event().await, Some((number, number.to_string())));
    }
    assert_eq!(own.event().await, Some((3, "3".into())));
    assert_eq!(some.event().await, Some((3, "3".into())));
}

#[tokio::test]
async fn who_was_cut_off_goes_on_after_what_they_have_seen() {
    let (site, _api, client) = Site::with_api().await;
    for number in 1..=5 {
        site.event("default", "acme/web", "ping.received", number)
            .await;
    }
    let mut again = Follower::follows(&client, "?after=1", Some(3)).await;
    assert_eq!(again.event().await, Some((4, "4".into())));
    assert_eq!(again.event().await, Some((5, "5".into())));
    let mut first = Follower::follows(&client, "?after=0", None).await;
    for number in 1..=5 {
        assert_eq!(first.event().await, Some((number, number.to_string())));
    }
    site.event("default", "acme/web", "ping.received", 6).await;
    assert_eq!(first.event().await, Some((6, "6".into())));
    assert_eq!(again.event().await, Some((6, "6".into())));
    let headers = [("last-event-id", "x")];
    let wrong = client.send("GET", "/api/v1/events", &headers).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn s25_it_ends_with_the_access_token() {
    let site = Site::start().await;
    let soon = Timestamp::now().plus(Duration::from_secs(4));
    let ending = site.token("ending", "", Some(soon)).await;
    let deleted = site.token("deleted", "", None).await;
    let lasting = site.token_of(AccessRole::Viewer, "").await;
    let api = Api::start(&site).await;
    let mut ending = Follower::follows(&api.client(&ending), "", None).await;
    let mut deleted = Follower::follows(&api.client(&deleted), "", None).await;
    let mut lasting = Follower::follows(&api.client(&lasting), "", None).await;
    let record = site.tokens().get("deleted").await.unwrap().unwrap();
    site.tokens()
        .delete("deleted", record.revision)
        .await
        .unwrap();
    deleted.ends().await;
    ending.ends().await;
    site.event("default", "acme/web", "ping.received", 1).await;
    assert_eq!(lasting.event().await, Some((1, "1".into())));
}

#[tokio::test]
async fn one_token_follows_so_often_and_whoever_leaves_makes_room() {
    let (_site, _api, client) = Site::with_api().await;
    let mut followers = Vec::new();
    for _ in 0..10 {
        followers.push(Follower::follows(&client, "", None).await);
    }
    assert_eq!(Follower::asks(&client, "", None).await.1, 429);
    followers.clear();
    eventually("there is room again", || async {
        (Follower::asks(&client, "", None).await.1 == 200).then_some(())
    })
    .await;
}

/// Whoever takes nothing gets as much as there is room for on the way, and no more.
#[tokio::test]
async fn who_takes_nothing_is_cut_off_and_makes_room() {
    const EVENTS: u64 = 60;
    let (site, _api, client) = Site::with_api().await;
    let large = RefEvent {
        r#ref: format!("refs/heads/{}", "x".repeat(200_000)),
        ..Default::default()
    };
    for number in 1..=EVENTS {
        site.event_with("default", "acme/web", "ping.received", number, &large)
            .await;
    }
    let mut slow = Vec::new();
    for _ in 0..10 {
        slow.push(Follower::follows(&client, "", Some(0)).await);
    }
    assert_eq!(Follower::asks(&client, "", None).await.1, 429);
    let mut others = Vec::new();
    while others.len() < slow.len() {
        let other = eventually("there is room again", || async {
            let (other, status) = Follower::asks(&client, "", None).await;
            (status == 200).then_some(other)
        });
        others.push(other.await);
    }
    drop(others);
    // What it missed it is told when it comes again.
    let mut last = 0;
    while let Some((sequence, _)) = slow[0].event().await {
        last = sequence;
    }
    assert!(0 < last && last < EVENTS, "{last}");
    let mut again = eventually("there is room again", || async {
        let (again, status) = Follower::asks(&client, "", Some(last)).await;
        (status == 200).then_some(again)
    })
    .await;
    assert_eq!(again.event().await.unwrap().0, last + 1);
}

#[tokio::test]
async fn something_is_said_at_times_even_if_nothing_happens() {
    let (_site, _api, client) = Site::with_api().await;
    let mut follower = Follower::follows(&client, "", None).await;
    assert_eq!(follower.line("retry: ").await.as_deref(), Some("2000"));
    assert_eq!(follower.line(": ").await.as_deref(), Some("still here"));
}

#[tokio::test]
async fn without_a_bus_nobody_follows_and_who_did_comes_again() {
    let (mut site, _api, client) = Site::with_api().await;
    let mut follower = Follower::follows(&client, "", None).await;
    site.nats.kill().await;
    follower.ends().await;
    let (_, status) = Follower::asks(&client, "", None).await;
    assert_eq!(status, 503);
    site.nats.restart().await;
    eventually("one follows again", || async {
        (Follower::asks(&client, "?after=0", None).await.1 == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_api_that_stops_lets_nobody_follow_on() {
    let (_site, api, client) = Site::with_api().await;
    let mut follower = Follower::follows(&client, "", None).await;
    api.running.stop().await;
    follower.ends().await;
}
