//! Lists that come in pages.

use serde_json::json;
use sluice_hosts::Problem;

use crate::{
    fixture::{api, repository, web},
    scripted::{Reply, Scripted},
};

fn page(next: &str) -> Reply {
    let link = format!("<{next}>; rel=\"next\", <https://x.example>; rel=\"last\"");
    Reply::json(200, json!([web()])).with("link", &link)
}

#[tokio::test]
async fn a_list_is_followed_page_by_page() {
    let last = Reply::json(200, json!([]));
    let scripted = Scripted::new([page("/api/v1/orgs/acme/repos?page=2&q=%C3%BC"), last]).await;
    let api = api("gitea", &scripted);
    let first = api.of_owner("acme", None).await.unwrap();
    assert_eq!(first.items.len(), 1);
    let last = api.of_owner("acme", first.next.as_ref()).await.unwrap();
    assert_eq!((last.items.len(), last.next), (0, None));
    assert_eq!(
        scripted.lines(),
        [
            "GET /api/v1/orgs/acme/repos?limit=50",
            "GET /api/v1/orgs/acme/repos?page=2&q=%C3%BC"
        ]
    );
}

#[tokio::test]
async fn s10_a_next_page_at_another_address_is_an_error() {
    let elsewhere = [
        "https://evil.example/api/v1/orgs/acme/repos?page=2",
        "//evil.example/api/v1/orgs/acme/repos?page=2",
        "/login?page=2",
        "http://127.0.0.1:1/api/v1/orgs/acme/repos?page=2",
    ];
    for next in elsewhere {
        let scripted = Scripted::new([page(next)]).await;
        let error = api("gitea", &scripted)
            .of_owner("acme", None)
            .await
            .unwrap_err();
        assert_eq!(error.problem, Problem::Answer, "{error}");
        assert!(error.message.contains("another address"), "{error}");
    }
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_an_error() {
    let next = || page("/api/v1/orgs/acme/repos?page=2");
    let scripted = Scripted::new([next(), next()]).await;
    let api = api("gitea", &scripted);
    let first = api.of_owner("acme", None).await.unwrap();
    let error = api.of_owner("acme", first.next.as_ref()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Answer, "{error}");
}

#[tokio::test]
async fn a_list_of_hooks_without_end_is_left() {
    let pages = (2..12).map(|number| {
        let link = format!("</api/v1/repos/acme/web/hooks?page={number}>; rel=\"next\"");
        Reply::json(200, json!([])).with("link", &link)
    });
    let scripted = Scripted::new(pages).await;
    let error = api("gitea", &scripted)
        .list(&repository())
        .await
        .unwrap_err();
    assert!(error.message.contains("goes on after 10 pages"), "{error}");
}
