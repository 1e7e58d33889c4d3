//! Gitea's and Forgejo's API.

use serde_json::{Value, json};
use sluice_events::v1::{SecretKind, Visibility};
use sluice_hosts::{HookState, PlaceSort, Problem, Proof};

use crate::{
    fixture::{api, host, new_hook, owner, repository, secret, settings, token, web},
    scripted::{Reply, Scripted},
};

const BOTH: [&str; 2] = ["gitea", "forgejo"];

fn hook(events: Value, active: bool) -> Value {
    json!({
        "id": 7,
        "type": "gitea",
        "config": {"content_type": "json", "url": "https://sluice.example/hooks/4f0c"},
        "events": events,
        "active": active,
        "authorization_header": "Bearer s3cret-in-clear",
    })
}

#[tokio::test]
async fn a_repository_is_described() {
    for provider in BOTH {
        let mut internal = web();
        internal["internal"] = json!(true);
        internal["permissions"] = json!({"admin": false, "push": false, "pull": true});
        let script = [Reply::json(200, web()), Reply::json(200, internal)];
        let scripted = Scripted::new(script).await;
        let api = api(provider, &scripted);
        let found = api.by_name("acme/web").await.unwrap();
        assert_eq!(
            (&*found.id, &*found.owner.id, &*found.owner.name),
            ("17", "3", "acme")
        );
        assert_eq!(found.visibility, Visibility::Private);
        assert_eq!((found.empty, &*found.rights.said), (Some(false), "admin"));
        let found = api.by_id("17").await.unwrap();
        assert_eq!(found.visibility, Visibility::Internal);
        assert!(!found.rights.administer && !found.rights.write && found.rights.read);
        let lines = scripted.lines();
        assert_eq!(
            lines,
            ["GET /api/v1/repos/acme/web", "GET /api/v1/repositories/17"]
        );
    }
}

#[tokio::test]
async fn a_branch_is_there_or_not() {
    // Repositories of SHA-256 have longer ids.
    let sha = "3d".repeat(32);
    let branch = Reply::json(200, json!({"name": "f/a", "commit": {"id": sha}}));
    let missing = Reply::json(404, json!({}));
    let scripted = Scripted::new([branch, missing, Reply::json(200, web())]).await;
    let api = api("forgejo", &scripted);
    assert_eq!(api.head_of("acme/web", "f/a").await.unwrap(), Some(sha));
    assert_eq!(api.head_of("acme/web", "gone").await.unwrap(), None);
    let line = &scripted.lines()[0];
    assert_eq!(line, "GET /api/v1/repos/acme/web/branches/f%2Fa");
}

#[tokio::test]
async fn repositories_of_an_organization_or_a_user_are_listed() {
    let listed = || Reply::json(200, json!([web()]));
    let scripted = Scripted::new([listed(), Reply::json(404, json!({})), listed()]).await;
    let api = api("gitea", &scripted);
    for owner in ["acme", "bot"] {
        assert_eq!(api.of_owner(owner, None).await.unwrap().items.len(), 1);
    }
    let lines = scripted.lines();
    assert_eq!(lines[0], "GET /api/v1/orgs/acme/repos?limit=50");
    assert_eq!(lines[2], "GET /api/v1/users/bot/repos?limit=50");
}

#[tokio::test]
async fn a_token_tells_who_it_is_and_no_more() {
    let scripted = Scripted::new([Reply::json(200, json!({"login": "bot", "id": 9}))]).await;
    let host = host("gitea", &scripted, settings());
    let who = host.open(&token()).unwrap().whoami().await.unwrap();
    assert_eq!((&*who.login, &*who.id), ("bot", "9"));
    assert_eq!((&who.scopes, who.expires_at), (&None, None));
    let rights = sluice_hosts::Rights {
        read: true,
        said: "pull".into(),
        ..sluice_hosts::Rights::default()
    };
    let need = sluice_hosts::Need::RepositoryHooks;
    assert_eq!(
        host.missing(need, &who, Some(&rights)).as_deref(),
        Some("needs the role admin in the repository; the credential has pull")
    );
    assert_eq!(host.missing(need, &who, None), None);
}

#[tokio::test]
async fn a_hook_is_installed_and_switched_on() {
    for provider in BOTH {
        for (place, path, sort) in [
            (repository(), "repos/acme/web", PlaceSort::Repository),
            (owner(), "orgs/acme", PlaceSort::Owner),
        ] {
            let made = Reply::json(201, hook(json!(["create", "push"]), true));
            let scripted = Scripted::new([made]).await;
            let host = host(provider, &scripted, settings());
            let api = host.open(&token()).unwrap();
            let made = api.install(&place, &new_hook()).await.unwrap();
            let request = scripted.request();
            assert_eq!(request.line, format!("POST /api/v1/{path}/hooks"));
            let expected = json!({
                "type": provider,
                "active": true,
                "events": host.events(sort),
                "config": {
                    "url": new_hook().url,
                    "content_type": "json",
                    "secret": secret(SecretKind::Hmac),
                },
            });
            assert_eq!(request.json(), expected);
            assert_eq!(
                (made.secret, made.hook.secret_set),
                (SecretKind::Hmac, None)
            );
            assert_eq!(made.hook.events, ["create", "push"]);
            assert!(!format!("{made:?}").contains("s3cret-in-clear"));
        }
    }
}

#[tokio::test]
async fn a_hook_without_events_or_switched_off_is_removed_again() {
    for made in [
        hook(json!([]), true),
        hook(Value::Null, true),
        hook(json!(["create"]), true),
        hook(json!(["push"]), false),
    ] {
        let scripted = Scripted::new([Reply::json(201, made), Reply::empty(204)]).await;
        let api = api("gitea", &scripted);
        let error = api.install(&repository(), &new_hook()).await.unwrap_err();
        assert_eq!(error.problem, Problem::Answer);
        assert!(error.message.contains("removed again") && !error.may_have_happened());
        assert_eq!(scripted.lines()[1], "DELETE /api/v1/repos/acme/web/hooks/7");
    }
}

#[tokio::test]
async fn hooks_say_no_more_than_whether_they_are_on() {
    let hooks = json!([hook(json!(["push"]), true), hook(Value::Null, false)]);
    let scripted = Scripted::new([Reply::json(200, hooks)]).await;
    let hooks = api("gitea", &scripted).list(&repository()).await.unwrap();
    assert_eq!(
        (hooks[0].active, &hooks[0].state),
        (true, &HookState::Unknown)
    );
    assert!(matches!(hooks[1].state, HookState::Disabled { .. }));
    assert!(hooks.iter().all(|hook| hook.secret_set.is_none()));
    let line = scripted.request().line;
    assert_eq!(line, "GET /api/v1/repos/acme/web/hooks?limit=50&page=1");
}

#[tokio::test]
async fn a_test_is_a_push_that_moves_nothing_and_needs_a_commit() {
    for (provider, status) in [("gitea", 404), ("forgejo", 500)] {
        let refused = || Reply::json(status, json!({"message": "no"}));
        let mut empty = web();
        empty["empty"] = json!(true);
        let script = [
            Reply::empty(204),
            refused(),
            Reply::json(200, empty),
            refused(),
            Reply::json(200, web()),
        ];
        let scripted = Scripted::new(script).await;
        let api = api(provider, &scripted);
        let proof = api.test(&repository(), "7").await.unwrap();
        assert_eq!(proof, Proof::Push { moves: false });
        let line = &scripted.lines()[0];
        assert_eq!(line, "POST /api/v1/repos/acme/web/hooks/7/tests");
        let error = api.test(&repository(), "7").await.unwrap_err();
        assert_eq!(error.problem, Problem::Empty, "{error}");
        assert!(!error.may_have_happened());
        let error = api.test(&repository(), "7").await.unwrap_err();
        assert_eq!(error.status, Some(status));
        assert_ne!(error.problem, Problem::Empty);
    }
}

#[tokio::test]
async fn what_there_is_not_is_said_without_asking() {
    let scripted = Scripted::new([]).await;
    for provider in BOTH {
        let host = host(provider, &scripted, settings());
        let api = host.open(&token()).unwrap();
        let error = api.test(&owner(), "7").await.unwrap_err();
        assert_eq!(error.problem, Problem::NotOffered);
        let missing = api.deliveries().err().unwrap();
        assert!(host.not_offered().contains(&missing));
        assert!(missing.to_string().starts_with(provider), "{missing}");
        for told in [error.to_string(), missing.to_string()] {
            assert!(
                told.starts_with(&format!("{provider} does not offer")),
                "{told}"
            );
        }
    }
    assert!(scripted.requests().is_empty());
}
