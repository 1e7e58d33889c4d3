//! Two of them, and one that dies: still one webhook for each repository.

use sluice_events::v1::{ConnectionStatus, WebhookKind};
use sluice_fake_hosts::{Fault, Kind, Role};
use sluice_test_support::{eventually, registry::repository};

use crate::site::{A, Site, TOKEN};

#[tokio::test]
async fn two_replicas_install_one_webhook_each() {
    const COUNT: usize = 12;
    let site = Site::with(Kind::GitHub).await;
    let mut manifests = Vec::new();
    for number in 0..COUNT {
        let full_name = format!("acme/r{number}");
        site.host.repository(&full_name).branch("main", A).create();
        let token = site.host.token(TOKEN).user("bot");
        token.role(&full_name, Role::Admin);
        let made = repository(&format!("r{number}"), "forge", &full_name).opened_by("bot");
        manifests.push(made.webhook(WebhookKind::Managed).manifest());
    }
    let _connectors = (site.connector().await, site.connector().await);
    site.registry.declare(&manifests).await;
    for number in 0..COUNT {
        site.stands_as(&format!("r{number}"), ConnectionStatus::Active)
            .await;
        assert_eq!(site.host.hooks(&format!("acme/r{number}")).len(), 1);
    }
    let installed = site.said("hook").await;
    assert_eq!(installed, vec!["installed"; COUNT]);
}

#[tokio::test]
async fn what_one_left_undone_another_finds_out_and_undoes() {
    let site = Site::with(Kind::Gitea).await;
    let slow = std::time::Duration::from_secs(5);
    site.host
        .fault(Fault::Slow(slow).on("POST", "/repos/*/*/hooks"));
    let connector = site.connector().await;
    site.add(WebhookKind::Managed).await;
    eventually("the host has made it", || async {
        (site.host.hooks("acme/web").len() == 1).then_some(())
    })
    .await;
    connector.crash();
    site.end_claims().await;
    let _connector = site.connector().await;
    let connection = site.stands(ConnectionStatus::Active).await;
    let hooks = site.host.hooks("acme/web");
    assert_eq!(hooks.len(), 1, "{connection:?}");
    assert_eq!(connection.hook.unwrap().id, hooks[0].id.to_string());
}
