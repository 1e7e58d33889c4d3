//! A webhook that is gone, changed or switched off is made anew, and there is never more than one.

use sluice_events::v1::{ConnectionStatus, OperationState, SecretKind, WebhookKind};
use sluice_fake_hosts::{Fault, Kind};
use sluice_test_support::{eventually, registry::endpoint};

use crate::site::{KINDS, Site};

#[tokio::test]
async fn j21_after_the_address_changed_every_hook_is_made_anew() {
    for kind in KINDS {
        let (site, connector) = Site::connected(kind).await;
        let old = site.hook().await;
        connector.stop().await;
        let base = site.base().replace("127.0.0.1", "localhost");
        let _connector = site.reached_by(&base).await;
        let new = eventually("it has another webhook", || async {
            let connection = site.connection().await?;
            let hook = connection.hook.filter(|hook| hook.id != old.id)?;
            (connection.obsolete.is_empty() && hook.proved_at.is_some()).then_some(hook)
        })
        .await;
        let hooks = site.host.hooks("acme/web");
        assert_eq!(hooks.len(), 1, "{kind:?}");
        assert_eq!(hooks[0].id.to_string(), new.id);
        assert!(hooks[0].url.starts_with(&base));
        assert_eq!(
            site.said("hook").await,
            ["installed", "repaired", "removed"]
        );
    }
}

#[tokio::test]
async fn k4_a_new_one_that_is_asked_for_takes_the_place_of_the_old_one() {
    let (site, _connector) = Site::connected(Kind::Gitea).await;
    let old = site.hook().await;
    let outcome = site.ask("renew", false).await;
    assert_eq!(outcome.state(), OperationState::Done, "{}", outcome.reason);
    let connection = site.stands(ConnectionStatus::Active).await;
    let new = connection.hook.unwrap();
    assert_ne!((new.id, new.secret_version), (old.id, old.secret_version));
    assert_eq!(site.host.hooks("acme/web").len(), 1);
}

/// Whatever becomes of a new one, the one that is there goes on working.
#[tokio::test]
async fn k4_one_that_cannot_be_made_anew_goes_on() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let old = site.hook().await;
        let hooks = match kind {
            Kind::GitLab => "/projects/*/hooks",
            _ => "/repos/*/*/hooks",
        };
        // Both what certainly did nothing and what may have done something.
        for status in [422, 502] {
            site.host.fault(Fault::Status(status).on("POST", hooks));
            let outcome = site.ask("renew", false).await;
            assert_eq!(outcome.state(), OperationState::Failed, "{kind:?} {status}");
            let secrets = site.secrets().await;
            let in_force = secrets
                .iter()
                .find(|secret| secret.version == old.secret_version);
            assert_eq!(in_force.unwrap().accept_until, None, "{kind:?} {status}");
        }
        assert!(site.secrets().await.len() <= 3, "{kind:?}");
        site.ask("recheck", false).await;
        let now = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        assert_eq!(now.id, old.id, "{kind:?}");
        assert_eq!(site.host.hooks("acme/web").len(), 1);
    }
}

/// What is declared over its endpoint is not what the host signs with.
#[tokio::test]
async fn k4_one_whose_secret_is_not_accepted_any_more_is_made_anew() {
    let (site, _connector) = Site::connected(Kind::Gitea).await;
    let old = site.hook().await;
    let other = endpoint("web", "forge")
        .for_repository("acme/web")
        .made_for("web")
        .accepting("mine", SecretKind::Hmac, "a secret that the host has not");
    site.registry.declare(&[other.manifest()]).await;
    site.ask("recheck", false).await;
    let new = site.stands(ConnectionStatus::Active).await.hook.unwrap();
    assert_ne!((new.id, new.secret_version), (old.id, old.secret_version));
    assert_eq!(site.host.hooks("acme/web").len(), 1);
}

#[tokio::test]
async fn k2_a_recheck_finds_what_somebody_did_to_the_webhook_and_mends_it() {
    let (site, _connector) = Site::connected(Kind::GitHub).await;
    let old = site.connection().await.unwrap();
    // Somebody deletes it in the settings of the repository.
    site.host.remove_hooks("acme/web");
    let outcome = site.ask("recheck", false).await;
    assert_eq!(outcome.state(), OperationState::Done, "{}", outcome.reason);
    let connection = site.stands(ConnectionStatus::Active).await;
    assert_ne!(connection.hook.unwrap().id, old.hook.unwrap().id);
    assert_eq!(site.host.hooks("acme/web").len(), 1);
    assert!(connection.checked_at > old.checked_at);
    assert_eq!(site.said("hook").await, ["installed", "repaired"]);
}

#[tokio::test]
async fn k2_what_somebody_has_unticked_is_told_again() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let old = site.hook().await;
        let event = match kind {
            Kind::GitLab => "merge_requests_events",
            _ => "pull_request",
        };
        site.host.untick("acme/web", event);
        site.ask("recheck", false).await;
        let new = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        assert_ne!(new.id, old.id, "{kind:?}");
        let hooks = site.host.hooks("acme/web");
        assert_eq!(hooks.len(), 1);
        assert!(hooks[0].events.contains(&event.to_owned()));
    }
}

#[tokio::test]
async fn what_an_old_host_does_not_know_is_not_asked_for_again_and_again() {
    let site = Site::with(Kind::GitLab).await;
    site.host.set_version(16, 0);
    let _connector = site.connector().await;
    site.add(WebhookKind::Managed).await;
    let old = site.stands(ConnectionStatus::Active).await.hook.unwrap();
    for _ in 0..2 {
        site.ask("recheck", false).await;
        let now = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        assert_eq!(now.id, old.id);
    }
    // That a stronger one was offered to the host does not end the one that it has taken.
    let secrets = site.secrets().await;
    assert_eq!((secrets.len(), secrets[0].accept_until), (1, None));
    assert_eq!(site.said("hook").await, ["installed"]);
}
