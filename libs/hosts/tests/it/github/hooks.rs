//! Hooks and deliveries at GitHub.

use serde_json::{Value, json};
use sluice_events::{Timestamp, v1::SecretKind};
use sluice_hosts::{HookState, PlaceSort, Problem, Proof};

use crate::{
    fixture::{api, host, new_hook, owner, repository, secret, settings, token},
    scripted::{Reply, Scripted},
};

fn hook(more: Value) -> Value {
    let mut hook = json!({
        "type": "Repository",
        "id": 7,
        "name": "web",
        "active": true,
        "events": ["push"],
        "config": {"url": "https://sluice.example/hooks/4f0c", "secret": "********", "insecure_ssl": "0"},
    });
    for (name, value) in more.as_object().unwrap() {
        hook[name] = value.clone();
    }
    hook
}

#[tokio::test]
async fn a_hook_is_installed_for_its_events_with_its_secret() {
    for (place, path, sort) in [
        (repository(), "repos/acme/web", PlaceSort::Repository),
        (owner(), "orgs/acme", PlaceSort::Owner),
    ] {
        let scripted = Scripted::new([Reply::json(201, hook(json!({})))]).await;
        let host = host("github", &scripted, settings());
        let api = host.open(&token()).unwrap();
        let made = api.install(&place, &new_hook()).await.unwrap();
        let request = scripted.request();
        assert_eq!(request.line, format!("POST /api/v3/{path}/hooks"));
        let expected = json!({
            "name": "web",
            "active": true,
            "events": host.events(sort),
            "config": {
                "url": new_hook().url,
                "content_type": "json",
                "insecure_ssl": "0",
                "secret": secret(SecretKind::Hmac),
            },
        });
        assert_eq!(request.json(), expected);
        assert_eq!((made.secret, &*made.hook.id), (SecretKind::Hmac, "7"));
        assert_eq!(made.hook.secret_set, Some(true));
    }
}

#[tokio::test]
async fn a_hook_that_came_without_its_secret_is_removed_again() {
    let bare = hook(json!({"config": {"url": "https://sluice.example"}}));
    let scripted = Scripted::new([Reply::json(201, bare), Reply::empty(204)]).await;
    let api = api("github", &scripted);
    let error = api.install(&repository(), &new_hook()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Answer);
    assert!(error.message.contains("removed again") && !error.may_have_happened());
    assert_eq!(scripted.lines()[1], "DELETE /api/v3/repos/acme/web/hooks/7");
}

#[tokio::test]
async fn the_same_address_twice_is_a_conflict() {
    let words = json!({
        "message": "Validation Failed",
        "errors": [{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}],
    });
    let scripted = Scripted::new([Reply::json(422, words)]).await;
    let api = api("github", &scripted);
    let error = api.install(&repository(), &new_hook()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Conflict, "{error}");
}

#[tokio::test]
async fn hooks_say_how_they_fare() {
    let bad = json!({"code": 502, "status": "misconfigured", "message": "Bad Gateway"});
    let dead = json!({"code": 0, "status": "timeout", "message": "timed out"});
    let fine = json!({"code": 202, "status": "active", "message": "OK"});
    let fresh = json!({"code": null, "status": "unused", "message": null});
    let failing = |why: &str| HookState::Failing {
        why: why.into(),
        until: None,
    };
    let states = [
        (
            json!({"last_response": bad}),
            failing("status 502: Bad Gateway"),
        ),
        (
            json!({"last_response": dead}),
            failing("timeout: timed out"),
        ),
        (json!({"last_response": fine}), HookState::Working),
        (json!({"last_response": fresh}), HookState::Unknown),
        (json!({}), HookState::Unknown),
        (
            json!({"active": false}),
            HookState::Disabled {
                why: "it is switched off".into(),
            },
        ),
    ];
    let hooks: Vec<_> = states.iter().map(|(more, _)| hook(more.clone())).collect();
    let scripted = Scripted::new([Reply::json(200, hooks.into())]).await;
    let hooks = api("github", &scripted).list(&repository()).await.unwrap();
    let line = scripted.request().line;
    assert_eq!(line, "GET /api/v3/repos/acme/web/hooks?per_page=100");
    let found: Vec<_> = hooks.into_iter().map(|hook| hook.state).collect();
    let expected: Vec<_> = states.into_iter().map(|(_, state)| state).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_test_is_a_ping() {
    let scripted = Scripted::new([Reply::empty(204)]).await;
    let proof = api("github", &scripted)
        .test(&repository(), "7")
        .await
        .unwrap();
    assert_eq!(proof, Proof::Ping);
    let request = scripted.request();
    assert_eq!(request.line, "POST /api/v3/repos/acme/web/hooks/7/pings");
}

#[tokio::test]
async fn deliveries_are_told_with_their_id_and_how_they_went() {
    let delivery = |id: u64, code: u16, status: &str| {
        json!({
            "id": id, "guid": "0b989ba4", "delivered_at": "2026-11-21T08:00:00Z", "redelivery": false,
            "status": status, "status_code": code, "event": "push", "action": null,
        })
    };
    // Longer than what other languages hold in a number.
    let long = 12_345_678_901_234_567_u64;
    let log = json!([
        delivery(long, 202, "OK"),
        delivery(1, 0, "failed to connect")
    ]);
    let scripted = Scripted::new([Reply::json(200, log)]).await;
    let api = api("github", &scripted);
    let log = api
        .deliveries()
        .unwrap()
        .recent(&owner(), "7")
        .await
        .unwrap();
    let request = scripted.request();
    assert_eq!(
        request.line,
        "GET /api/v3/orgs/acme/hooks/7/deliveries?per_page=100"
    );
    assert_eq!(
        (&*log[0].id, &*log[0].guid),
        ("12345678901234567", "0b989ba4")
    );
    assert!(log[0].ok && log[0].status_code == Some(202));
    assert_eq!(log[0].at, Timestamp::parse("2026-11-21T08:00:00Z"));
    assert!(!log[1].ok && log[1].status_code.is_none());
    assert_eq!(log[1].said, "failed to connect");
}
