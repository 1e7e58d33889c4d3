//! The traps of Gitea and Forgejo.

use super::*;

const HOOKS: &str = "/repos/acme/web/hooks";

const BOTH: [Kind; 2] = [Kind::Gitea, Kind::Forgejo];

#[tokio::test]
async fn a_new_hook_does_nothing_unless_it_is_told_to_be_active() {
    for kind in BOTH {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let mut body = hook_body(kind, receiver.url());
        body.as_object_mut().unwrap().remove("active");
        let hook = admin(&host).post(HOOKS, &body).await.json();
        assert_eq!(hook["active"], false);
        assert!(host.push("acme/web").to(B).deliver().await.is_empty());
        let path = format!("{HOOKS}/{}", hook["id"]);
        let tested = admin(&host).call(&format!("{path}/tests")).await;
        assert_eq!(tested.status, 204);
        // Whatever was sent before stands in front of this push.
        admin(&host).patch(&path, &json!({"active": true})).await;
        host.push("acme/web").to(A).deliver().await;
        assert_eq!(host.deliveries(hook["id"].as_u64().unwrap()).len(), 1);
    }
}

#[tokio::test]
async fn unknown_events_are_dropped_with_201() {
    for kind in BOTH {
        let host = host(kind).await;
        let mut body = hook_body(kind, "http://127.0.0.1:9/x");
        body["events"] = json!(["pusch"]);
        let answer = admin(&host).post(HOOKS, &body).await;
        assert_eq!((answer.status, &answer.json()["events"]), (201, &json!([])));
    }
}

#[tokio::test]
async fn only_forgejo_has_its_own_type() {
    for (kind, status) in [(Kind::Gitea, 422), (Kind::Forgejo, 201)] {
        let host = host(kind).await;
        let mut body = hook_body(kind, "http://127.0.0.1:9/x");
        body["type"] = json!("forgejo");
        assert_eq!(admin(&host).post(HOOKS, &body).await.status, status);
    }
}

#[tokio::test]
async fn an_edit_resets_what_it_does_not_say_and_ignores_the_secret() {
    for kind in BOTH {
        let host = host(kind).await;
        let mut body = hook_body(kind, "http://127.0.0.1:9/x");
        body["branch_filter"] = json!("main");
        body["authorization_header"] = json!("Bearer hidden");
        let id = admin(&host).post(HOOKS, &body).await.json()["id"].clone();
        let edit = json!({"config": {"secret": "the next one"}});
        let answer = admin(&host).patch(&format!("{HOOKS}/{id}"), &edit).await;
        assert_eq!(answer.status, 200);
        let hook = &host.hooks("acme/web")[0];
        assert_eq!(hook.secret.as_ref().unwrap().expose(), SECRET);
        assert_eq!(hook.events, ["push"]);
        assert_eq!(hook.branch_filter, "");
        assert_eq!(hook.authorization.expose(), "");
        assert_eq!(hook.url, "http://127.0.0.1:9/x");
        assert!(hook.active);
    }
}

#[tokio::test]
async fn the_secret_is_not_told_and_the_authorization_is() {
    let host = host(Kind::Gitea).await;
    let mut body = hook_body(Kind::Gitea, "http://127.0.0.1:9/x");
    body["authorization_header"] = json!("Bearer in clear");
    admin(&host).post(HOOKS, &body).await;
    host.token("reader")
        .user("admin")
        .scopes(["read:repository"]);
    let answer = api(&host, Some("reader")).get(HOOKS).await;
    assert!(!answer.text.contains(SECRET));
    assert_eq!(answer.json()[0]["authorization_header"], "Bearer in clear");
}

#[tokio::test]
async fn an_address_may_have_any_number_of_hooks() {
    let host = host(Kind::Gitea).await;
    hook(&host, "http://127.0.0.1:9/x").await;
    hook(&host, "http://127.0.0.1:9/x").await;
    assert_eq!(host.hooks("acme/web").len(), 2);
}

#[tokio::test]
async fn what_is_missing_from_a_configuration_is_refused() {
    let host = host(Kind::Gitea).await;
    for config in [
        json!({"content_type": "json"}),
        json!({"url": "http://127.0.0.1:9/x"}),
        json!({"url": "http://127.0.0.1:9/x", "content_type": "xml"}),
    ] {
        let body = json!({"type": "gitea", "config": config});
        assert_eq!(admin(&host).post(HOOKS, &body).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn a_test_with_a_ref_says_it_as_it_was_said() {
    let (host, receiver) = (host(Kind::Gitea).await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    admin(&host)
        .call(&format!("{HOOKS}/{id}/tests?ref=main"))
        .await;
    host.wait_for_deliveries(id, |told| told.len() == 1).await;
    let heard = receiver.heard()[0].json();
    assert_eq!(
        (&heard["ref"], &heard["before"]),
        (&json!("main"), &heard["after"])
    );
}

#[tokio::test]
async fn an_empty_repository_cannot_be_tested() {
    for (kind, status) in [(Kind::Gitea, 404), (Kind::Forgejo, 500)] {
        let host = FakeHost::start(kind).await;
        host.repository("acme/web").create();
        host.token("admin-token").role("acme/web", Role::Admin);
        let id = hook(&host, "http://127.0.0.1:9/x").await;
        assert_eq!(
            admin(&host)
                .call(&format!("{HOOKS}/{id}/tests"))
                .await
                .status,
            status
        );
    }
}

#[tokio::test]
async fn hooks_of_organizations_cannot_be_tested_and_nobody_keeps_a_log() {
    let host = host(Kind::Gitea).await;
    let body = hook_body(Kind::Gitea, "http://127.0.0.1:9/x");
    let id = admin(&host).post("/orgs/acme/hooks", &body).await.json()["id"].clone();
    let tests = format!("/orgs/acme/hooks/{id}/tests");
    assert_eq!(admin(&host).call(&tests).await.status, 404);
    let id = hook(&host, "http://127.0.0.1:9/x").await;
    let log = format!("{HOOKS}/{id}/deliveries");
    assert_eq!(admin(&host).get(&log).await.status, 404);
}

#[tokio::test]
async fn a_filter_of_branches_drops_tags_at_gitea_alone() {
    for (kind, tags) in [(Kind::Gitea, 0), (Kind::Forgejo, 2)] {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let mut body = hook_body(kind, receiver.url());
        body["branch_filter"] = json!("release/*");
        admin(&host).post(HOOKS, &body).await;
        let push = || host.push("acme/web").to(B);
        assert!(push().branch("main").deliver().await.is_empty());
        assert_eq!(push().branch("release/1").deliver().await.len(), 2);
        assert_eq!(push().tag("v1").deliver().await.len(), tags);
    }
}

#[tokio::test]
async fn tokens_are_made_with_the_password_alone() {
    let host = host(Kind::Gitea).await;
    host.password("admin", "pw");
    let body = json!({"name": "sluice", "scopes": ["read:repository"]});
    let path = "/users/admin/tokens";
    assert_eq!(admin(&host).post(path, &body).await.status, 401);
    let basic = admin(&host).with("authorization", "Basic YWRtaW46cHc=");
    let made = basic.post(path, &body).await;
    assert_eq!(made.status, 201);
    assert_eq!(basic.post(path, &body).await.status, 400);
    assert_eq!(basic.post(path, &json!({"name": "bare"})).await.status, 400);
    let made = made.json();
    let value = made["sha1"].as_str().unwrap();
    assert_eq!(
        api(&host, Some(value)).get("/repos/acme/web").await.status,
        200
    );
    assert_eq!(basic.delete(&format!("{path}/sluice")).await.status, 204);
    assert_eq!(
        api(&host, Some(value)).get("/repos/acme/web").await.status,
        401
    );
}

#[tokio::test]
async fn what_is_asked_for_is_not_what_is_told() {
    let host = host(Kind::Gitea).await;
    let mut body = hook_body(Kind::Gitea, "http://127.0.0.1:9/x");
    body["events"] = json!(["push", "create", "pull_request"]);
    let told = admin(&host).post(HOOKS, &body).await.json()["events"].clone();
    let told = told.as_array().unwrap();
    assert_eq!((told.len(), &told[0]), (10, &json!("create")));
}

#[tokio::test]
async fn repositories_of_sha256_have_longer_zeros() {
    let (host, receiver) = (FakeHost::start(Kind::Gitea).await, Receiver::start());
    host.repository("acme/web").create();
    host.token("admin-token").role("acme/web", Role::Admin);
    hook(&host, receiver.url()).await;
    let sha = "c".repeat(64);
    host.push("acme/web").to(&sha).deliver().await;
    let heard = receiver.heard();
    let push = heard[1].json();
    assert_eq!(
        (&push["before"], &push["after"]),
        (&json!("0".repeat(64)), &json!(sha))
    );
    let found = admin(&host).get("/repos/acme/web").await.json();
    assert_eq!(found["object_format_name"], "sha256");
}
