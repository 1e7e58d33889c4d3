//! Hosts that fail in every documented way: in the end there is one webhook, and it works.

use std::time::Duration;

use sluice_events::v1::{ConnectionStatus, WebhookKind};
use sluice_fake_hosts::{Fault, Kind, PlannedFault};

use crate::site::{KINDS, Site};

/// Adds a repository while the host fails so, and counts its webhooks once it is active.
async fn check(fault: impl Fn() -> Vec<PlannedFault>) {
    for kind in KINDS {
        let site = Site::with(kind).await;
        fault().into_iter().for_each(|fault| site.host.fault(fault));
        let connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        let connection = site.stands(ConnectionStatus::Active).await;
        let hooks = site.host.hooks("acme/web");
        assert_eq!(hooks.len(), 1, "{kind:?}: {connection:?}");
        assert_eq!(connection.hook.unwrap().id, hooks[0].id.to_string());
        assert!(connection.intent.is_none() && connection.obsolete.is_empty());
        connector.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_webhook_was_made() {
    check(|| vec![Fault::LostAnswer.on("POST", "/**")]).await;
}

/// GitLab has two kinds of secrets, and who has no answer does not know which it took: there it is made anew.
#[tokio::test]
async fn what_a_lost_answer_was_about_is_kept_where_its_secret_is_known() {
    for kind in [Kind::GitHub, Kind::Gitea, Kind::Forgejo] {
        let site = Site::with(kind).await;
        site.host.fault(Fault::LostAnswer.on("POST", "/**"));
        let connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        let connection = site.stands(ConnectionStatus::Active).await;
        let calls = site.host.calls();
        let made = calls
            .iter()
            .filter(|call| call.method == "POST" && call.path.ends_with("/hooks"));
        assert_eq!(made.count(), 1, "{kind:?}");
        assert!(connection.hook.unwrap().proved_at.is_some());
        assert_eq!(site.said("hook").await, ["failed", "installed"], "{kind:?}");
        connector.stop().await;
    }
}

#[tokio::test]
async fn half_an_answer_after_the_webhook_was_made() {
    check(|| vec![Fault::HalfAnswer.on("POST", "/**")]).await;
}

#[tokio::test]
async fn too_many_calls() {
    let after = Duration::from_secs(1);
    check(|| {
        vec![
            Fault::RateLimited { after }.into(),
            Fault::RateLimited { after }.on("POST", "/**"),
        ]
    })
    .await;
}

#[tokio::test]
async fn errors_of_the_host_itself() {
    check(|| {
        vec![
            Fault::Status(500).on("GET", "/**"),
            Fault::Status(502).on("POST", "/**"),
            Fault::CutBefore.on("POST", "/**"),
        ]
    })
    .await;
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    check(|| {
        vec![
            Fault::WrongJson.on("GET", "/**"),
            Fault::WrongJson.on("POST", "/**"),
        ]
    })
    .await;
}
