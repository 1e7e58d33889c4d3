//! Who may see and do what, and what the others are told.

use super::*;

fn hooks(kind: Kind) -> String {
    format!("{}/hooks", web(kind))
}

#[tokio::test]
async fn a_private_repository_is_not_there_for_strangers() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        host.token("stranger").user("stranger");
        for token in [None, Some("stranger")] {
            assert_eq!(
                api(&host, token).get(web(kind)).await.status,
                404,
                "{kind:?}"
            );
        }
        let hooks = api(&host, Some("stranger")).get(&hooks(kind)).await;
        assert_eq!(hooks.status, 404, "{kind:?}");
    }
}

#[tokio::test]
async fn an_unknown_an_old_and_a_revoked_token_are_refused() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        host.token("old").user("admin").expires(host.now());
        host.token("revoked").user("admin").revoked();
        for token in ["unknown", "old", "revoked"] {
            let answer = api(&host, Some(token)).get(web(kind)).await;
            assert_eq!(answer.status, 401, "{kind:?} {token}");
        }
    }
}

#[tokio::test]
async fn hooks_are_for_those_who_manage_the_repository() {
    for (kind, role, status) in [
        // GitHub rather says that there are none.
        (Kind::GitHub, Role::Maintainer, 404),
        (Kind::GitHub, Role::Admin, 200),
        (Kind::GitLab, Role::Write, 403),
        (Kind::GitLab, Role::Maintainer, 200),
        (Kind::Gitea, Role::Write, 403),
        (Kind::Gitea, Role::Admin, 200),
        (Kind::Forgejo, Role::Write, 403),
    ] {
        let host = host(kind).await;
        host.token("member").user("member").role("acme/web", role);
        let api = api(&host, Some("member"));
        assert_eq!(api.get(web(kind)).await.status, 200);
        assert_eq!(
            api.get(&hooks(kind)).await.status,
            status,
            "{kind:?} {role:?}"
        );
    }
}

#[tokio::test]
async fn strangers_to_a_public_repository_hear_what_the_kind_says() {
    for (kind, nobody, somebody) in [
        (Kind::GitHub, 404, 404),
        (Kind::GitLab, 401, 403),
        (Kind::Gitea, 401, 403),
        (Kind::Forgejo, 401, 403),
    ] {
        let host = FakeHost::start(kind).await;
        host.repository("acme/web").create();
        host.token("stranger").user("stranger");
        assert_eq!(api(&host, None).get(&hooks(kind)).await.status, nobody);
        let answer = api(&host, Some("stranger")).get(&hooks(kind)).await;
        assert_eq!(answer.status, somebody, "{kind:?}");
    }
}

#[tokio::test]
async fn a_token_does_no_more_than_its_scopes() {
    for (kind, scope, read, write) in [
        (Kind::GitHub, "read:repo_hook", 200, 404),
        (Kind::GitHub, "write:repo_hook", 200, 201),
        (Kind::GitHub, "read:org", 404, 404),
        (Kind::GitHub, "repo", 200, 201),
        (Kind::GitHub, "public_repo", 404, 404),
        (Kind::GitLab, "read_api", 200, 403),
        (Kind::GitLab, "read_user", 403, 403),
        (Kind::GitLab, "api", 200, 201),
        (Kind::Gitea, "read:repository", 200, 403),
        (Kind::Gitea, "write:repository", 200, 201),
        (Kind::Forgejo, "write:organization", 403, 403),
    ] {
        let host = host(kind).await;
        host.token("narrow").user("admin").scopes([scope]);
        let api = api(&host, Some("narrow"));
        assert_eq!(api.get(&hooks(kind)).await.status, read, "{kind:?} {scope}");
        let body = hook_body(kind, "http://127.0.0.1:9/x");
        assert_eq!(
            api.post(&hooks(kind), &body).await.status,
            write,
            "{kind:?} {scope}"
        );
    }
}

#[tokio::test]
async fn gitlab_says_which_scope_is_missing() {
    let host = host(Kind::GitLab).await;
    host.token("narrow").user("admin").scopes(["read_user"]);
    let refused = api(&host, Some("narrow"))
        .get("/projects/acme%2Fweb")
        .await
        .json();
    assert_eq!(refused["error"], "insufficient_scope");
    assert_eq!(refused["scope"], "api read_api");
}

#[tokio::test]
async fn fine_grained_tokens_hear_which_permission_is_missing() {
    let host = host(Kind::GitHub).await;
    host.token("github_pat_1")
        .user("admin")
        .scopes(["repository_hooks:read"]);
    let api = api(&host, Some("github_pat_1"));
    assert_eq!(api.get("/repos/acme/web/hooks").await.status, 200);
    let body = hook_body(Kind::GitHub, "http://127.0.0.1:9/x");
    let refused = api.post("/repos/acme/web/hooks", &body).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        "repository_hooks=write"
    );
}

#[tokio::test]
async fn repositories_tell_what_the_caller_may() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        host.token("writer")
            .user("writer")
            .role("acme/web", Role::Write);
        let permissions = &api(&host, Some("writer")).get(web(kind)).await.json()["permissions"];
        match kind {
            Kind::GitLab => assert_eq!(permissions["project_access"]["access_level"], 30),
            _ => {
                assert_eq!(permissions["admin"], false);
                assert_eq!(permissions["push"], true);
            }
        }
    }
}

#[tokio::test]
async fn a_role_in_a_group_reaches_what_is_below_it() {
    let host = FakeHost::start(Kind::GitLab).await;
    host.repository("platform/payments/api").private().create();
    host.token("t")
        .user("lead")
        .role("platform", Role::Maintainer);
    let api = api(&host, Some("t"));
    let path = "/projects/platform%2Fpayments%2Fapi";
    let found = api.get(path).await.json();
    assert_eq!(found["permissions"]["group_access"]["access_level"], 40);
    assert_eq!(found["permissions"]["project_access"], json!(null));
    assert_eq!(api.get(&format!("{path}/hooks")).await.status, 200);
    host.token("t").role("platform/payments/api", Role::None);
    assert_eq!(api.get(path).await.status, 404);
}

#[tokio::test]
async fn basic_authentication_is_taken_where_the_host_takes_it() {
    for (kind, password, token) in [
        (Kind::GitHub, 401, 200),
        (Kind::GitLab, 404, 404),
        (Kind::Gitea, 200, 200),
        (Kind::Forgejo, 200, 200),
    ] {
        let host = host(kind).await;
        host.password("admin", "pw");
        for (credential, status) in [
            ("YWRtaW46cHc=", password),
            ("YWRtaW46YWRtaW4tdG9rZW4=", token),
        ] {
            let api = api(&host, None).with("authorization", &format!("Basic {credential}"));
            assert_eq!(api.get(web(kind)).await.status, status, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn each_kind_takes_tokens_where_it_takes_them() {
    for (kind, header, value, status) in [
        (Kind::GitHub, "authorization", "token admin-token", 200),
        (Kind::GitHub, "private-token", "admin-token", 404),
        (Kind::GitLab, "authorization", "Bearer admin-token", 200),
        (Kind::GitLab, "authorization", "token admin-token", 404),
        (Kind::Gitea, "authorization", "Bearer admin-token", 200),
        (Kind::Gitea, "authorization", "admin-token", 401),
    ] {
        let host = host(kind).await;
        let api = api(&host, None).with(header, value);
        assert_eq!(api.get(web(kind)).await.status, status, "{kind:?} {value}");
    }
}

#[tokio::test]
async fn ids_and_names_of_any_case_lead_to_the_same() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        let id = host.repository_id("acme/web");
        let (by_id, by_name) = match kind {
            Kind::GitLab => (format!("/projects/{id}"), "/projects/ACME%2FWeb"),
            _ => (format!("/repositories/{id}"), "/repos/ACME/Web"),
        };
        for path in [&by_id, by_name] {
            assert_eq!(
                admin(&host).get(path).await.json()["id"],
                id,
                "{kind:?} {path}"
            );
        }
    }
}

#[tokio::test]
async fn githubs_scopes_for_hooks_show_hooks_and_nothing_else() {
    let host = host(Kind::GitHub).await;
    let id = hook(&host, "http://127.0.0.1:9/x").await;
    host.token("w").user("admin").scopes(["write:repo_hook"]);
    host.token("a").user("admin").scopes(["admin:repo_hook"]);
    let path = format!("/repos/acme/web/hooks/{id}");
    let (writes, administers) = (api(&host, Some("w")), api(&host, Some("a")));
    assert_eq!(writes.get("/repos/acme/web").await.status, 404);
    assert_eq!(writes.get(&path).await.status, 200);
    assert_eq!(writes.delete(&path).await.status, 404);
    assert_eq!(administers.delete(&path).await.status, 204);
}
