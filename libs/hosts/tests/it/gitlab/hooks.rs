//! Hooks and deliveries at GitLab.

use serde_json::{Value, json};
use sluice_events::{Timestamp, v1::SecretKind};
use sluice_hosts::{HookState, NewHook, Place, Problem, Proof};

use super::project;
use crate::{
    fixture::{api, new_hook, owner, repository, secret},
    scripted::{Reply, Scripted},
};

fn hook(more: Value) -> Value {
    let mut hook = json!({
        "id": 7,
        "url": "https://sluice.example/hooks/4f0c",
        "push_events": true,
        "tag_push_events": true,
        "issues_events": false,
        "enable_ssl_verification": true,
        "alert_status": "executable",
        "disabled_until": null,
    });
    for (name, value) in more.as_object().unwrap() {
        hook[name] = value.clone();
    }
    hook
}

#[tokio::test]
async fn a_new_gitlab_signs() {
    let signs = hook(json!({"token_present": false, "signing_token_present": true}));
    let scripted = Scripted::new([Reply::json(201, signs)]).await;
    let api = api("gitlab", &scripted);
    let made = api.install(&repository(), &new_hook()).await.unwrap();
    assert_eq!(made.secret, SecretKind::Signing);
    assert_eq!(made.hook.secret_set, Some(true));
    assert_eq!(made.hook.events, ["push_events", "tag_push_events"]);
    let request = scripted.request();
    assert_eq!(request.line, "POST /api/v4/projects/17/hooks");
    let expected = json!({
        "url": new_hook().url,
        "enable_ssl_verification": true,
        "signing_token": secret(SecretKind::Signing),
        "push_events": true,
        "tag_push_events": true,
        "merge_requests_events": true,
        "resource_access_token_events": true,
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn an_old_gitlab_is_given_the_secret_token() {
    let silent = Reply::json(201, hook(json!({})));
    let with_token = Reply::json(200, hook(json!({"token_present": true})));
    let scripted = Scripted::new([silent, with_token]).await;
    let api = api("gitlab", &scripted);
    let made = api.install(&repository(), &new_hook()).await.unwrap();
    assert_eq!(made.secret, SecretKind::Token);
    let put = &scripted.requests()[1];
    assert_eq!(put.line, "PUT /api/v4/projects/17/hooks/7");
    let body = put.json();
    assert_eq!(body["token"], secret(SecretKind::Token));
    assert_eq!(body["url"], new_hook().url);
    assert_eq!(body["push_events"], true);
    assert!(body.get("signing_token").is_none());
}

#[tokio::test]
async fn a_hook_that_could_be_given_no_secret_is_removed_again() {
    let silent = || Reply::json(201, hook(json!({})));
    let mut only_signing = new_hook();
    only_signing
        .secrets
        .retain(|(kind, _)| *kind == SecretKind::Signing);
    let failing = Reply::json(500, json!({}));
    for (wanted, script) in [
        (only_signing, vec![silent(), Reply::empty(204)]),
        (new_hook(), vec![silent(), failing, Reply::empty(204)]),
    ] {
        let scripted = Scripted::new(script).await;
        let api = api("gitlab", &scripted);
        let error = api.install(&repository(), &wanted).await.unwrap_err();
        assert!(error.message.contains("removed again"), "{error}");
        assert!(!error.may_have_happened());
        let last = scripted.lines().pop().unwrap();
        assert_eq!(last, "DELETE /api/v4/projects/17/hooks/7");
    }
}

#[tokio::test]
async fn a_hook_that_could_not_be_removed_again_is_named() {
    let script = [
        Reply::json(201, hook(json!({}))),
        Reply::json(422, json!({})),
        Reply::json(403, json!({})),
    ];
    let scripted = Scripted::new(script).await;
    let api = api("gitlab", &scripted);
    let error = api.install(&repository(), &new_hook()).await.unwrap_err();
    assert!(error.message.contains("the hook 7 is there"), "{error}");
}

#[tokio::test]
async fn with_a_secret_token_alone_it_is_asked_for_at_once() {
    let made = Reply::json(201, hook(json!({"token_present": true})));
    let scripted = Scripted::new([made]).await;
    let mut wanted = NewHook::clone(&new_hook());
    wanted
        .secrets
        .retain(|(kind, _)| *kind == SecretKind::Token);
    let api = api("gitlab", &scripted);
    let made = api.install(&owner(), &wanted).await.unwrap();
    assert_eq!(made.secret, SecretKind::Token);
    let request = scripted.request();
    assert_eq!(request.line, "POST /api/v4/groups/acme/hooks");
    let body = request.json();
    assert_eq!(body["token"], secret(SecretKind::Token));
    assert_eq!(body["subgroup_events"], true);
}

#[tokio::test]
async fn groups_without_a_plan_have_no_hooks() {
    for status in [403, 404] {
        let refused = || Reply::json(status, json!({}));
        let scripted = Scripted::new([refused(), refused()]).await;
        let api = api("gitlab", &scripted);
        let listed = api.list(&owner()).await.unwrap_err();
        let installed = api.install(&owner(), &new_hook()).await.unwrap_err();
        for error in [listed, installed] {
            assert_eq!(error.problem, Problem::NotOffered);
            assert!(error.message.contains("paid plans"), "{error}");
        }
    }
}

#[tokio::test]
async fn hooks_say_how_they_fare() {
    let until = "2026-11-21T09:00:00.000Z";
    let hooks = json!([
        hook(json!({"token_present": true, "signing_token_present": false})),
        hook(json!({"alert_status": "temporarily_disabled", "disabled_until": until})),
        hook(json!({"alert_status": "disabled"})),
        hook(json!({"alert_status": null})),
    ]);
    let scripted = Scripted::new([Reply::json(200, hooks)]).await;
    let hooks = api("gitlab", &scripted).list(&repository()).await.unwrap();
    assert_eq!(
        (&hooks[0].state, hooks[0].secret_set),
        (&HookState::Working, Some(true))
    );
    let failing = HookState::Failing {
        why: "temporarily_disabled".into(),
        until: Timestamp::parse(until),
    };
    assert_eq!((&hooks[1].state, hooks[1].secret_set), (&failing, None));
    let disabled = HookState::Disabled {
        why: "disabled".into(),
    };
    assert_eq!((&hooks[2].state, hooks[2].active), (&disabled, false));
    assert_eq!(hooks[3].state, HookState::Unknown);
}

#[tokio::test]
async fn a_test_is_a_push_that_claims_to_move_and_needs_a_commit() {
    let refused = || {
        Reply::json(
            422,
            json!({"message": "Ensure the project has at least one commit."}),
        )
    };
    let script = [
        Reply::json(201, json!({"message": "201 Created"})),
        refused(),
        project(json!({"empty_repo": true})),
        refused(),
        project(json!({})),
    ];
    let scripted = Scripted::new(script).await;
    let api = api("gitlab", &scripted);
    let proof = api.test(&repository(), "7").await.unwrap();
    assert_eq!(proof, Proof::Push { moves: true });
    let line = &scripted.lines()[0];
    assert_eq!(line, "POST /api/v4/projects/17/hooks/7/test/push_events");
    let error = api.test(&repository(), "7").await.unwrap_err();
    assert_eq!(error.problem, Problem::Empty, "{error}");
    assert!(error.message.contains("has no commit"), "{error}");
    let error = api.test(&repository(), "7").await.unwrap_err();
    assert_eq!(error.problem, Problem::Refused, "{error}");
    assert!(
        error.message.contains("when its delivery failed"),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_tests_are_a_limit() {
    let limited = Reply::json(429, json!({"message": "too many"})).with("retry-after", "60");
    let scripted = Scripted::new([limited]).await;
    let error = api("gitlab", &scripted)
        .test(&repository(), "7")
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::RateLimited);
    assert!(!error.may_have_happened());
}

#[tokio::test]
async fn deliveries_are_told_with_their_id_and_how_they_went() {
    let log = json!([
        {"id": 2, "url": "u", "trigger": "push_hooks", "response_status": "202",
         "request_headers": {"Idempotency-Key": "a-1", "X-Gitlab-Token": "[REDACTED]"}, "request_data": {"x": 1}},
        {"id": 1, "response_status": "internal error", "created_at": "2026-11-21T08:00:00Z",
         "request_headers": {"webhook-id": "a-2", "webhook-timestamp": "1795248000"}},
        {"id": 3, "response_status": 404, "request_headers": {"webhook-timestamp": "1795248000"}},
    ]);
    let scripted = Scripted::new([Reply::json(200, log)]).await;
    let api = api("gitlab", &scripted);
    let log = api
        .deliveries()
        .unwrap()
        .recent(&repository(), "7")
        .await
        .unwrap();
    let line = scripted.request().line;
    assert_eq!(line, "GET /api/v4/projects/17/hooks/7/events?per_page=20");
    let told: Vec<_> = log
        .iter()
        .map(|it| (&*it.guid, it.status_code, it.ok, &*it.said))
        .collect();
    assert_eq!(
        told,
        [
            ("a-1", Some(202), true, "202"),
            ("a-2", None, false, "internal error"),
            ("", Some(404), false, "404"),
        ]
    );
    let moment = Timestamp::parse("2026-11-21T08:00:00Z");
    let times: Vec<_> = log.iter().map(|it| it.at).collect();
    assert_eq!(times, [None, moment, moment]);
}

#[tokio::test]
async fn a_place_without_an_id_is_asked_for_by_its_path() {
    let scripted = Scripted::new([Reply::json(200, json!([]))]).await;
    let place = Place::Repository {
        id: String::new(),
        full_name: "acme/shop/web".into(),
    };
    api("gitlab", &scripted).list(&place).await.unwrap();
    let line = scripted.request().line;
    assert_eq!(
        line,
        "GET /api/v4/projects/acme%2Fshop%2Fweb/hooks?per_page=100"
    );
}
