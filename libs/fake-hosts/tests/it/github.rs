//! GitHub's traps.

use super::*;

async fn github() -> FakeHost {
    host(Kind::GitHub).await
}

const HOOKS: &str = "/repos/acme/web/hooks";

fn the_secret(host: &FakeHost) -> Option<String> {
    let hooks = host.hooks("acme/web");
    let secret = hooks[0].secret.as_ref();
    secret.map(|secret| secret.expose().to_owned())
}

#[tokio::test]
async fn a_hook_shows_asterisks_for_its_secret() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    for path in [
        HOOKS.to_owned(),
        format!("{HOOKS}/{id}"),
        format!("{HOOKS}/{id}/config"),
    ] {
        let answer = admin(&host).get(&path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("********"), "{path}");
        assert!(!answer.text.contains(SECRET), "{path}");
    }
}

#[tokio::test]
async fn a_config_without_a_secret_takes_it_away_and_asterisks_are_one() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    let (api, path) = (admin(&host), format!("{HOOKS}/{id}"));
    api.patch(&path, &json!({"active": true})).await;
    assert_eq!(the_secret(&host).as_deref(), Some(SECRET));
    let config = json!({"url": receiver.url(), "content_type": "json", "secret": "********"});
    api.patch(&path, &json!({"config": config})).await;
    assert_eq!(the_secret(&host).as_deref(), Some("********"));
    let config = json!({"url": receiver.url(), "content_type": "json"});
    api.patch(&path, &json!({"config": config})).await;
    assert_eq!(the_secret(&host), None);
}

#[tokio::test]
async fn the_config_alone_changes_what_is_said_and_nothing_else() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    let path = format!("{HOOKS}/{id}/config");
    let answer = admin(&host)
        .patch(&path, &json!({"secret": "another one"}))
        .await;
    assert_eq!(answer.json()["secret"], "********");
    let hooks = host.hooks("acme/web");
    assert_eq!(the_secret(&host).as_deref(), Some("another one"));
    assert_eq!(hooks[0].content_type, "json");
    assert_eq!(hooks[0].url, receiver.url());
}

#[tokio::test]
async fn a_new_hook_is_pinged() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    host.wait_for_deliveries(id, |told| told.len() == 1).await;
    assert_eq!(receiver.heard()[0].header("x-github-event"), "ping");
    assert_eq!(
        admin(&host)
            .call(&format!("{HOOKS}/{id}/pings"))
            .await
            .status,
        204
    );
    host.wait_for_deliveries(id, |told| told.len() == 2).await;
}

#[tokio::test]
async fn a_second_hook_of_the_same_address_and_events_is_refused() {
    let (host, receiver) = (github().await, Receiver::start());
    hook(&host, receiver.url()).await;
    let mut body = hook_body(Kind::GitHub, receiver.url());
    let again = admin(&host).post(HOOKS, &body).await;
    assert_eq!(again.status, 422);
    assert!(
        again
            .text
            .contains("Hook already exists on this repository")
    );
    body["events"] = json!(["issues"]);
    assert_eq!(admin(&host).post(HOOKS, &body).await.status, 201);
}

#[tokio::test]
async fn an_event_has_no_more_than_twenty_hooks() {
    let (host, receiver) = (github().await, Receiver::start());
    for number in 0..20 {
        hook(&host, &format!("{}/{number}", receiver.url())).await;
    }
    let one_more = hook_body(Kind::GitHub, &format!("{}/20", receiver.url()));
    assert_eq!(admin(&host).post(HOOKS, &one_more).await.status, 422);
}

#[tokio::test]
async fn what_is_not_said_is_a_form_of_pushes() {
    let host = github().await;
    let body = json!({"config": {"url": "http://127.0.0.1:9/x"}});
    let hook = admin(&host).post(HOOKS, &body).await.json();
    assert_eq!(hook["config"]["content_type"], "form");
    assert_eq!(hook["events"], json!(["push"]));
    assert_eq!(hook["active"], true);
}

#[tokio::test]
async fn unknown_events_and_other_services_are_refused() {
    let host = github().await;
    let config = json!({"url": "http://127.0.0.1:9/x"});
    for body in [
        json!({"config": config, "events": ["pusch"]}),
        json!({"name": "email", "config": config}),
        json!({"config": {}}),
        json!({"config": {"url": "ftp://127.0.0.1/"}}),
    ] {
        assert_eq!(admin(&host).post(HOOKS, &body).await.status, 422, "{body}");
    }
    assert!(host.hooks("acme/web").is_empty());
}

#[tokio::test]
async fn scopes_and_expiry_are_told_in_headers() {
    let host = github().await;
    let at = "2030-08-14T08:15:54Z".parse().unwrap();
    host.token("classic")
        .user("bot")
        .scopes(["repo", "read:org"])
        .expires(at);
    let answer = api(&host, Some("classic")).get("/user").await;
    assert_eq!(answer.json()["login"], "bot");
    assert_eq!(answer.header("x-oauth-scopes"), "repo, read:org");
    let expiry = answer.header("github-authentication-token-expiration");
    assert_eq!(expiry, "2030-08-14 08:15:54 UTC");
    host.token("github_pat_fine")
        .user("bot")
        .scopes(["metadata:read"]);
    let answer = api(&host, Some("github_pat_fine")).get("/user").await;
    assert!(!answer.headers.contains_key("x-oauth-scopes"));
}

#[tokio::test]
async fn nobody_is_served_without_a_user_agent() {
    let host = github().await;
    let api = admin(&host);
    let request = api
        .request(reqwest::Method::GET, "/user")
        .header("user-agent", "");
    assert_eq!(api.try_send(request).await.unwrap().status, 403);
}

#[tokio::test]
async fn the_log_pages_by_cursor_and_sends_again_with_the_same_id() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    receiver.answers(503);
    host.wait_for_deliveries(id, |told| told.len() == 1).await;
    let pushed = host.push("acme/web").to(B).deliver().await;
    let path = format!("{HOOKS}/{id}/deliveries");
    let first = admin(&host).get(&format!("{path}?per_page=1")).await;
    let item = first.json()[0].clone();
    assert_eq!(
        (&item["status_code"], &item["event"]),
        (&json!(503), &json!("push"))
    );
    assert_eq!(item["guid"], json!(pushed[0].guid));
    let second = admin(&host).get(&first.link("next").unwrap()).await;
    assert_eq!(second.json()[0]["event"], "ping");
    assert_eq!(second.link("next"), None);

    receiver.answers(200);
    let again = format!("{path}/{}/attempts", item["id"]);
    assert_eq!(admin(&host).call(&again).await.status, 202);
    let told = host.wait_for_deliveries(id, |told| told.len() == 3).await;
    assert_eq!(told[2].guid, pushed[0].guid);
    assert!(told[2].redelivery);
    assert_eq!(receiver.heard()[2].body, pushed[0].body());

    host.advance(std::time::Duration::from_secs(3 * 24 * 3600));
    assert_eq!(admin(&host).get(&path).await.json(), json!([]));
}

#[tokio::test]
async fn what_is_sent_again_is_signed_with_the_present_secret() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    host.wait_for_deliveries(id, |told| told.len() == 1).await;
    let pushed = host.push("acme/web").to(B).deliver().await;
    let path = format!("{HOOKS}/{id}");
    let config = json!({"secret": "the next secret, long enough"});
    admin(&host).patch(&format!("{path}/config"), &config).await;
    admin(&host)
        .call(&format!("{path}/deliveries/{}/attempts", pushed[0].id))
        .await;
    host.wait_for_deliveries(id, |told| told.len() == 3).await;
    let heard = receiver.heard();
    let signature = |at: usize| heard[at].header("x-hub-signature-256").to_owned();
    assert_eq!(heard[1].body, heard[2].body);
    assert_ne!(signature(1), signature(2));
}

#[tokio::test]
async fn a_test_sends_the_latest_push_again_if_there_was_one() {
    let (host, receiver) = (github().await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    host.wait_for_deliveries(id, |told| told.len() == 1).await;
    let path = format!("{HOOKS}/{id}/tests");
    assert_eq!(admin(&host).call(&path).await.status, 204);
    host.push("acme/web").to(B).deliver().await;
    assert_eq!(admin(&host).call(&path).await.status, 204);
    let told = host.wait_for_deliveries(id, |told| told.len() == 3).await;
    let events: Vec<_> = told
        .iter()
        .map(|delivery| delivery.event.as_str())
        .collect();
    assert_eq!(events, ["ping", "push", "push"]);
    assert_ne!(told[1].guid, told[2].guid);
}

#[tokio::test]
async fn an_archived_repository_takes_no_hooks() {
    let host = github().await;
    host.archive("acme/web", true);
    let body = hook_body(Kind::GitHub, "http://127.0.0.1:9/x");
    assert_eq!(admin(&host).post(HOOKS, &body).await.status, 403);
    assert_eq!(admin(&host).get(HOOKS).await.status, 200);
}

#[tokio::test]
async fn organizations_have_hooks_that_hear_of_their_repositories() {
    let (host, receiver) = (github().await, Receiver::start());
    let body = hook_body(Kind::GitHub, receiver.url());
    let hook = admin(&host).post("/orgs/acme/hooks", &body).await.json();
    assert_eq!(hook["type"], "Organization");
    let told = host.push("acme/web").to(B).deliver().await;
    assert_eq!(told.len(), 1);
    let heard = receiver.heard();
    let push = heard
        .iter()
        .find(|heard| heard.header("x-github-event") == "push");
    let target = push
        .unwrap()
        .header("x-github-hook-installation-target-type");
    assert_eq!(target, "organization");
}

#[tokio::test]
async fn an_edit_makes_no_second_hook_of_the_same_address_and_events() {
    let host = github().await;
    hook(&host, "http://127.0.0.1:9/x").await;
    let id = hook(&host, "http://127.0.0.1:9/y").await;
    let config = json!({"url": "http://127.0.0.1:9/x"});
    let path = format!("{HOOKS}/{id}");
    assert_eq!(
        admin(&host)
            .patch(&path, &json!({"config": config}))
            .await
            .status,
        422
    );
    assert_eq!(host.hooks("acme/web")[1].url, "http://127.0.0.1:9/y");
    let more = json!({"add_events": ["issues"], "remove_events": ["push"]});
    let edited = admin(&host).patch(&path, &more).await.json();
    assert_eq!(edited["events"], json!(["create", "delete", "issues"]));
}
