//! One webhook of an owner that tells of all its repositories.

use std::time::Duration;

use sluice_bus::Records;
use sluice_events::v1::{
    Connection, ConnectionProblemKind, ConnectionStatus, Import, ImportStatus, OperationState,
    RegisteredRepository, StepOutcome, WebhookKind,
};
use sluice_fake_hosts::{Kind, Role};
use sluice_registry::{Kind as Kinds, keys};
use sluice_test_support::{eventually, registry::credential};

use crate::site::{B, KINDS, Site, TOKEN, web};

const COUNT: usize = 4;

impl Site {
    /// As [`Site::many`], by a token that may keep the hooks of the owner as well.
    fn many_of_an_owner(&self, count: usize) {
        self.many(count);
        let token = self.host.token(TOKEN).user("bot").role("many", Role::Admin);
        match self.host.kind() {
            Kind::GitHub => token.scopes(["repo", "admin:repo_hook", "admin:org_hook"]),
            Kind::GitLab => token.scopes(["api"]),
            _ => token.scopes(["write:repository", "write:organization", "read:user"]),
        };
    }

    async fn import_shared(&self) {
        let shared = Import {
            webhook: WebhookKind::Shared.into(),
            follow: true,
            ..Import::default()
        };
        self.import(shared).await;
    }

    /// The connection of the import's own webhook.
    async fn owners(&self, status: ConnectionStatus) -> Connection {
        let records = Records::<Connection>::new(&self.operator, keys::CONNECTIONS);
        let key = keys::import_connection("default", "many");
        eventually(
            &format!(
                "the webhook of an owner at {:?} stands so",
                self.host.kind()
            ),
            || async {
                let connection = records.get(&key).await.unwrap()?.record;
                let settled = connection.claim.is_none() && connection.requests.is_empty();
                (settled && connection.status() == status).then_some(connection)
            },
        )
        .await
    }

    async fn push_to(&self, full_name: &str) {
        let push = self.host.push(full_name).branch("main").to(B).by("alice");
        let sent = push.deliver().await;
        assert!(sent.iter().all(|one| one.status == Some(202)), "{sent:?}");
    }
}

#[tokio::test]
async fn w9_one_webhook_at_the_owner_tells_of_all_and_proves_all() {
    for kind in KINDS {
        let site = Site::with(kind).await;
        site.many_of_an_owner(COUNT);
        let _connector = site.connector().await;
        site.import_shared().await;
        let import = site.imported(ImportStatus::Listed).await;
        assert_eq!(import.registered as usize, COUNT, "{kind:?}");
        // GitHub pings; the others say nothing until something happens.
        if kind != Kind::GitHub {
            let connection = site.stands_as("r0", ConnectionStatus::Unproved).await;
            let install = connection.steps.iter().find(|step| step.name == "install");
            let install = install.unwrap();
            assert_eq!(install.outcome(), StepOutcome::Skipped);
            assert_eq!(install.message, "webhook of many tells of it");
            site.push_to("many/r1").await;
        }
        for number in 0..COUNT {
            let name = format!("r{number}");
            site.stands_as(&name, ConnectionStatus::Active).await;
            assert!(
                site.host.hooks(&format!("many/{name}")).is_empty(),
                "{kind:?}"
            );
        }
        let connection = site.owners(ConnectionStatus::Active).await;
        let hooks = site.host.hooks("many");
        assert_eq!(hooks.len(), 1, "{kind:?}");
        assert_eq!(connection.hook.unwrap().id, hooks[0].id.to_string());
        let registry = site.registry.snapshot().await;
        let endpoint = registry.endpoint("default", "many").unwrap();
        assert_eq!((&*endpoint.import, endpoint.secrets.len()), ("many", 1));
        assert!(site.said("hook").await.contains(&"installed".to_owned()));
        // One look at each, the pages of the list, and what the one webhook takes.
        let calls = site.host.calls().len();
        assert!(calls <= COUNT + 12, "{kind:?}: {calls} calls");
    }
}

#[tokio::test]
async fn an_owner_without_hooks_is_said_to_have_none_and_nothing_is_registered() {
    for kind in [Kind::GitHub, Kind::GitLab, Kind::Gitea] {
        let site = Site::with(kind).await;
        let owner = match kind {
            Kind::GitLab => {
                site.many_of_an_owner(COUNT);
                site.host.license_group_hooks(false);
                "many"
            }
            _ => {
                site.many_of_an_owner(COUNT);
                "bot"
            }
        };
        let _connector = site.connector().await;
        let shared = Import {
            owner: owner.into(),
            webhook: WebhookKind::Shared.into(),
            ..Import::default()
        };
        site.import(shared).await;
        let import = site.imported(ImportStatus::Failed).await;
        let problem = import.problem.unwrap();
        assert_eq!(
            problem.kind(),
            ConnectionProblemKind::NotOffered,
            "{kind:?}: {problem:?}"
        );
        assert!(problem.remedy.contains("webhook: managed"), "{problem:?}");
        assert_eq!(import.registered, 0);
    }
}

#[tokio::test]
async fn an_import_is_ended_once_nobody_relies_on_its_webhook_and_what_it_registered_stays() {
    for kind in [Kind::GitHub, Kind::Gitea] {
        let site = Site::with(kind).await;
        site.many_of_an_owner(2);
        let _connector = site.connector().await;
        site.import_shared().await;
        site.imported(ImportStatus::Listed).await;
        let asked = site.send("end-import", None).await;
        let outcome = site.outcome(&asked).await;
        assert_eq!(outcome.state(), OperationState::Failed);
        assert!(
            outcome.reason.contains("tells of `r0`, `r1`"),
            "{}",
            outcome.reason
        );
        assert_eq!(site.host.hooks("many").len(), 1);
        let records = Records::<RegisteredRepository>::new(&site.operator, keys::REPOSITORIES);
        for name in ["r0", "r1"] {
            let change = |record: &mut RegisteredRepository| {
                record.set_webhook(WebhookKind::None);
                record.shared_endpoint.clear();
            };
            // The connector may be noting something in it.
            eventually("it is changed", || async {
                let found = records.get(&keys::repository("default", name)).await;
                let mut found = found.unwrap().unwrap();
                change(&mut found.record);
                let put = records.put(&found.key, &found.record, Some(found.revision));
                put.await.ok()
            })
            .await;
        }
        eventually("nobody relies on it", || async {
            let asked = site.send("end-import", None).await;
            let outcome = site.outcome(&asked).await;
            (outcome.state() == OperationState::Done).then_some(())
        })
        .await;
        assert!(site.host.hooks("many").is_empty(), "{kind:?}");
        let registry = site.registry.snapshot().await;
        assert!(registry.endpoint("default", "many").is_none());
        assert!(registry.repository("default", "r0").is_some());
        let imports = Records::<Import>::new(&site.operator, keys::IMPORTS);
        let left = imports.get(&keys::import("default", "many")).await.unwrap();
        assert!(left.is_none());
    }
}

#[tokio::test]
async fn the_owners_webhook_is_made_anew_when_hosts_reach_us_by_another_address() {
    let site = Site::with(Kind::GitHub).await;
    site.many_of_an_owner(1);
    let connector = site.connector().await;
    site.import_shared().await;
    site.stands_as("r0", ConnectionStatus::Active).await;
    connector.stop().await;
    let base = site.base().replace("127.0.0.1", "localhost");
    let _connector = site.reached_by(&base).await;
    eventually("it is at the new address", || async {
        let hooks = site.host.hooks("many");
        (hooks.len() == 1 && hooks[0].url.starts_with(&base)).then_some(())
    })
    .await;
    site.owners(ConnectionStatus::Active).await;
    assert!(site.said("hook").await.contains(&"repaired".to_owned()));
}

#[tokio::test]
async fn a_new_credential_has_the_owners_webhook_and_the_list_go_on() {
    let site = Site::with(Kind::Gitea).await;
    site.many_of_an_owner(COUNT);
    let _connector = site.connector().await;
    let bot = |token: &str| credential("bot", "forge").token(token).manifest();
    let revoked = bot("a-token-that-nobody-knows");
    site.registry.declare(&[revoked]).await;
    site.import_shared().await;
    let owners = site.owners(ConnectionStatus::Inactive).await;
    let problem = owners.problem.unwrap();
    assert_eq!(problem.kind(), ConnectionProblemKind::Credential);
    site.imported(ImportStatus::Failed).await;
    site.registry.declare(&[bot(TOKEN)]).await;
    site.owners(ConnectionStatus::Unproved).await;
    let import = site.imported(ImportStatus::Listed).await;
    assert_eq!(import.registered, u32::try_from(COUNT).unwrap());
}

#[tokio::test]
async fn a_repository_whose_shared_endpoint_is_not_there_says_so_and_gets_its_own_back() {
    let (site, _connector) = Site::connected(Kind::Gitea).await;
    site.registry
        .declare(&[web().told_by("none").manifest()])
        .await;
    let connection = site.stands(ConnectionStatus::Inactive).await;
    let problem = connection.problem.unwrap();
    assert_eq!(problem.kind(), ConnectionProblemKind::Settings);
    assert!(problem.message.contains("`none`"), "{}", problem.message);
    assert!(
        site.host.hooks("acme/web").is_empty(),
        "its own would tell twice"
    );
    site.add(WebhookKind::Managed).await;
    site.stands(ConnectionStatus::Active).await;
    assert_eq!(site.host.hooks("acme/web").len(), 1);
    site.registry.delete(Kinds::Repository, "web").await;
}

#[tokio::test]
#[ignore = "it takes a minute or more: run it by name"]
async fn an_import_of_3000_by_one_webhook_takes_about_a_call_for_each() {
    const COUNT: usize = 3000;
    let site = Site::with(Kind::GitHub).await;
    site.many_of_an_owner(COUNT);
    let limits = sluice_fake_hosts::Limits::documented();
    site.host.limits(limits.faster(60).in_real_time());
    let begun = std::time::Instant::now();
    let _connector = site.connector().await;
    site.import_shared().await;
    // And the connection of the one webhook itself.
    site.all_active(COUNT + 1, Duration::from_secs(300)).await;
    let (calls, took) = (site.host.calls().len(), begun.elapsed());
    println!(
        "import by one webhook: {COUNT} repositories, {calls} calls, {:.1} s",
        took.as_secs_f64()
    );
    assert!(calls <= COUNT + COUNT / 50, "{calls} calls");
}

#[tokio::test]
async fn s5_a_credential_for_some_repositories_installs_no_webhook_that_tells_of_all() {
    let site = Site::with(Kind::Gitea).await;
    site.many_of_an_owner(2);
    let some = credential("bot", "forge")
        .token(TOKEN)
        .for_repositories(&["many/r1"]);
    site.registry.declare(&[some.manifest()]).await;
    let _connector = site.connector().await;
    site.import_shared().await;
    let problem = site
        .owners(ConnectionStatus::Inactive)
        .await
        .problem
        .unwrap();
    assert_eq!(problem.kind(), ConnectionProblemKind::Rights, "{problem:?}");
    assert!(problem.message.contains("is not for all"), "{problem:?}");
    assert!(site.host.hooks("many").is_empty());
}
