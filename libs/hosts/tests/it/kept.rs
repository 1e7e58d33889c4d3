//! Answers that the host calls still right.

use serde_json::json;
use sluice_hosts::Key;

use crate::{
    fixture::{api, found, host, settings, token, web},
    scripted::{Reply, Scripted},
};

fn unchanged() -> Reply {
    Reply::empty(304).with("etag", "\"one\"")
}

#[tokio::test]
async fn what_has_not_changed_is_not_said_again() {
    let scripted = Scripted::new([found().with("etag", "\"one\""), unchanged()]).await;
    let api = api("gitea", &scripted);
    let first = api.by_id("17").await.unwrap();
    assert_eq!(api.by_id("17").await.unwrap(), first);
    let requests = scripted.requests();
    let tags: Vec<_> = requests
        .iter()
        .map(|it| it.header("if-none-match"))
        .collect();
    assert_eq!(tags, ["", "\"one\""]);
}

#[tokio::test]
async fn a_page_that_has_not_changed_still_leads_to_the_next() {
    let first = Reply::json(200, json!([web()]))
        .with("etag", "\"one\"")
        .with("link", "</api/v1/orgs/acme/repos?page=2>; rel=\"next\"");
    let scripted = Scripted::new([first, unchanged()]).await;
    let api = api("gitea", &scripted);
    let page = api.of_owner("acme", None).await.unwrap();
    assert!(page.next.is_some());
    assert_eq!(api.of_owner("acme", None).await.unwrap(), page);
}

#[tokio::test]
async fn what_one_credential_saw_is_not_shown_to_another() {
    let missing = Reply::json(404, json!({}));
    let scripted = Scripted::new([found().with("etag", "\"one\""), missing]).await;
    let host = host("gitea", &scripted, settings());
    let known = host.open(&token()).unwrap();
    known.by_id("17").await.unwrap();
    let nobody = host.open(&Key::Nobody).unwrap();
    nobody.by_id("17").await.unwrap_err();
    assert_eq!(scripted.requests()[1].header("if-none-match"), "");
}

#[tokio::test]
async fn a_new_answer_takes_the_place_of_the_old_one() {
    let mut renamed = web();
    renamed["full_name"] = json!("acme/shop");
    let second = Reply::json(200, renamed).with("etag", "\"two\"");
    let script = [found().with("etag", "\"one\""), second, unchanged()];
    let scripted = Scripted::new(script).await;
    let api = api("gitea", &scripted);
    api.by_id("17").await.unwrap();
    api.by_id("17").await.unwrap();
    let third = api.by_id("17").await.unwrap();
    assert_eq!(third.full_name, "acme/shop");
    assert_eq!(scripted.requests()[2].header("if-none-match"), "\"two\"");
}

#[tokio::test]
async fn an_unchanged_that_nobody_asked_for_is_an_error() {
    let scripted = Scripted::new([unchanged()]).await;
    assert!(api("gitea", &scripted).by_id("17").await.is_err());
}
