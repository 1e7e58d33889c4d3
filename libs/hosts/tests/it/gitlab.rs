//! GitLab's API.

mod hooks;

use serde_json::{Value, json};
use sluice_events::{Timestamp, v1::Visibility};

use crate::{
    fixture::api,
    scripted::{Reply, Scripted},
};

fn project(more: Value) -> Reply {
    let mut project = json!({
        "id": 17,
        "path_with_namespace": "acme/shop/web",
        "default_branch": "main",
        "web_url": "https://gitlab.corp/acme/shop/web",
        "visibility": "private",
        "archived": false,
        "empty_repo": false,
        "namespace": {"id": 3, "full_path": "acme/shop", "kind": "group"},
        "permissions": {"project_access": {"access_level": 20}, "group_access": {"access_level": 40}},
    });
    for (name, value) in more.as_object().unwrap() {
        project[name] = value.clone();
    }
    Reply::json(200, project)
}

#[tokio::test]
async fn a_project_is_described_and_its_path_is_one_segment() {
    let scripted = Scripted::new([project(json!({}))]).await;
    let found = api("gitlab", &scripted)
        .by_name("acme/shop/web")
        .await
        .unwrap();
    let line = scripted.request().line;
    assert_eq!(line, "GET /api/v4/projects/acme%2Fshop%2Fweb");
    assert_eq!((&*found.id, &*found.full_name), ("17", "acme/shop/web"));
    assert_eq!((&*found.owner.name, &*found.owner.id), ("acme/shop", "3"));
    assert_eq!(found.visibility, Visibility::Private);
    assert_eq!(found.empty, Some(false));
    assert!(found.rights.administer && found.rights.write);
    assert_eq!(found.rights.said, "Maintainer");
}

#[tokio::test]
async fn roles_are_told_in_gitlabs_words() {
    for (permissions, said, read, write) in [
        (
            json!({"project_access": {"access_level": 10}, "group_access": null}),
            "Guest",
            false,
            false,
        ),
        (
            json!({"project_access": {"access_level": 30}}),
            "Developer",
            true,
            true,
        ),
        (
            json!({"project_access": null, "group_access": null}),
            "",
            false,
            false,
        ),
        (Value::Null, "", false, false),
    ] {
        let scripted = Scripted::new([project(json!({"permissions": permissions}))]).await;
        let rights = api("gitlab", &scripted).by_id("17").await.unwrap().rights;
        assert_eq!(
            (&*rights.said, rights.read, rights.write),
            (said, read, write)
        );
        assert!(!rights.administer);
    }
}

#[tokio::test]
async fn what_nobody_is_told_may_be_missing() {
    let scripted = Scripted::new([Reply::json(
        200,
        json!({
            "id": 17, "path_with_namespace": "a/b", "default_branch": null,
            "web_url": "https://gitlab.corp/a/b", "namespace": {"id": 3, "full_path": "a"},
        }),
    )])
    .await;
    let found = api("gitlab", &scripted).by_name("a/b").await.unwrap();
    assert_eq!(found.visibility, Visibility::Unspecified);
    assert_eq!((found.empty, &*found.default_branch), (None, ""));
}

#[tokio::test]
async fn a_branch_is_there_or_not() {
    let sha = "2c".repeat(20);
    let branch = Reply::json(200, json!({"name": "f/a", "commit": {"id": sha}}));
    let missing = Reply::json(404, json!({"message": "404 Branch Not Found"}));
    let scripted = Scripted::new([branch, missing, project(json!({}))]).await;
    let api = api("gitlab", &scripted);
    assert_eq!(api.head_of("a/b", "f/a").await.unwrap(), Some(sha));
    assert_eq!(api.head_of("a/b", "gone").await.unwrap(), None);
    let line = &scripted.lines()[0];
    assert_eq!(line, "GET /api/v4/projects/a%2Fb/repository/branches/f%2Fa");
}

#[tokio::test]
async fn projects_of_a_group_with_all_below_it_or_of_a_user_are_listed() {
    let script = [
        Reply::json(200, json!([])),
        Reply::json(404, json!({})),
        Reply::json(200, json!([])),
    ];
    let scripted = Scripted::new(script).await;
    let api = api("gitlab", &scripted);
    api.of_owner("acme/shop", None).await.unwrap();
    api.of_owner("bot", None).await.unwrap();
    let lines = scripted.lines();
    assert_eq!(
        lines[0],
        "GET /api/v4/groups/acme%2Fshop/projects?per_page=100&include_subgroups=true&with_shared=false"
    );
    assert_eq!(lines[2], "GET /api/v4/users/bot/projects?per_page=100");
}

#[tokio::test]
async fn a_token_tells_its_scopes_and_its_end() {
    let token = || {
        let token = json!({
            "id": 5, "user_id": 9, "scopes": ["api"], "active": true, "revoked": false, "expires_at": "2027-01-31",
        });
        Reply::json(200, token)
    };
    let user = Reply::json(200, json!({"id": 9, "username": "bot"}));
    let scripted = Scripted::new([token(), user, token(), Reply::json(403, json!({}))]).await;
    let api = api("gitlab", &scripted);
    let who = api.whoami().await.unwrap();
    assert_eq!((&*who.login, &*who.id), ("bot", "9"));
    assert_eq!(who.scopes.unwrap(), ["api"]);
    assert_eq!(who.expires_at, Timestamp::parse("2027-01-31T00:00:00Z"));
    assert_eq!(api.whoami().await.unwrap().login, "");
    let line = &scripted.lines()[0];
    assert_eq!(line, "GET /api/v4/personal_access_tokens/self");
}
