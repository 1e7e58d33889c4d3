//! A repository that is added: its webhook is installed and proves itself.

use sluice_events::v1::{ConnectionProblemKind, ConnectionStatus, StepOutcome, WebhookKind};
use sluice_fake_hosts::Kind;
use sluice_test_support::{eventually, registry::credential};

use crate::site::{A, B, KINDS, Site};

#[tokio::test]
async fn k1_k4_adding_installs_a_webhook_and_proves_it_at_every_kind_of_host() {
    for kind in KINDS {
        let (site, connector) = Site::connected(kind).await;
        let connection = site.connection().await.unwrap();
        let hooks = site.host.hooks("acme/web");
        assert_eq!(hooks.len(), 1, "{kind:?}");
        let hook = connection.hook.as_ref().unwrap();
        assert_eq!(hook.id, hooks[0].id.to_string());
        assert!(hook.proved_at.is_some() && hooks[0].active && !hooks[0].events.is_empty());
        assert!(hooks[0].url.starts_with(&format!("{}/hooks/", site.base())));
        assert!(
            connection
                .steps
                .iter()
                .all(|step| step.outcome() == StepOutcome::Done),
            "{connection:?}"
        );
        // By the host's own id from now on.
        let host_id = connection.repository.unwrap().host_id;
        assert_eq!(site.record().await.unwrap().host_id, host_id);
        let endpoints = site.registry.snapshot().await;
        let endpoint = endpoints.endpoint("default", "web").unwrap();
        assert_eq!(endpoint.repository_host_id, host_id);
        assert_eq!(
            endpoint.secrets.len(),
            1,
            "what the host did not take is gone"
        );
        assert_eq!(site.said("hook").await, ["installed"]);
        assert_eq!(site.said("connection").await, ["gained"]);
        connector.stop().await;
    }
}

#[tokio::test]
async fn h4_a_user_and_a_password_connect_it_where_the_host_takes_them() {
    for (kind, connects) in [
        (Kind::Gitea, true),
        (Kind::Forgejo, true),
        (Kind::GitHub, false),
        (Kind::GitLab, false),
    ] {
        let site = Site::with(kind).await;
        site.host.password("bot", "a-password-that-nobody-may-see");
        let person = credential("bot", "forge").password("bot", "a-password-that-nobody-may-see");
        site.registry.declare(&[person.manifest()]).await;
        let _connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        if connects {
            site.stands(ConnectionStatus::Active).await;
            assert_eq!(site.host.hooks("acme/web").len(), 1, "{kind:?}");
        } else {
            let connection = site.stands(ConnectionStatus::Inactive).await;
            let problem = connection.problem.unwrap();
            assert_eq!(
                problem.kind(),
                ConnectionProblemKind::Credential,
                "{kind:?}: {problem:?}"
            );
            assert!(!format!("{problem:?}").contains("nobody-may-see"));
        }
    }
}

#[tokio::test]
async fn what_proves_a_webhook_is_no_event_of_a_ref_and_what_is_pushed_is() {
    for kind in KINDS {
        let (site, _connector) = Site::connected(kind).await;
        assert!(
            site.events()
                .await
                .iter()
                .all(|event| event == "ping.received"),
            "{kind:?}"
        );
        site.host
            .push("acme/web")
            .branch("main")
            .to(B)
            .by("alice")
            .deliver()
            .await;
        eventually("the push is an event", || async {
            let events = site.events().await;
            events.contains(&"branch.updated".to_owned()).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_older_gitlab_gets_a_secret_token() {
    let site = Site::with(Kind::GitLab).await;
    site.host.set_version(17, 0);
    let _connector = site.connector().await;
    site.add(WebhookKind::Managed).await;
    site.stands(ConnectionStatus::Active).await;
    let hooks = site.host.hooks("acme/web");
    assert!(hooks[0].secret.is_some() && hooks[0].signing_token.is_none());
    let endpoints = site.registry.snapshot().await;
    let secrets = &endpoints.endpoint("default", "web").unwrap().secrets;
    assert_eq!(secrets.len(), 1);
    assert!(secrets[0].id.starts_with("token-"));
}

#[tokio::test]
async fn an_empty_repository_is_unproved_until_its_first_push() {
    for kind in [Kind::Gitea, Kind::GitLab] {
        let site = Site::with(kind).await;
        site.host.delete("acme/web");
        site.host.repository("acme/web").create();
        crate::site::allow(
            &site.host,
            crate::site::TOKEN,
            sluice_fake_hosts::Role::Admin,
        );
        let _connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        let connection = site.stands(ConnectionStatus::Unproved).await;
        let said = connection.problem.unwrap().message;
        assert!(
            said.contains("unproved until the first delivery"),
            "{kind:?}: {said}"
        );
        site.host
            .push("acme/web")
            .branch("main")
            .to(A)
            .by("alice")
            .deliver()
            .await;
        site.stands(ConnectionStatus::Active).await;
        assert_eq!(site.host.hooks("acme/web").len(), 1);
    }
}

#[tokio::test]
async fn without_a_webhook_of_its_own_it_is_only_looked_at() {
    let site = Site::with(Kind::Gitea).await;
    let _connector = site.connector().await;
    site.add(WebhookKind::None).await;
    let connection = site.stands(ConnectionStatus::Active).await;
    assert!(connection.hook.is_none() && site.host.hooks("acme/web").is_empty());
    // It gets one, and loses it again.
    site.add(WebhookKind::Managed).await;
    eventually("there is a webhook", || async {
        (site.host.hooks("acme/web").len() == 1).then_some(())
    })
    .await;
    site.stands(ConnectionStatus::Active).await;
    site.add(WebhookKind::None).await;
    eventually("there is none", || async {
        let endpoints = site.registry.snapshot().await;
        let gone = site.host.hooks("acme/web").is_empty();
        (gone && endpoints.endpoint("default", "web").is_none()).then_some(())
    })
    .await;
}
