//! A repository that is removed: its webhook first.

use sluice_bus::Records;
use sluice_events::v1::{
    ConnectionStatus, ConnectorRequest, OperationState, RegisteredRepository, WebhookKind,
};
use sluice_fake_hosts::{Fault, Kind};
use sluice_registry::{Kind as Kinds, keys};
use sluice_test_support::eventually;

use crate::site::{KINDS, Site};

/// The repository's own hooks, at every kind of host.
const HOOK: &str = "/**";

#[tokio::test]
async fn k7_deleting_removes_the_webhook_first_and_then_everything() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let outcome = site.ask("remove", false).await;
        assert_eq!(
            outcome.state(),
            OperationState::Done,
            "{kind:?}: {}",
            outcome.reason
        );
        assert_eq!(outcome.reason, "");
        assert!(site.host.hooks("acme/web").is_empty(), "{kind:?}");
        let records = site.registry.snapshot().await;
        assert!(records.repository("default", "web").is_none());
        assert!(records.endpoint("default", "web").is_none());
        assert_eq!(site.registry.state_of("web").await, None);
        assert_eq!(site.said("hook").await, ["installed", "removed"]);
    }
}

#[tokio::test]
async fn k7_only_what_was_seen_is_removed() {
    let (site, _connector) = Site::connected(Kind::Gitea).await;
    let remove = |revision| {
        let request = ConnectorRequest {
            revision,
            ..ConnectorRequest::default()
        };
        site.ask_by("remove", request)
    };
    let records = Records::<RegisteredRepository>::new(&site.operator, keys::REPOSITORIES);
    let found = records.get(&keys::repository("default", "web")).await;
    let revision = found.unwrap().unwrap().revision;
    let stale = remove(revision - 1).await;
    assert_eq!(stale.state(), OperationState::Refused);
    assert!(stale.reason.contains("changed meanwhile"), "{stale:?}");
    assert_eq!(site.host.hooks("acme/web").len(), 1);
    let outcome = remove(revision).await;
    assert_eq!(outcome.state(), OperationState::Done, "{outcome:?}");
    assert!(site.record().await.is_none());
}

#[tokio::test]
async fn k7_what_the_host_refuses_fails_and_says_what_is_left_and_force_goes_on() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let connection = site.connection().await.unwrap();
        let hook = connection.hook.unwrap().id;
        site.host
            .fault(Fault::Status(403).on("DELETE", HOOK).always());
        let outcome = site.ask("remove", false).await;
        assert_eq!(outcome.state(), OperationState::Failed, "{kind:?}");
        assert!(!outcome.reason.is_empty());
        // It is what it was, with its webhook.
        let connection = site.stands(ConnectionStatus::Inactive).await;
        assert_eq!(connection.hook.unwrap().id, hook);
        assert!(site.record().await.is_some());
        assert_eq!(site.host.hooks("acme/web").len(), 1);

        let outcome = site.ask("remove", true).await;
        assert_eq!(
            outcome.state(),
            OperationState::Done,
            "{kind:?}: {}",
            outcome.reason
        );
        let left = format!(
            "webhook {hook} in the settings of {}/acme/web",
            site.host.url()
        );
        assert_eq!(outcome.reason, left);
        assert!(site.record().await.is_none());
        assert_eq!(
            site.host.hooks("acme/web").len(),
            1,
            "nobody could remove it"
        );
        assert!(site.said("hook").await.contains(&"failed".to_owned()));
    }
}

#[tokio::test]
async fn a_removal_whose_answer_is_lost_ends_all_the_same() {
    let (site, _connector) = Site::connected(Kind::GitHub).await;
    site.host.fault(Fault::LostAnswer.on("DELETE", HOOK));
    let outcome = site.ask("remove", false).await;
    assert_eq!(outcome.state(), OperationState::Done, "{}", outcome.reason);
    assert!(site.host.hooks("acme/web").is_empty());
}

#[tokio::test]
async fn what_is_removed_past_us_is_forgotten_unless_its_webhook_is_left() {
    let site = Site::with(Kind::Gitea).await;
    let _connector = site.connector().await;
    site.add(WebhookKind::None).await;
    site.stands(ConnectionStatus::Active).await;
    site.registry.delete(Kinds::Repository, "web").await;
    eventually("it is forgotten", || async {
        site.connection().await.is_none().then_some(())
    })
    .await;
    site.add(WebhookKind::Managed).await;
    let hook = site.stands(ConnectionStatus::Active).await.hook;
    site.registry.delete(Kinds::Repository, "web").await;
    eventually("the record is gone", || async {
        site.record().await.is_none().then_some(())
    })
    .await;
    assert_eq!(site.connection().await.unwrap().hook, hook);
}
