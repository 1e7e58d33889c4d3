//! A webhook that is used for a bounded time.

use std::time::Duration;

use sluice_events::v1::{
    ConnectionProblemKind, ConnectionStatus, CredentialKind, OperationState, SecretKind,
    WebhookKind,
};
use sluice_fake_hosts::{Kind, Role};
use sluice_hosts::{Hosts, NewHook, Place, Settings};
use sluice_registry::Plaintext;
use sluice_test_support::registry::{endpoint, id_of};

use crate::site::{KINDS, Site, TOKEN, allow, forge, web};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn k5_a_webhook_past_its_date_is_made_anew() {
    for kind in KINDS {
        let site = Site::with(kind).await;
        let _connector = site.connector().await;
        let web = web().webhook(WebhookKind::Managed).webhook_days(2);
        site.registry.declare(&[web.manifest()]).await;
        let connection = site.stands(ConnectionStatus::Active).await;
        let old = connection.hook.unwrap();
        let until = old.installed_at.unwrap().plus(2 * DAY);
        assert_eq!(old.expires_at, Some(until));
        site.age(DAY).await;
        site.ask("recheck", false).await;
        let young = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        assert_eq!(young.id, old.id);
        site.age(DAY).await;
        let outcome = site.ask("recheck", false).await;
        assert_eq!(outcome.state(), OperationState::Done, "{}", outcome.reason);
        let new = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        assert_ne!((&new.id, new.secret_version), (&old.id, old.secret_version));
        assert!(new.expires_at > old.expires_at);
        assert_eq!(site.host.hooks("acme/web").len(), 1, "{kind:?}");
        let said = ["installed", "repaired", "removed"];
        assert_eq!(site.said("hook").await, said);
    }
}

#[tokio::test]
async fn k5_where_it_cannot_be_made_anew_its_status_says_so() {
    let site = Site::with(Kind::Gitea).await;
    let _connector = site.connector().await;
    let web = web().webhook(WebhookKind::Managed).webhook_days(2);
    site.registry.declare(&[web.manifest()]).await;
    site.stands(ConnectionStatus::Active).await;
    allow(&site.host, TOKEN, Role::Read);
    site.age(2 * DAY).await;
    site.ask("recheck", false).await;
    let connection = site.stands(ConnectionStatus::Inactive).await;
    let problem = connection.problem.unwrap();
    assert_eq!(problem.kind(), ConnectionProblemKind::Rights, "{problem:?}");
    let said = "its webhook was to be used until ";
    assert!(problem.message.starts_with(said), "{problem:?}");
    assert!(problem.message.contains("no other can be installed"));
    // What is there goes on telling.
    assert_eq!(site.host.hooks("acme/web").len(), 1);
}

#[tokio::test]
async fn k5_of_one_that_somebody_installed_the_date_is_told() {
    let site = Site::with(Kind::GitHub).await;
    let _connector = site.connector().await;
    let web = web().webhook(WebhookKind::Manual).webhook_days(2);
    let hook = endpoint("hook-web", "forge").made_for("web");
    let hook = hook.accepting("a", SecretKind::Hmac, "a-secret-of-sixteen-and-more");
    let manifests = [web.manifest(), hook.for_repository("acme/web").manifest()];
    site.registry.declare(&manifests).await;
    site.stands(ConnectionStatus::Unproved).await;
    by_hand(&site).await;
    site.stands(ConnectionStatus::Active).await;
    site.age(2 * DAY).await;
    site.ask("recheck", false).await;
    let connection = site.stands(ConnectionStatus::Inactive).await;
    let problem = connection.problem.unwrap();
    assert!(problem.message.contains("still taken"), "{problem:?}");
    let remedy = "hook -p default web --new-secret";
    assert!(problem.remedy.contains(remedy), "{problem:?}");
    assert_eq!(site.said("connection").await, ["gained", "lost"]);
}

/// What a person does in the settings of the repository.
pub(crate) async fn by_hand(site: &Site) {
    let settings = Settings {
        local: true,
        ..Settings::default()
    };
    let hosts = Hosts::new(settings, "connector");
    let person = sluice_events::v1::Credential {
        host: "forge".into(),
        kind: CredentialKind::Token.into(),
        ..Default::default()
    };
    let opened = hosts.open(
        &forge(&site.host),
        1,
        Some((&person, &Plaintext::new(TOKEN))),
    );
    let secret = Plaintext::new("a-secret-of-sixteen-and-more");
    let place = Place::Repository {
        id: String::new(),
        full_name: "acme/web".into(),
    };
    let hook = NewHook {
        url: format!("{}/hooks/{}", site.base(), id_of("hook-web")),
        secrets: vec![(SecretKind::Hmac, secret)],
    };
    let opened = opened.unwrap().unwrap();
    opened.api.install(&place, &hook).await.unwrap();
}
