//! Lists, page by page.

use super::*;

/// 120 repositories of an owner, and one of a group in it.
async fn many(kind: Kind) -> FakeHost {
    let host = FakeHost::start(kind).await;
    for number in 0..120 {
        host.repository(&format!("acme/r{number}")).create();
    }
    if kind == Kind::GitLab {
        host.repository("acme/sub/deep").create();
    }
    host.token("admin-token").role("acme", Role::Read);
    host
}

/// All names on the way from page to page, and how many pages there were.
async fn walk(api: &Api, path: &str) -> (usize, usize) {
    let (mut next, mut names, mut pages) = (Some(path.to_owned()), Vec::new(), 0);
    while let Some(path) = next {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let items = answer.json();
        let items = items.as_array().unwrap().iter();
        names.extend(items.map(|item| item["name"].as_str().unwrap().to_owned()));
        next = answer.link("next");
        pages += 1;
    }
    names.sort_unstable();
    names.dedup();
    (names.len(), pages)
}

#[tokio::test]
async fn lists_are_followed_by_their_links() {
    for (kind, path, pages) in [
        (Kind::GitHub, "/orgs/acme/repos", 4),
        (Kind::GitHub, "/orgs/acme/repos?per_page=1000", 2),
        (Kind::GitHub, "/user/repos?per_page=50", 3),
        (Kind::GitLab, "/groups/acme/projects", 6),
        (Kind::GitLab, "/groups/acme/projects?per_page=1000", 2),
        (Kind::Gitea, "/orgs/acme/repos", 4),
        (Kind::Gitea, "/orgs/acme/repos?limit=1000", 3),
        (Kind::Forgejo, "/user/repos?limit=50", 3),
    ] {
        let host = many(kind).await;
        assert_eq!(
            walk(&admin(&host), path).await,
            (120, pages),
            "{kind:?} {path}"
        );
    }
}

#[tokio::test]
async fn subgroups_are_listed_if_asked_for() {
    let host = many(Kind::GitLab).await;
    let path = "/groups/acme/projects?include_subgroups=true&per_page=100";
    assert_eq!(walk(&admin(&host), path).await, (121, 2));
    let second = admin(&host).get(&format!("{path}&page=2")).await;
    assert_eq!(second.header("x-total"), "121");
    assert_eq!(second.header("x-next-page"), "");
    assert_eq!(second.header("x-prev-page"), "1");
    assert!(
        second
            .link("prev")
            .unwrap()
            .contains("include_subgroups=true")
    );
}

#[tokio::test]
async fn gitlab_tells_the_next_page_twice() {
    let host = many(Kind::GitLab).await;
    let first = admin(&host).get("/groups/acme/projects").await;
    assert_eq!(first.header("x-next-page"), "2");
    assert_eq!(first.header("x-per-page"), "20");
    assert!(first.link("next").unwrap().contains("page=2"));
}

#[tokio::test]
async fn a_page_behind_the_last_is_empty() {
    for (kind, path) in [
        (Kind::GitHub, "/orgs/acme/repos?page=99"),
        (Kind::GitLab, "/groups/acme/projects?page=99"),
        (Kind::Gitea, "/orgs/acme/repos?page=99"),
    ] {
        let host = many(kind).await;
        let answer = admin(&host).get(path).await;
        assert_eq!((answer.status, answer.json()), (200, json!([])));
        assert_eq!(answer.link("next"), None);
    }
}

#[tokio::test]
async fn hooks_are_paged_and_gitea_links_nothing() {
    for (kind, per_page) in [(Kind::GitHub, 30), (Kind::GitLab, 20), (Kind::Gitea, 30)] {
        let host = host(kind).await;
        for number in 0..35 {
            let mut body = hook_body(kind, &format!("http://127.0.0.1:9/{number}"));
            if kind == Kind::GitHub && number >= 20 {
                body["events"] = json!(["issues"]);
            }
            let path = format!("{}/hooks", web(kind));
            assert_eq!(admin(&host).post(&path, &body).await.status, 201);
        }
        let first = admin(&host).get(&format!("{}/hooks", web(kind))).await;
        assert_eq!(first.json().as_array().unwrap().len(), per_page);
        assert_eq!(first.link("next").is_some(), kind != Kind::Gitea);
        if kind == Kind::Gitea {
            assert_eq!(first.header("x-total-count"), "35");
        }
    }
}

#[tokio::test]
async fn branches_are_found_by_names_with_slashes() {
    for kind in Kind::ALL {
        let host = FakeHost::start(kind).await;
        host.repository("acme/web")
            .branch("main", A)
            .branch("feature/x", B)
            .create();
        host.token("admin-token").role("acme/web", Role::Read);
        let branches = match kind {
            Kind::GitLab => "/projects/acme%2Fweb/repository/branches",
            _ => "/repos/acme/web/branches",
        };
        let all = admin(&host).get(branches).await.json();
        assert_eq!(all.as_array().unwrap().len(), 2);
        let one = admin(&host).get(&format!("{branches}/feature%2Fx")).await;
        let commit = &one.json()["commit"];
        let id = if kind == Kind::GitHub { "sha" } else { "id" };
        assert_eq!(commit[id], B, "{kind:?}");
        assert_eq!(
            admin(&host).get(&format!("{branches}/gone")).await.status,
            404
        );
    }
}

#[tokio::test]
async fn an_organization_without_repositories_has_an_empty_list() {
    for (kind, path) in [
        (Kind::GitHub, "/orgs/acme/repos"),
        (Kind::GitLab, "/groups/acme%2Fsub/projects"),
        (Kind::Gitea, "/orgs/acme/repos"),
    ] {
        let host = FakeHost::start(kind).await;
        let empty = api(&host, None).get(path).await;
        assert_eq!(empty.status, 404);
        host.organization("acme/sub");
        let empty = api(&host, None).get(path).await;
        assert_eq!((empty.status, empty.json()), (200, json!([])), "{kind:?}");
    }
}
