//! Who is let in, and to what.

use sluice_events::{Timestamp, v1::AccessRole};
use sluice_test_support::eventually;

use crate::{server::Api, site::Site};

const PATHS: [&str; 5] = [
    "/api/v1/commits",
    "/api/v1/commits/0123456789",
    "/api/v1/events",
    "/api/v1/repositories",
    "/api/v1/repositories/web",
];

#[tokio::test]
async fn s25_nothing_is_open_without_an_access_token() {
    let (_site, api, known) = Site::with_api().await;
    let token = known.token.clone().unwrap();
    let longer = format!("{token}x");
    let shorter: String = token.chars().skip(1).collect();
    for path in PATHS {
        for wrong in ["slc_wrong", "", &longer, &shorter, &token.to_uppercase()] {
            let (status, problem) = api.client(wrong).refused(path).await;
            assert_eq!(status, 401, "{path}");
            assert_eq!(problem["title"], "Unauthorized");
        }
        let stranger = api.stranger();
        assert_eq!(stranger.refused(path).await.0, 401, "{path}");
        // Neither in the address, nor by another scheme, nor one of two.
        let in_url = format!("{path}?access_token={token}");
        assert_eq!(stranger.refused(&in_url).await.0, 401);
        let basic = format!("Basic {token}");
        let headers = [("authorization", basic.as_str())];
        let by_basic = stranger.send("GET", path, &headers).await;
        assert_eq!(by_basic.status, 401);
        let headers = [("authorization", "Bearer x")];
        let second = known.send("GET", path, &headers).await;
        assert_eq!(second.status, 401);
    }
}

#[tokio::test]
async fn a_token_opens_from_when_it_is_made_until_it_is_deleted() {
    let (site, api, _) = Site::with_api().await;
    let token = site.token("late", "", None).await;
    let client = api.client(&token);
    let status = async |wanted| {
        let answer = client.get("/api/v1/events").await;
        (answer.status == wanted).then_some(())
    };
    eventually("the new token opens", || status(200)).await;
    let record = site.tokens().get("late").await.unwrap().unwrap();
    site.tokens().delete("late", record.revision).await.unwrap();
    eventually("the deleted token opens nothing", || status(401)).await;
}

#[tokio::test]
async fn a_token_that_has_ended_opens_nothing() {
    let site = Site::start().await;
    let past = Timestamp::parse("2020-01-01T00:00:00Z");
    let future = Timestamp::parse("2999-01-01T00:00:00Z");
    let ended = site.token("ended", "", past).await;
    let lasting = site.token("lasting", "", future).await;
    let api = Api::start(&site).await;
    let (status, problem) = api.client(&ended).refused("/api/v1/events").await;
    assert_eq!(
        (status, &problem["detail"]),
        (401, &"the access token has expired".into())
    );
    api.client(&lasting).reads("/api/v1/events").await;
}

#[tokio::test]
async fn a_token_of_one_project_opens_that_one_alone() {
    let site = Site::start().await;
    let theirs = site.token("theirs", "payments", None).await;
    let all = site.token("all", "", None).await;
    site.event("default", "acme/web", "ping.received", 1).await;
    site.event("payments", "acme/pay", "ping.received", 2).await;
    let api = Api::start(&site).await;
    let ids = async |token: &str, query: &str| {
        let page = api
            .client(token)
            .reads(&format!("/api/v1/events{query}"))
            .await;
        let events = page["events"].as_array().unwrap().clone();
        events
            .iter()
            .map(|event| event["event"]["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&theirs, "").await, ["2"]);
    assert_eq!(ids(&theirs, "?project=payments").await, ["2"]);
    assert_eq!(ids(&all, "").await, ["1", "2"]);
    assert_eq!(ids(&all, "?project=default").await, ["1"]);
    assert_eq!(ids(&all, "?project=payments").await, ["2"]);
    for path in PATHS {
        // Whether there is such a project is nobody's business.
        for other in ["default", "none"] {
            let path = format!("{path}?project={other}");
            assert_eq!(api.client(&theirs).refused(&path).await.0, 404, "{path}");
        }
        let none = format!("{path}?project=none");
        let (status, problem) = api.client(&all).refused(&none).await;
        assert_eq!((status, &problem["parameter"]), (404, &"project".into()));
    }
}

#[tokio::test]
async fn s1_a_record_that_says_nonsense_opens_nothing() {
    let (site, api, client) = Site::with_api().await;
    site.change("ci", |token| token.role = AccessRole::Unspecified.into())
        .await;
    let status = async |wanted| {
        let answer = client.get("/api/v1/events").await;
        (answer.status == wanted).then_some(())
    };
    eventually("without a role it may do nothing", || status(403)).await;
    site.change("ci", |token| {
        token.set_role(AccessRole::Admin);
        token.name = "operator".into();
    })
    .await;
    eventually("nobody speaks as the operator", || status(401)).await;
    drop(api);
}
