//! While something is away: 503, and when to come again.

use sluice_test_support::eventually;

use crate::{
    server::{Api, Running},
    site::Site,
};

#[tokio::test]
async fn without_a_commit_log_there_are_no_commits_and_everything_else() {
    let (site, _api, client) = Site::with_api().await;
    let (status, problem) = client.refused("/api/v1/commits").await;
    assert_eq!(status, 503);
    assert_eq!(
        problem["detail"],
        "no commit-log answers: is the service running?"
    );
    client.reads("/api/v1/events").await;
    client.reads("/api/v1/repositories").await;

    let log = Running::commit_log(&site).await;
    site.record("default", "acme/web", 1).await;
    site.current(&client).await;
    log.stop().await;
    assert_eq!(client.refused("/api/v1/commits").await.0, 503);
}

#[tokio::test]
async fn a_bus_that_does_not_answer_is_our_fault() {
    let (site, _api, client) = Site::with_api().await;
    let log = Running::commit_log(&site).await;
    site.nats.pause();
    for path in ["/api/v1/commits", "/api/v1/events"] {
        assert_eq!(client.refused(path).await.0, 503, "{path}");
    }
    // Who is not known is not let in by that.
    let mut stranger = client.clone();
    stranger.token = Some("slc_unknown".into());
    assert_eq!(stranger.refused("/api/v1/events").await.0, 401);
    site.nats.resume();
    eventually("it answers again", || async {
        (client.get("/api/v1/commits").await.status == 200).then_some(())
    })
    .await;
    client.reads("/api/v1/events").await;
    drop(log);
}

#[tokio::test]
async fn before_it_knows_who_may_nobody_is_let_in_or_turned_away() {
    let mut site = Site::start().await;
    let token = site.token("ci", "", None).await;
    let connection = site.nats.connection("api");
    site.nats.kill().await;
    let api = Api::starting(connection).await;
    for client in [
        api.client(&token),
        api.client("slc_unknown"),
        api.stranger(),
    ] {
        assert_eq!(client.refused("/api/v1/events").await.0, 503);
    }
    let readiness = api.running.health.readiness();
    assert!(
        !readiness.ready && readiness.lines.contains("[-]directory"),
        "{}",
        readiness.lines
    );

    site.nats.restart().await;
    api.running.ready().await;
    api.client(&token).reads("/api/v1/events").await;
    assert_eq!(api.stranger().refused("/api/v1/events").await.0, 401);
}
