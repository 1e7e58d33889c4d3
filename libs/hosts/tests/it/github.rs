//! GitHub's API.

mod hooks;

use serde_json::{Value, json};
use sluice_events::{Timestamp, v1::Visibility};
use sluice_hosts::Problem;

use crate::{
    fixture::api,
    scripted::{Reply, Scripted},
};

fn described() -> Value {
    json!({
        "id": 17,
        "full_name": "acme/web",
        "default_branch": "main",
        "html_url": "https://github.com/acme/web",
        "private": true,
        "visibility": "internal",
        "archived": true,
        "owner": {"login": "acme", "id": 3},
        "permissions": {"admin": false, "maintain": true, "push": true, "triage": true, "pull": true},
    })
}

#[tokio::test]
async fn a_repository_is_described() {
    let scripted = Scripted::new([Reply::json(200, described())]).await;
    let found = api("github", &scripted).by_name("acme/web").await.unwrap();
    let request = scripted.request();
    assert_eq!(request.line, "GET /api/v3/repos/acme/web");
    assert_eq!(request.header("accept"), "application/vnd.github+json");
    assert_eq!(request.header("x-github-api-version"), "2022-11-28");
    assert_eq!(
        (&*found.id, &*found.owner.id, &*found.owner.name),
        ("17", "3", "acme")
    );
    assert_eq!(found.visibility, Visibility::Internal);
    assert!(found.archived && found.empty.is_none());
    let rights = found.rights;
    assert!(!rights.administer && rights.write && rights.read);
    assert_eq!(rights.said, "maintain");
}

#[tokio::test]
async fn a_repository_is_found_by_its_id() {
    let scripted = Scripted::new([Reply::json(200, described())]).await;
    api("github", &scripted).by_id("17").await.unwrap();
    assert_eq!(scripted.request().line, "GET /api/v3/repositories/17");
}

#[tokio::test]
async fn a_branch_is_there_or_not_or_the_repository_is_hidden() {
    let sha = "1b".repeat(20);
    let branch = Reply::json(200, json!({"name": "f/a", "commit": {"sha": sha}}));
    let missing = || Reply::json(404, json!({"message": "Branch not found"}));
    let renamed = Reply::empty(301).with("location", "/api/v3/repositories/17/branches/b");
    let there = || Reply::json(200, described());
    let script = [
        branch,
        missing(),
        there(),
        renamed,
        there(),
        missing(),
        missing(),
    ];
    let scripted = Scripted::new(script).await;
    let api = api("github", &scripted);
    let head = api.head_of("acme/web", "f/a").await.unwrap();
    assert_eq!(head, Some(sha));
    assert_eq!(
        scripted.request().line,
        "GET /api/v3/repos/acme/web/branches/f%2Fa"
    );
    assert_eq!(api.head_of("acme/web", "gone").await.unwrap(), None);
    assert_eq!(api.head_of("acme/web", "old").await.unwrap(), None);
    let error = api.head_of("acme/web", "main").await.unwrap_err();
    assert_eq!(error.problem, Problem::NotFound);
}

#[tokio::test]
async fn repositories_of_an_organization_a_user_and_of_oneself_are_listed() {
    let listed = || Reply::json(200, json!([described()]));
    let no_organization = || Reply::json(404, json!({}));
    let me = || Reply::json(200, json!({"login": "Bot", "id": 9}));
    let script = [
        listed(),
        no_organization(),
        me(),
        listed(),
        no_organization(),
        me(),
        listed(),
    ];
    let scripted = Scripted::new(script).await;
    let api = api("github", &scripted);
    for owner in ["acme", "else", "bot"] {
        let page = api.of_owner(owner, None).await.unwrap();
        assert_eq!(page.items[0].full_name, "acme/web");
    }
    let lines = scripted.lines();
    assert_eq!(lines[0], "GET /api/v3/orgs/acme/repos?per_page=100");
    assert_eq!(lines[3], "GET /api/v3/users/else/repos?per_page=100");
    assert_eq!(
        lines[6],
        "GET /api/v3/user/repos?per_page=100&affiliation=owner"
    );
}

#[tokio::test]
async fn a_classic_token_tells_its_scopes_and_its_end() {
    let me = || Reply::json(200, json!({"login": "bot", "id": 9}));
    let classic = me().with("x-oauth-scopes", "repo, admin:repo_hook").with(
        "github-authentication-token-expiration",
        "2027-01-31 08:15:54 UTC",
    );
    let bare = me().with("x-oauth-scopes", "");
    let scripted = Scripted::new([classic, bare, me()]).await;
    let api = api("github", &scripted);
    let who = api.whoami().await.unwrap();
    assert_eq!((&*who.login, &*who.id), ("bot", "9"));
    assert_eq!(who.scopes.unwrap(), ["repo", "admin:repo_hook"]);
    assert_eq!(who.expires_at, Timestamp::parse("2027-01-31T08:15:54Z"));
    assert_eq!(api.whoami().await.unwrap().scopes, Some(Vec::new()));
    assert_eq!(api.whoami().await.unwrap().scopes, None);
}
