//! GitLab's hooks that fail, the test that revives them, and the log.

use std::time::Duration;

use super::*;

const HOOKS: &str = "/projects/acme%2Fweb/hooks";

async fn heard() -> (FakeHost, Receiver, u64) {
    let (host, receiver) = (host(Kind::GitLab).await, Receiver::start());
    let id = hook(&host, receiver.url()).await;
    (host, receiver, id)
}

/// Pushes that many times, each to another place.
async fn push(host: &FakeHost, times: usize) -> usize {
    let mut sent = 0;
    for time in 0..times {
        let to = if time % 2 == 0 { B } else { A };
        sent += host.push("acme/web").to(to).deliver().await.len();
    }
    sent
}

async fn health(host: &FakeHost, id: u64) -> (String, bool) {
    let hook = admin(host).get(&format!("{HOOKS}/{id}")).await.json();
    let status = hook["alert_status"].as_str().unwrap().to_owned();
    (status, hook["disabled_until"].is_string())
}

#[tokio::test]
async fn four_failures_disable_a_hook_for_a_minute_and_the_fifth_for_two() {
    let (host, receiver, id) = heard().await;
    receiver.answers(401);
    assert_eq!(push(&host, 3).await, 3);
    assert_eq!(health(&host, id).await.0, "executable");
    assert_eq!(push(&host, 5).await, 1, "only the fourth is sent");
    assert_eq!(
        health(&host, id).await,
        ("temporarily_disabled".to_owned(), true)
    );
    host.advance(Duration::from_secs(61));
    assert_eq!(health(&host, id).await.0, "executable");
    assert_eq!(push(&host, 2).await, 1);
    host.advance(Duration::from_secs(61));
    assert_eq!(push(&host, 1).await, 0);
    host.advance(Duration::from_secs(60));
    receiver.answers(200);
    assert_eq!(push(&host, 2).await, 2);
    assert_eq!(health(&host, id).await, ("executable".to_owned(), false));
}

#[tokio::test]
async fn old_versions_disable_for_good_what_refuses_them() {
    let (host, receiver, id) = heard().await;
    host.set_version(17, 5);
    receiver.answers(403);
    push(&host, 4).await;
    host.advance(Duration::from_secs(48 * 3600));
    assert_eq!(health(&host, id).await.0, "disabled");
    assert_eq!(push(&host, 1).await, 0);
}

#[tokio::test]
async fn an_edit_does_not_revive_a_hook_and_a_test_does() {
    let (host, receiver, id) = heard().await;
    receiver.answers(500);
    push(&host, 4).await;
    receiver.answers(200);
    let path = format!("{HOOKS}/{id}");
    admin(&host)
        .put(&path, &json!({"url": receiver.url()}))
        .await;
    assert_eq!(health(&host, id).await.0, "temporarily_disabled");
    let tested = admin(&host).call(&format!("{path}/test/push_events")).await;
    assert_eq!(
        (tested.status, tested.json()),
        (201, json!({"message": "201 Created"}))
    );
    assert_eq!(health(&host, id).await.0, "executable");
}

#[tokio::test]
async fn a_test_says_what_the_receiver_said() {
    let (host, receiver, id) = heard().await;
    let path = format!("{HOOKS}/{id}/test");
    receiver.answers(500);
    let failed = admin(&host).call(&format!("{path}/push_events")).await;
    assert_eq!(
        (failed.status, failed.json()),
        (422, json!({"message": "heard"}))
    );
    assert_eq!(
        admin(&host).call(&format!("{path}/pushes")).await.status,
        400
    );
    let heard = receiver.heard()[0].json();
    assert_eq!(
        (&heard["after"], &heard["ref"]),
        (&json!(A), &json!("refs/heads/main"))
    );
}

#[tokio::test]
async fn an_empty_project_has_nothing_to_test_with() {
    let (host, receiver) = (FakeHost::start(Kind::GitLab).await, Receiver::start());
    host.repository("acme/web").create();
    host.token("admin-token").role("acme/web", Role::Maintainer);
    let id = hook(&host, receiver.url()).await;
    let answer = admin(&host)
        .call(&format!("{HOOKS}/{id}/test/push_events"))
        .await;
    assert_eq!(answer.status, 422);
    assert!(receiver.heard().is_empty());
}

#[tokio::test]
async fn the_log_is_filtered_and_sends_again_with_the_same_id() {
    let (host, receiver, id) = heard().await;
    push(&host, 1).await;
    receiver.answers(500);
    push(&host, 2).await;
    let path = format!("{HOOKS}/{id}/events");
    let failed = admin(&host)
        .get(&format!("{path}?status=server_failure"))
        .await;
    assert_eq!(failed.header("x-total"), "2");
    let failed = failed.json();
    assert_eq!(failed[0]["request_headers"]["x-gitlab-token"], "[REDACTED]");
    assert_eq!(failed[0]["response_status"], "500");
    receiver.answers(200);
    let again = format!("{path}/{}/resend", failed[0]["id"]);
    let answer = admin(&host).call(&again).await;
    assert_eq!(
        (answer.status, answer.json()),
        (201, json!({"response_status": 200}))
    );
    let heard = receiver.heard();
    let key = |at: usize| heard[at].header("idempotency-key").to_owned();
    assert_eq!(key(2), key(3));
    let unique = |at: usize| heard[at].header("x-gitlab-webhook-uuid").to_owned();
    assert_ne!(unique(2), unique(3));
    let body = json!({"url": format!("{}/elsewhere", receiver.url())});
    admin(&host).put(&format!("{HOOKS}/{id}"), &body).await;
    assert_eq!(admin(&host).call(&again).await.status, 422);
}

#[tokio::test]
async fn old_versions_have_no_log() {
    let (host, _receiver, id) = heard().await;
    host.set_version(17, 2);
    assert_eq!(
        admin(&host)
            .get(&format!("{HOOKS}/{id}/events"))
            .await
            .status,
        404
    );
    let told = host.push("acme/web").to(B).deliver().await;
    assert!(
        !told[0]
            .headers()
            .iter()
            .any(|(name, _)| name == "idempotency-key")
    );
}

#[tokio::test]
async fn a_redirection_is_taken_for_success_and_not_followed() {
    let (host, receiver) = (host(Kind::GitLab).await, Receiver::start());
    hook(&host, &receiver.moved()).await;
    receiver.redirects(307, "/there");
    assert_eq!(push(&host, 6).await, 6);
    assert!(receiver.heard().iter().all(|heard| heard.path == "/moved"));
}
