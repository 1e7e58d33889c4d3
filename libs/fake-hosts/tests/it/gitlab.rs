//! GitLab's traps.

use super::*;

async fn gitlab() -> FakeHost {
    host(Kind::GitLab).await
}

const HOOKS: &str = "/projects/acme%2Fweb/hooks";

/// Of a signing token: 32 bytes.
const SIGNING: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[tokio::test]
async fn tokens_are_never_told_only_that_there_are_some() {
    let host = gitlab().await;
    let id = hook(&host, "http://127.0.0.1:9/x").await;
    let answer = admin(&host).get(&format!("{HOOKS}/{id}")).await;
    assert!(!answer.text.contains(SECRET));
    assert_eq!(answer.json()["token_present"], true);
    assert_eq!(answer.json()["signing_token_present"], false);
}

#[tokio::test]
async fn an_edit_needs_the_address_and_another_one_takes_the_token_away() {
    let host = gitlab().await;
    let id = hook(&host, "http://127.0.0.1:9/x").await;
    let (api, path) = (admin(&host), format!("{HOOKS}/{id}"));
    let without = api.put(&path, &json!({"token": "new"})).await;
    assert_eq!(
        (without.status, without.json()),
        (400, json!({"error": "url is missing"}))
    );
    let same = json!({"url": "http://127.0.0.1:9/x", "push_events": true});
    assert_eq!(api.put(&path, &same).await.json()["token_present"], true);
    let other = json!({"url": "http://127.0.0.1:9/y"});
    assert_eq!(api.put(&path, &other).await.json()["token_present"], false);
    let with = json!({"url": "http://127.0.0.1:9/z", "token": "new"});
    assert_eq!(api.put(&path, &with).await.json()["token_present"], true);
}

#[tokio::test]
async fn old_versions_pass_over_signing_tokens_without_a_word() {
    let host = gitlab().await;
    host.set_version(18, 11);
    let body = json!({"url": "http://127.0.0.1:9/x", "signing_token": SIGNING});
    let answer = admin(&host).post(HOOKS, &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json().get("signing_token_present"), None);
    assert!(host.hooks("acme/web")[0].signing_token.is_none());
}

#[tokio::test]
async fn a_signing_token_has_its_form() {
    let host = gitlab().await;
    for wrong in ["secret", "whsec_c2hvcnQ=", "whsec_%%%"] {
        let body = json!({"url": "http://127.0.0.1:9/x", "signing_token": wrong});
        assert_eq!(admin(&host).post(HOOKS, &body).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_new_hook_hears_of_pushes_unless_it_is_told_not_to() {
    let host = gitlab().await;
    let body = json!({"url": "http://127.0.0.1:9/x"});
    assert_eq!(
        admin(&host).post(HOOKS, &body).await.json()["push_events"],
        true
    );
    let body = json!({"url": "http://127.0.0.1:9/x", "push_events": false, "unheard_of": 1});
    assert_eq!(
        admin(&host).post(HOOKS, &body).await.json()["push_events"],
        false
    );
    assert_eq!(host.hooks("acme/web").len(), 2);
}

#[tokio::test]
async fn parameters_may_stand_anywhere() {
    let host = gitlab().await;
    let api = admin(&host);
    let query = format!("{HOOKS}?url=http%3A%2F%2F127.0.0.1%3A9%2Fq&push_events=false");
    assert_eq!(api.call(&query).await.json()["push_events"], false);
    let form = api
        .request(reqwest::Method::POST, HOOKS)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("url=http%3A%2F%2F127.0.0.1%3A9%2Ff&token=t");
    assert_eq!(
        api.try_send(form).await.unwrap().json()["token_present"],
        true
    );
}

#[tokio::test]
async fn a_group_has_hooks_if_the_licence_has() {
    let (host, receiver) = (gitlab().await, Receiver::start());
    let body = json!({"url": receiver.url()});
    assert_eq!(
        admin(&host).post("/groups/acme/hooks", &body).await.status,
        201
    );
    let told = host.push("acme/web").to(B).deliver().await;
    assert_eq!((told.len(), receiver.heard().len()), (1, 1));
    host.license_group_hooks(false);
    assert_eq!(admin(&host).get("/groups/acme/hooks").await.status, 404);
}

#[tokio::test]
async fn a_token_tells_its_scopes_and_its_last_day() {
    let host = gitlab().await;
    let at = "2030-08-14T00:00:00Z".parse().unwrap();
    host.token("reader")
        .user("bot")
        .scopes(["read_api"])
        .expires(at);
    let token = api(&host, Some("reader"))
        .get("/personal_access_tokens/self")
        .await
        .json();
    assert_eq!(token["scopes"], json!(["read_api"]));
    assert_eq!(token["expires_at"], "2030-08-14");
    assert_eq!(token["active"], true);
    assert_eq!(
        api(&host, Some("reader")).get("/user").await.json()["username"],
        "bot"
    );
}

#[tokio::test]
async fn a_rotated_token_dies_at_once_and_using_it_to_rotate_kills_its_line() {
    let host = gitlab().await;
    host.token("first").user("bot").scopes(["api"]);
    let rotate = "/personal_access_tokens/self/rotate";
    let second = api(&host, Some("first")).call(rotate).await.json();
    let second = second["token"].as_str().unwrap();
    assert_eq!(api(&host, Some("first")).get("/user").await.status, 401);
    assert_eq!(api(&host, Some(second)).get("/user").await.status, 200);
    assert_eq!(api(&host, Some("first")).call(rotate).await.status, 401);
    assert_eq!(api(&host, Some(second)).get("/user").await.status, 401);
}

#[tokio::test]
async fn a_rotated_token_lives_a_week_if_nobody_says_more() {
    let host = gitlab().await;
    host.token("first").user("bot").scopes(["self_rotate"]);
    let rotate = "/personal_access_tokens/self/rotate";
    let second = api(&host, Some("first")).call(rotate).await.json();
    let second = second["token"].as_str().unwrap();
    host.advance(std::time::Duration::from_secs(6 * 24 * 3600 - 60));
    let own = "/personal_access_tokens/self";
    assert_eq!(api(&host, Some(second)).get(own).await.status, 200);
    host.advance(std::time::Duration::from_secs(24 * 3600 + 60));
    let late = api(&host, Some(second)).get(own).await;
    assert_eq!(
        (late.status, &late.json()["error"]),
        (401, &json!("invalid_token"))
    );
}
