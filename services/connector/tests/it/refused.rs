//! What cannot be: it is said what, why, since when, and what to do.

use std::time::Duration;

use sluice_events::{
    Timestamp,
    v1::{ConnectionProblemKind, ConnectionStatus, OperationState, SecretKind, WebhookKind},
};
use sluice_fake_hosts::{Fault, Kind, Role};
use sluice_test_support::{
    eventually,
    registry::{credential, endpoint},
};

use crate::{
    aged::by_hand,
    site::{KINDS, Site, allow, web},
};

#[tokio::test]
async fn k5_a_credential_that_may_not_install_webhooks_is_said_in_the_hosts_words() {
    for kind in KINDS {
        let site = Site::with(kind).await;
        allow(&site.host, "may-only-read", Role::Read);
        let reader = credential("bot", "forge").token("may-only-read").manifest();
        site.registry.declare(&[reader]).await;
        let _connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        let problem = site
            .stands(ConnectionStatus::Inactive)
            .await
            .problem
            .unwrap();
        assert_eq!(
            problem.kind(),
            ConnectionProblemKind::Rights,
            "{kind:?}: {problem:?}"
        );
        assert!(problem.remedy.contains("webhook: manual"), "{problem:?}");
        assert!(problem.since.is_some());
        assert!(site.host.hooks("acme/web").is_empty());
    }
}

#[tokio::test]
async fn k2_a_dead_credential_makes_it_inactive_until_another_is_given() {
    for kind in KINDS {
        let site = Site::with(kind).await;
        let dead = credential("bot", "forge").token("dead-and-gone").manifest();
        site.registry.declare(&[dead]).await;
        let _connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        let connection = site.stands(ConnectionStatus::Inactive).await;
        let problem = connection.problem.unwrap();
        let kinds = [
            ConnectionProblemKind::Credential,
            ConnectionProblemKind::NotFound,
        ];
        assert!(kinds.contains(&problem.kind()), "{kind:?}: {problem:?}");
        assert!(!format!("{problem:?}").contains("dead-and-gone"));
        // Nobody knocks again and again.
        let soon = Timestamp::now().plus(Duration::from_secs(60 * 60));
        assert!(connection.due_at.is_none_or(|at| at > soon));
        let alive = credential("bot", "forge")
            .token(crate::site::TOKEN)
            .manifest();
        site.registry.declare(&[alive]).await;
        site.stands(ConnectionStatus::Active).await;
    }
}

#[tokio::test]
async fn k1_a_branch_that_is_not_there_is_refused() {
    for kind in KINDS {
        let site = Site::with(kind).await;
        let _connector = site.connector().await;
        let none = web()
            .branch("trunk")
            .webhook(WebhookKind::Managed)
            .manifest();
        site.registry.declare(&[none]).await;
        let problem = site
            .stands(ConnectionStatus::Inactive)
            .await
            .problem
            .unwrap();
        assert_eq!(
            problem.kind(),
            ConnectionProblemKind::Branch,
            "{kind:?}: {problem:?}"
        );
        assert!(problem.message.contains("`trunk`"));
    }
}

#[tokio::test]
async fn without_a_credential_a_webhook_cannot_be_installed() {
    let site = Site::with(Kind::Gitea).await;
    let _connector = site.connector().await;
    let bare = web().opened_by("").webhook(WebhookKind::Managed).manifest();
    site.registry.declare(&[bare]).await;
    let connection = site.stands(ConnectionStatus::Inactive).await;
    assert!(connection.problem.is_some());
}

#[tokio::test]
async fn s1_what_is_not_there_cannot_be_worked_on() {
    let site = Site::with(Kind::Gitea).await;
    let _connector = site.connector().await;
    let outcome = site.ask("recheck", false).await;
    assert_eq!(outcome.state(), OperationState::Refused);
    let audit = site.stored("SLUICE_AUDIT", "sluice.v1.audit.>").await;
    assert_eq!(audit.len(), 1);
}

/// A host that sends everybody elsewhere for a while has moved nothing.
#[tokio::test]
async fn s26_a_redirect_of_the_whole_host_suspends_nothing() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let elsewhere = Fault::Redirect("https://status.example/maintenance".into());
        site.host.fault(elsewhere.always());
        let outcome = site.ask("recheck", false).await;
        assert_eq!(outcome.state(), OperationState::Failed);
        let connection = site.stands(ConnectionStatus::Inactive).await;
        assert!(connection.due_at.is_some(), "it is looked at again");
        assert_eq!(site.record().await.unwrap().suspended, "");
        site.host.heal();
        site.ask("recheck", false).await;
        site.stands(ConnectionStatus::Active).await;
    }
}

/// What comes by a webhook is noted at once, and is no reason to ask the host again and again.
#[tokio::test]
async fn a_proof_that_comes_while_the_host_refuses_us_is_noted_once() {
    let site = Site::with(Kind::GitHub).await;
    let _connector = site.connector().await;
    let hook = endpoint("hook-web", "forge").made_for("web");
    let hook = hook.accepting("a", SecretKind::Hmac, "a-secret-of-sixteen-and-more");
    let manifests = [
        web().webhook(WebhookKind::Manual).manifest(),
        hook.for_repository("acme/web").manifest(),
    ];
    site.registry.declare(&manifests).await;
    site.stands(ConnectionStatus::Unproved).await;
    site.host
        .fault(Fault::Status(403).on("GET", "/**").always());
    site.ask("recheck", false).await;
    site.stands(ConnectionStatus::Inactive).await;
    by_hand(&site).await;
    eventually("the proof is noted", || async {
        let hook = site.connection().await?.hook?;
        hook.proved_at
    })
    .await;
    let asked = site.host.calls().len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(site.host.calls().len(), asked);
    site.stands(ConnectionStatus::Inactive).await;
}
