//! The commit log over HTTP.

use serde_json::Value;
use sluice_test_support::commits::numbered_sha;

use crate::{
    client::Client,
    server::{Api, Running},
    site::Site,
};

async fn recorded() -> (Site, Api, Client, Running) {
    let (site, api, client) = Site::with_api().await;
    site.record("default", "acme/web", 120).await;
    site.record("default", "acme/api", 3).await;
    site.record("payments", "acme/pay", 2).await;
    let log = Running::commit_log(&site).await;
    site.current(&client).await;
    (site, api, client, log)
}

fn shas(page: &Value) -> Vec<String> {
    let commits = page["commits"].as_array().unwrap();
    let sha = |commit: &Value| {
        commit["record"]["commit"]["sha"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    commits.iter().map(sha).collect()
}

#[tokio::test]
async fn commits_are_listed_page_after_page() {
    let (_site, _api, client, _log) = recorded().await;
    for (limit, pages) in [("", 3), ("&limit=7", 18), ("&limit=1000", 1)] {
        let (mut seen, mut cursor, mut read) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/api/v1/commits?repository=web{limit}&cursor={cursor}");
            let page = client.reads(&path).await;
            seen.extend(shas(&page));
            read += 1;
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let newest_first: Vec<_> = (0..120).rev().map(numbered_sha).collect();
        assert_eq!((seen, read), (newest_first, pages));
    }
}

#[tokio::test]
async fn everything_that_is_asked_counts() {
    let (_site, _api, client, _log) = recorded().await;
    let sha = numbered_sha(2);
    let begin: String = sha.chars().take(8).collect();
    for (query, count) in [
        ("?limit=1000", 123),
        ("?project=payments", 2),
        ("?repository=acme/api", 3),
        ("?repository=api&branch=main", 3),
        ("?host=gitlab", 0),
        ("?author=ada+LOVE&repository=api", 3),
        ("?author=nobody", 0),
        ("?text=number%202&repository=api", 1),
        ("?since=2023-11-14T22:15:20Z&repository=api", 1),
        ("?until=2023-11-14T22:14:20Z", 2),
        ("?path=src", 0),
        (&format!("?sha={begin}"), 2),
    ] {
        let page = client.reads(&format!("/api/v1/commits{query}")).await;
        assert_eq!(shas(&page).len(), count, "{query}");
        assert_eq!(page["index"]["indexed"], page["index"]["last"]);
    }
}

#[tokio::test]
async fn one_commit_is_shown_with_what_became_of_it() {
    let (_site, _api, client, _log) = recorded().await;
    let sha = numbered_sha(1);
    let commit = client
        .reads(&format!("/api/v1/commits/{sha}?repository=web"))
        .await;
    assert_eq!(commit["record"]["commit"]["message"], "Commit number 1\n");
    assert_eq!(
        commit["reachableFrom"],
        serde_json::json!(["refs/heads/main"])
    );

    // The same commit stands in two repositories.
    let (status, problem) = client.refused(&format!("/api/v1/commits/{sha}")).await;
    assert_eq!(status, 409, "{problem}");
    let none = client.refused("/api/v1/commits/0123456789").await;
    assert_eq!(none.0, 404);
    let elsewhere = format!("/api/v1/commits/{sha}?repository=pay");
    assert_eq!(client.refused(&elsewhere).await.0, 404);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (_site, _api, client, _log) = recorded().await;
    for (path, parameter) in [
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=many", "limit"),
        ("?since=yesterday", "since"),
        ("?until=2026-13-01T00:00:00Z", "until"),
        ("?sha=12", "sha"),
        ("?sha=wxyz", "sha"),
        ("?author=a&author=b", "author"),
        ("?autor=a", "autor"),
        ("?text=%FF", "text"),
        ("/wxyz", "sha"),
        ("/012", "sha"),
        ("/0123?branch=main", "branch"),
    ] {
        let (status, problem) = client.refused(&format!("/api/v1/commits{path}")).await;
        assert_eq!(
            (status, &problem["parameter"]),
            (400, &parameter.into()),
            "{path}"
        );
    }
    let long = format!("/api/v1/commits?path={}", "x".repeat(5000));
    assert_eq!(client.refused(&long).await.1["parameter"], "path");
    let (status, problem) = client.refused("/api/v1/commits?cursor=AAAA").await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("cursor"));
    for missing in ["?repository=none", "?branch=none"] {
        let (status, problem) = client.refused(&format!("/api/v1/commits{missing}")).await;
        assert_eq!(status, 404);
        assert!(problem["detail"].as_str().unwrap().contains("`none`"));
    }
}

#[tokio::test]
async fn s36_a_cursor_of_one_project_opens_no_other() {
    let (_site, _api, client, _log) = recorded().await;
    let page = client.reads("/api/v1/commits?limit=1").await;
    let cursor = page["next"].as_str().unwrap();
    let other = format!("/api/v1/commits?project=payments&limit=1&cursor={cursor}");
    assert_eq!(client.refused(&other).await.0, 400);
}

#[tokio::test]
async fn what_is_refused_is_refused_in_one_line() {
    let (site, _api, client) = Site::with_api().await;
    let log = Running::commit_log(&site).await;
    for name in [
        "a%0Ab",
        "a%0D%0ANats-Service-Error-Code:%20200",
        "%00",
        "%7F",
    ] {
        let path = format!("/api/v1/commits/0123?repository={name}");
        let (status, problem) = client.refused(&path).await;
        assert_eq!(status, 404, "{name}: {problem}");
    }
    drop(log);
}
