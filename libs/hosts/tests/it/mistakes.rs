//! Answers that are none, and what is said of them.

use serde_json::json;
use sluice_hosts::{Key, Problem};
use sluice_registry::Plaintext;

use crate::{
    fixture::{api, host, settings, web},
    scripted::{Reply, Scripted},
};

async fn answered(reply: Reply) -> (Problem, String) {
    let scripted = Scripted::new([reply]).await;
    let error = api("gitea", &scripted)
        .by_name("acme/web")
        .await
        .unwrap_err();
    scripted.request();
    (error.problem, error.to_string())
}

#[tokio::test]
async fn a_page_for_signing_in_is_no_answer() {
    for reply in [
        Reply::new(200, "text/html; charset=utf-8", "<h1>Sign in"),
        Reply::new(203, "text/html", "<h1>Sign in"),
        Reply::json(203, web()),
        Reply::empty(302).with("location", "/users/sign_in"),
        Reply::empty(302).with("location", "/user/login?redirect_to=%2fapi"),
    ] {
        let (problem, said) = answered(reply).await;
        assert_eq!(problem, Problem::Unauthorized, "{said}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_named() {
    let without = |field: &str| {
        let mut answer = web();
        answer.as_object_mut().unwrap().remove(field);
        Reply::json(200, answer)
    };
    let with = |field: &str, value: serde_json::Value| {
        let mut answer = web();
        answer[field] = value;
        Reply::json(200, answer)
    };
    for (reply, expected) in [
        (without("id"), "missing field `id`"),
        (without("owner"), "missing field `owner`"),
        (with("id", json!("../7")), "an id has strange characters"),
        (
            with("full_name", json!("acme/we\u{1b}[2Jb")),
            "control characters",
        ),
        (
            with("full_name", json!("a".repeat(501))),
            "longer than 500 bytes",
        ),
        (
            with("html_url", json!("javascript:alert(1)")),
            "no web address",
        ),
        (Reply::json(200, json!([])), "expected struct"),
        (
            Reply::new(200, "application/json", "{\"id\": 1"),
            "it is no JSON",
        ),
        (
            Reply::new(200, "application/json", b"\xff".to_vec()),
            "not UTF-8",
        ),
        (Reply::new(200, "application/json", ""), "it is no JSON"),
        (
            Reply::new(200, "text/plain", "yes"),
            "neither JSON nor empty",
        ),
    ] {
        let (problem, said) = answered(reply).await;
        assert_eq!(problem, Problem::Answer, "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(said.starts_with("GET /repos/acme/web at corp: "), "{said}");
    }
}

#[tokio::test]
async fn an_error_says_what_was_asked_and_what_the_host_said() {
    let words = json!({"message": format!("no\u{1b}[2J\nway {}", "x".repeat(1000))});
    for (status, problem, what) in [
        (401, Problem::Unauthorized, "does not take the credential"),
        (
            403,
            Problem::Forbidden,
            "the credential has not the right, or nobody has",
        ),
        (
            404,
            Problem::NotFound,
            "missing, or the credential may not see it",
        ),
        (409, Problem::Conflict, "stands against it"),
        (422, Problem::Refused, "refuses it with status 422"),
        (500, Problem::Server, "failed with status 500"),
    ] {
        let (found, said) = answered(Reply::json(status, words.clone())).await;
        assert_eq!(found, problem);
        assert!(said.contains(what), "{said}");
        assert!(said.contains(r"it says: no\u{1b}[2J\nway xxx"), "{said}");
        assert!(said.len() < 500, "{said}");
    }
}

#[tokio::test]
async fn a_credential_that_was_turned_away_is_not_shown_again_at_once() {
    let replies = [
        Reply::json(401, json!({"message": "Bad credentials"})),
        Reply::json(404, json!({})),
    ];
    let scripted = Scripted::new(replies).await;
    let host = host("gitea", &scripted, settings());
    let opened = |token: &str| host.open(&Key::Token(Plaintext::new(token))).unwrap();
    let (bad, good) = (
        opened("a-token-that-is-bad"),
        opened("a-token-that-is-good"),
    );
    for (id, said) in [
        ("17", "does not take the credential; it says"),
        ("18", "as it has just said"),
    ] {
        let error = bad.by_id(id).await.unwrap_err();
        assert_eq!(
            (error.problem, error.status),
            (Problem::Unauthorized, Some(401))
        );
        let asked = format!("GET /repositories/{id} at corp: ");
        assert!(
            error.message.starts_with(&asked) && error.message.contains(said),
            "{error}"
        );
    }
    let other = good.by_id("17").await.unwrap_err();
    assert_eq!(other.problem, Problem::NotFound);
    assert_eq!(scripted.requests().len(), 2);
}

#[tokio::test]
async fn who_shows_no_credential_is_told_that_one_is_wanted() {
    for (status, expected) in [
        (401, "wants a credential"),
        (403, "without a credential"),
        (404, "not shown without a credential"),
    ] {
        let scripted = Scripted::new([Reply::json(status, json!({}))]).await;
        let api = host("gitea", &scripted, settings())
            .open(&Key::Nobody)
            .unwrap();
        let error = api.by_id("17").await.unwrap_err();
        assert!(error.message.contains(expected), "{error}");
    }
}
