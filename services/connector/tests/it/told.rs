//! What subscribers hear of what is done at hosts.

use serde::de::DeserializeOwned;
use sluice_events::{
    from_json,
    v1::{
        ConnectionGained, ConnectionLost, ConnectionProblemKind, ConnectionStatus, HookAction,
        HookFailed, HookInstalled, HookRemoved, HookRepaired, OperationState,
    },
};
use sluice_fake_hosts::Role;

use crate::site::{KINDS, Site, TOKEN, allow};

/// The data of all events of that name and action.
async fn told<M: DeserializeOwned>(site: &Site, what: &str) -> Vec<M> {
    let subjects = format!("sluice.v1.webhook.*.*.*.*.{what}");
    let stored = site.stored("SLUICE_RESULTS", &subjects).await;
    let data = stored.iter().map(|message| {
        let whole = format!("{message:?}");
        assert!(!whole.contains(TOKEN), "{whole}");
        from_json(&message.payload).unwrap()
    });
    data.collect()
}

#[tokio::test]
async fn k6_what_is_done_at_a_host_and_how_its_repositories_stand_is_told() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        let first = site.hook().await;
        let installed: Vec<HookInstalled> = told(&site, "hook.installed").await;
        let repository = installed[0].repository.as_ref().unwrap();
        assert_eq!(
            (&*installed[0].name, &*repository.full_name),
            ("web", "acme/web")
        );
        assert_eq!(installed[0].hook.as_ref().unwrap().id, first.id);
        let gained: Vec<ConnectionGained> = told(&site, "connection.gained").await;
        assert_eq!(
            (gained.len(), gained[0].since.is_some()),
            (1, true),
            "{kind:?}"
        );

        // Somebody takes our rights away, and the webhook with them.
        allow(&site.host, TOKEN, Role::Read);
        site.host.remove_hooks("acme/web");
        site.ask("recheck", false).await;
        let problem = site
            .stands(ConnectionStatus::Inactive)
            .await
            .problem
            .unwrap();
        let lost: Vec<ConnectionLost> = told(&site, "connection.lost").await;
        assert_eq!(lost[0].problem.as_ref(), Some(&problem), "{kind:?}");
        assert_eq!(problem.kind(), ConnectionProblemKind::Rights, "{problem:?}");
        let failed: Vec<HookFailed> = told(&site, "hook.failed").await;
        assert_eq!(failed[0].action(), HookAction::Install);
        assert_eq!(failed[0].problem.as_ref(), Some(&problem));

        allow(&site.host, TOKEN, Role::Admin);
        site.ask("recheck", false).await;
        let second = site.stands(ConnectionStatus::Active).await.hook.unwrap();
        let repaired: Vec<HookRepaired> = told(&site, "hook.repaired").await;
        assert_eq!(repaired[0].hook.as_ref().unwrap().id, second.id, "{kind:?}");
        assert_eq!(repaired[0].reason, "it was gone at the host");
        assert_eq!(
            told::<ConnectionGained>(&site, "connection.gained")
                .await
                .len(),
            2
        );

        let outcome = site.ask("remove", false).await;
        assert_eq!(outcome.state(), OperationState::Done, "{}", outcome.reason);
        let removed: Vec<HookRemoved> = told(&site, "hook.removed").await;
        let removed = removed.last().unwrap().hook.clone();
        assert_eq!(removed.unwrap().id, second.id, "{kind:?}");
    }
}
