//! What is tried again, and what is not.

use serde_json::json;
use sluice_hosts::{Host, NewHook, Problem};

use crate::{
    fixture::{api, budget, found, host, new_hook, record, repository, settings, token, web},
    scripted::{Reply, Scripted},
};

#[tokio::test]
async fn a_call_that_reads_is_tried_again_when_the_connection_breaks() {
    let half = Reply::json(200, web()).half();
    let scripted = Scripted::new([Reply::cut(), half, found()]).await;
    let found = api("gitea", &scripted).by_id("17").await.unwrap();
    assert_eq!(found.id, "17");
    assert_eq!(scripted.requests().len(), 3);
}

#[tokio::test]
async fn a_call_is_tried_three_times_at_most() {
    let failing = || Reply::json(503, json!({"message": "busy"}));
    let scripted = Scripted::new([failing(), failing(), failing()]).await;
    let error = api("gitea", &scripted).by_id("17").await.unwrap_err();
    assert_eq!((error.problem, error.status), (Problem::Server, Some(503)));
    assert!(error.message.ends_with("it says: busy"), "{error}");
    assert!(!error.may_have_happened());
    assert_eq!(scripted.requests().len(), 3);
}

#[tokio::test]
async fn what_a_host_fails_at_for_good_is_not_tried_again() {
    for status in [500, 400, 401, 403, 404, 409, 422] {
        let scripted = Scripted::new([Reply::json(status, json!({}))]).await;
        let error = api("gitea", &scripted).by_id("17").await.unwrap_err();
        assert_eq!(error.status, Some(status));
        scripted.request();
    }
}

#[tokio::test]
async fn what_changes_something_is_sent_once_and_its_outcome_is_said_to_be_unknown() {
    let unreadable = Reply::json(201, json!({"id": 4}));
    for reply in [
        Reply::cut(),
        Reply::json(502, json!({})),
        Reply::json(500, json!({})),
        Reply::json(201, json!({"id": 4})).half(),
        Reply::new(200, "text/html", "<p>sign in"),
        unreadable,
    ] {
        let scripted = Scripted::new([reply]).await;
        let error = api("gitea", &scripted)
            .install(&repository(), &new_hook())
            .await
            .unwrap_err();
        assert!(error.may_have_happened(), "{error}");
        assert!(error.to_string().contains("is not known"), "{error}");
        scripted.request();
    }
}

#[tokio::test]
async fn what_was_refused_or_never_sent_has_not_happened() {
    for status in [400, 401, 403, 404, 409, 422, 429] {
        let scripted = Scripted::new([Reply::json(status, json!({}))]).await;
        let api = api("gitea", &scripted);
        let error = api.install(&repository(), &new_hook()).await.unwrap_err();
        assert!(!error.may_have_happened(), "{error}");
        scripted.request();
    }
    let scripted = Scripted::new([]).await;
    let closed = record("gitea", &scripted.url);
    drop(scripted);
    let host = Host::new(&closed, settings(), budget()).unwrap();
    let api = host.open(&token()).unwrap();
    let error = api.install(&repository(), &new_hook()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Network, "{error}");
    assert!(!error.may_have_happened(), "{error}");
}

#[tokio::test]
async fn a_hook_without_a_secret_is_not_sent() {
    let scripted = Scripted::new([]).await;
    for provider in ["github", "gitlab", "gitea", "forgejo"] {
        let none = NewHook {
            secrets: Vec::new(),
            ..new_hook()
        };
        let api = host(provider, &scripted, settings());
        let api = api.open(&token()).unwrap();
        let error = api.install(&repository(), &none).await.unwrap_err();
        assert_eq!(error.problem, Problem::Refused, "{error}");
    }
    assert!(scripted.requests().is_empty());
}

#[tokio::test]
async fn a_removal_whose_answer_was_lost_is_done_when_nothing_is_found() {
    let script = [
        Reply::cut(),
        Reply::json(404, json!({"message": "gone"})),
        Reply::json(200, json!([])),
    ];
    let scripted = Scripted::new(script).await;
    api("gitea", &scripted)
        .remove(&repository(), "7")
        .await
        .unwrap();
    let lines = scripted.lines();
    assert_eq!(lines[0], "DELETE /api/v1/repos/acme/web/hooks/7");
    assert_eq!(lines[1], lines[0]);
}

#[tokio::test]
async fn a_hook_is_not_called_removed_when_the_credential_sees_no_hooks_at_all() {
    let hidden = || Reply::json(404, json!({}));
    let scripted = Scripted::new([hidden(), hidden()]).await;
    let error = api("gitea", &scripted)
        .remove(&repository(), "7")
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::NotFound);
}
