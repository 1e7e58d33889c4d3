//! What has become of a repository at its host.

use sluice_events::v1::{ConnectionProblemKind, ConnectionStatus, OperationState};
use sluice_fake_hosts::{Kind, Visibility};
use sluice_test_support::eventually;

use crate::site::{B, KINDS, Site};

#[tokio::test]
async fn s26_a_new_name_is_followed_and_its_webhook_goes_on_working() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        site.host.rename("acme/web", "acme/site");
        // Before we know of it: by its id it is the one.
        let sent = site
            .host
            .push("acme/site")
            .branch("main")
            .to(B)
            .by("alice")
            .deliver()
            .await;
        assert!(!sent.is_empty());
        eventually("the push is an event", || async {
            let events = site.events().await;
            events.contains(&"branch.updated".to_owned()).then_some(())
        })
        .await;
        let outcome = site.ask("recheck", false).await;
        assert_eq!(
            outcome.state(),
            OperationState::Done,
            "{kind:?}: {}",
            outcome.reason
        );
        let record = site.record().await.unwrap();
        assert_eq!(record.full_name, "acme/site");
        assert!(record.url.ends_with("/acme/site.git"), "{}", record.url);
        site.stands(ConnectionStatus::Active).await;
        assert_eq!(site.host.hooks("acme/site").len(), 1);
    }
}

#[tokio::test]
async fn s26_a_new_owner_or_visibility_suspends_until_somebody_agrees() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        site.host.set_visibility("acme/web", Visibility::Public);
        assert_eq!(
            site.ask("recheck", false).await.state(),
            OperationState::Failed
        );
        let connection = site.stands(ConnectionStatus::Suspended).await;
        let problem = connection.problem.unwrap();
        assert_eq!(problem.kind(), ConnectionProblemKind::Moved, "{kind:?}");
        assert!(problem.message.contains("public"), "{}", problem.message);
        assert_eq!(site.said("connection").await, ["gained", "lost"]);
        // Meanwhile nobody fetches it.
        assert!(site.record().await.unwrap().suspended.contains("public"));
        let outcome = site.ask("accept", false).await;
        assert_eq!(
            outcome.state(),
            OperationState::Done,
            "{kind:?}: {}",
            outcome.reason
        );
        site.stands(ConnectionStatus::Active).await;
        assert_eq!(site.record().await.unwrap().suspended, "");
    }
}

#[tokio::test]
async fn s16_a_repository_that_took_the_webhook_along_is_refused_by_its_id() {
    for kind in [Kind::Gitea, Kind::Forgejo] {
        let (site, _connector) = Site::connected(kind).await;
        site.host.create_from_template("acme/web", "acme/copy");
        let before = site.events().await.len();
        let sent = site
            .host
            .push("acme/copy")
            .branch("main")
            .to(B)
            .by("eve")
            .deliver()
            .await;
        assert!(
            !sent.is_empty() && sent.iter().all(|one| one.status == Some(403)),
            "{sent:?}"
        );
        assert_eq!(site.events().await.len(), before);
    }
}
