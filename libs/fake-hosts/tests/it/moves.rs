//! What people do to repositories, and how the host shows it afterwards.

use sluice_fake_hosts::Visibility;

use super::*;

/// By the id of the repository.
fn by_id(kind: Kind, id: u64) -> String {
    match kind {
        Kind::GitLab => format!("/projects/{id}"),
        _ => format!("/repositories/{id}"),
    }
}

#[tokio::test]
async fn an_old_name_shows_the_way() {
    for (kind, status, path) in [
        (Kind::GitHub, 301, "/repos/acme/web"),
        (Kind::GitLab, 302, "/projects/acme%2Fweb"),
        (Kind::Gitea, 301, "/repos/acme/web"),
        (Kind::Forgejo, 307, "/repos/acme/web"),
    ] {
        let host = host(kind).await;
        host.rename("acme/web", "acme/site");
        let answer = admin(&host).get(path).await;
        assert_eq!(answer.status, status, "{kind:?}");
        let mut location = answer.header("location").to_owned();
        if location.starts_with('/') {
            location = format!("{}{location}", host.url());
        }
        let found = admin(&host).get(&location).await.json();
        assert_eq!(found["id"], host.repository_id("acme/site"));
    }
}

#[tokio::test]
async fn an_old_name_cannot_be_written_to() {
    for (kind, status) in [
        (Kind::GitHub, 307),
        (Kind::GitLab, 405),
        (Kind::Gitea, 301),
        (Kind::Forgejo, 307),
    ] {
        let host = host(kind).await;
        host.rename("acme/web", "acme/site");
        let body = hook_body(kind, "http://127.0.0.1:9/x");
        let path = format!("{}/hooks", web(kind));
        let answer = admin(&host).post(&path, &body).await;
        assert_eq!(answer.status, status, "{kind:?}");
        assert!(host.hooks("acme/site").is_empty());
    }
}

#[tokio::test]
async fn an_old_name_that_somebody_takes_is_theirs() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        let old = host.repository_id("acme/web");
        host.rename("acme/web", "acme/site");
        let new = host.repository("acme/web").create();
        let found = admin(&host).get(web(kind)).await;
        assert_eq!((found.status, &found.json()["id"]), (200, &json!(new)));
        let found = admin(&host).get(&by_id(kind, old)).await.json();
        assert_eq!(found["name"], "site");
    }
}

#[tokio::test]
async fn hooks_move_with_a_transfer_and_nothing_is_told() {
    for kind in Kind::ALL {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let id = hook(&host, receiver.url()).await;
        let pings = usize::from(kind == Kind::GitHub);
        host.wait_for_deliveries(id, |told| told.len() == pings)
            .await;
        host.transfer("acme/web", "umbrella");
        host.archive("umbrella/web", true);
        host.set_visibility("umbrella/web", Visibility::Public);
        host.set_default_branch("umbrella/web", "trunk");
        assert_eq!(host.hooks("umbrella/web")[0].id, id);
        host.push("umbrella/web")
            .branch("main")
            .to(B)
            .deliver()
            .await;
        assert_eq!(receiver.heard().len(), pings + 1);
        let repository = host.repository_id("umbrella/web");
        let found = admin(&host).get(&by_id(kind, repository)).await.json();
        assert_eq!(found["archived"], true);
        let private = &found["private"];
        assert!(private == false || found["visibility"] == "public");
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_under_every_name() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        let id = host.repository_id("acme/web");
        host.rename("acme/web", "acme/site");
        host.delete("acme/site");
        for path in [web(kind).to_owned(), by_id(kind, id)] {
            assert_eq!(admin(&host).get(&path).await.status, 404, "{kind:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_template_passes_its_hooks_on_at_gitea_alone() {
    for kind in Kind::ALL {
        let (host, receiver) = (host(kind).await, Receiver::start());
        hook(&host, receiver.url()).await;
        let id = host.create_from_template("acme/web", "acme/copy");
        assert_ne!(id, host.repository_id("acme/web"));
        let hooks = host.hooks("acme/copy");
        assert_eq!(
            hooks.len(),
            usize::from(matches!(kind, Kind::Gitea | Kind::Forgejo))
        );
        if let [copy] = hooks.as_slice() {
            assert_eq!(copy.secret.as_ref().unwrap().expose(), SECRET);
            let told = host.push("acme/copy").to(B).deliver().await;
            assert_eq!(told.len(), 1);
            assert_eq!(receiver.heard()[0].json()["repository"]["id"], id);
        }
    }
}

#[tokio::test]
async fn the_way_leads_to_what_lies_below_too() {
    for kind in [Kind::GitHub, Kind::GitLab] {
        let host = host(kind).await;
        host.push("acme/web").branch("grün/1").to(B).deliver().await;
        host.rename("acme/web", "acme/site");
        let path = match kind {
            Kind::GitLab => "/projects/acme%2Fweb/repository/branches/gr%C3%BCn%2F1",
            _ => "/repos/acme/web/branches/gr%C3%BCn/1",
        };
        let moved = admin(&host).get(path).await;
        let found = admin(&host).get(moved.header("location")).await;
        assert_eq!(found.json()["name"], "grün/1", "{kind:?}");
    }
}

#[tokio::test]
async fn names_can_be_changed_to_and_fro() {
    for kind in Kind::ALL {
        let host = host(kind).await;
        let first = host.repository_id("acme/web");
        host.rename("acme/web", "acme/site");
        host.rename("acme/site", "acme/web");
        assert_eq!(admin(&host).get(web(kind)).await.json()["id"], first);
        host.rename("acme/web", "acme/first");
        let second = host.repository("acme/web").create();
        host.rename("acme/web", "acme/second");
        let moved = admin(&host).get(web(kind)).await;
        let location = moved.header("location");
        let leads = location.contains(&second.to_string()) || location.ends_with("/acme/second");
        assert!(leads, "{kind:?} {location}");
    }
}
