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
    let linked = (2..12).map(|number| {
        let link = format!("</api/v3/repos/acme/web/hooks?page={number}>; rel=\"next\"");
        Reply::json(200, json!([])).with("link", &link)
    });
    let hook = json!([{"id": 7, "active": true, "events": [], "config": {"url": "https://h"}}]);
    let counted = (2..12).map(|_| Reply::json(200, hook.clone()).with("x-total-count", "99"));
    for (provider, pages) in [
        ("github", linked.collect::<Vec<_>>()),
        ("gitea", counted.collect()),
    ] {
        let scripted = Scripted::new(pages).await;
        let left = api(provider, &scripted).list(&repository()).await;
        let error = left.unwrap_err();
        assert!(error.message.contains("goes on after 10 pages"), "{error}");
    }
}

/// Of hooks Gitea tells how many there are, and not where the next are. It gives fewer at a time than it is asked for.
#[tokio::test]
async fn a_list_that_says_its_length_is_read_to_its_end() {
    let page = |ids: &[u64]| {
        let hooks = ids.iter().map(
            |id| json!({"id": id, "active": true, "events": [], "config": {"url": "https://h"}}),
        );
        Reply::json(200, hooks.collect()).with("x-total-count", "3")
    };
    let scripted = Scripted::new([page(&[1, 2]), page(&[3])]).await;
    let hooks = api("gitea", &scripted).list(&repository()).await.unwrap();
    let ids: Vec<_> = hooks.iter().map(|hook| hook.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(
        scripted.lines(),
        [
            "GET /api/v1/repos/acme/web/hooks?limit=50&page=1",
            "GET /api/v1/repos/acme/web/hooks?limit=50&page=2"
        ]
    );
}
