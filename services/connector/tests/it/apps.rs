//! Credentials that are Apps of GitHub: the tokens that they make, for us and for those who fetch.

mod quiet;

use std::time::Duration;

use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{
        self, ConnectionClaim, ConnectionProblemKind, ConnectionStatus, Installation, SealedValue,
        WebhookKind,
    },
};
use sluice_fake_hosts::{AppKeys, Kind, Limits, SeenInstallationToken};
use sluice_registry::{KeyClass, OpeningKeys, Plaintext, keys, open_credential};
use sluice_test_support::{
    eventually,
    registry::{Repository, credential, repository},
};

use crate::site::{A, Site};

/// What an installation is given so that everything works.
const GRANTED: &[&str] = &["contents:write", "metadata:read", "repository_hooks:write"];

/// What those who fetch need.
const READ: [&str; 2] = ["contents:read", "metadata:read"];

/// A site with the repositories `acme/web` and `acme/api`, and an App for both; the installation's id.
async fn site(granted: &[&str]) -> (Site, u64) {
    let site = Site::with(Kind::GitHub).await;
    let api = site.host.repository("acme/api").branch("main", A);
    api.private().create();
    let keys = AppKeys::of_test(0);
    let app = site.host.app("sluice", &keys.public_key);
    let installation = app.install("acme", granted, &[]);
    let bot = credential("app", "forge").app(&app.id().to_string(), &keys.private_key);
    site.registry.declare(&[bot.manifest()]).await;
    (site, installation)
}

/// The repository of that name, opened by the App.
fn of_app(name: &str) -> Repository {
    repository(name, "forge", &format!("acme/{name}")).opened_by("app")
}

async fn add(site: &Site, name: &str, webhook: WebhookKind) {
    site.registry
        .declare(&[of_app(name).webhook(webhook).manifest()])
        .await;
}

async fn record(site: &Site) -> v1::Credential {
    let records = site.registry.snapshot().await;
    records.credential("default", "app").unwrap().clone()
}

/// The value that the record names, as sync opens it.
async fn opened(site: &Site) -> Option<(v1::Credential, Plaintext)> {
    let record = record(site).await;
    let values = Records::<SealedValue>::new(&site.operator, keys::CREDENTIAL_VALUES);
    let key = keys::credential_value("default", "app", record.version);
    let sealed = values.get(&key).await.unwrap().map(|found| found.record);
    let opening = OpeningKeys::load(KeyClass::Credentials, &[site.registry.credentials_key()]);
    let value = open_credential(&record, sealed, &opening.unwrap()).ok()?;
    Some((record, value))
}

/// The token that the record names, as the host knows it.
async fn written(site: &Site) -> Option<(v1::Credential, SeenInstallationToken)> {
    let (record, value) = opened(site).await?;
    let tokens = site.host.installation_tokens();
    let found = tokens
        .into_iter()
        .find(|token| token.value.as_bytes() == value.expose());
    Some((record, found.expect("the host has made it")))
}

/// Waits for a token that opens these repositories.
async fn opens(site: &Site, names: &[&str]) -> (v1::Credential, SeenInstallationToken) {
    eventually("a token opens just these", || async {
        let (record, token) = written(site).await?;
        let mut known = token.repositories.clone()?;
        known.sort();
        (known == names).then_some((record, token))
    })
    .await
}

/// The keys of all values of the App's that are there.
async fn values(site: &Site) -> Vec<String> {
    let values = Records::<SealedValue>::new(&site.operator, keys::CREDENTIAL_VALUES);
    let all = values
        .all()
        .await
        .unwrap()
        .into_iter()
        .map(|found| found.key);
    all.filter(|key| key.starts_with("default.app.")).collect()
}

#[tokio::test]
async fn k1_s4_a_token_is_made_for_the_repositories_that_use_the_app_and_for_reading_alone() {
    let (site, _) = site(GRANTED).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    site.stands(ConnectionStatus::Active).await;
    let (record, token) = opens(&site, &["acme/web"]).await;
    assert_eq!(token.permissions, READ);
    let ends = record.expires_at.unwrap();
    assert!(ends > Timestamp::now() && record.app.unwrap().key_version > 0);
    let connection = site.connection().await.unwrap().repository.unwrap();
    assert_eq!(
        (connection.login.as_str(), connection.credential_expires_at),
        ("sluice[bot]", None)
    );
    // Nothing that was made for us may do more than read, either.
    let all = site.host.installation_tokens();
    assert!(all.iter().all(|token| token.permissions == READ), "{all:?}");
    assert_eq!(values(&site).await.len(), 1);
}

#[tokio::test]
async fn k1_another_repository_is_in_the_next_token_at_once() {
    let (site, _) = site(GRANTED).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    let (first, _) = opens(&site, &["acme/web"]).await;
    add(&site, "api", WebhookKind::None).await;
    let (second, _) = opens(&site, &["acme/api", "acme/web"]).await;
    assert!(second.version > first.version);
    eventually("the old value is gone", || async {
        let expected = keys::credential_value("default", "app", second.version);
        (values(&site).await == [expected]).then_some(())
    })
    .await;
    // That a token came and another one came says nothing about the repositories.
    let looked_at = site.stands(ConnectionStatus::Active).await.checked_at;
    site.stands_as("api", ConnectionStatus::Active).await;
    assert_eq!(
        site.stands(ConnectionStatus::Active).await.checked_at,
        looked_at
    );
}

#[tokio::test]
async fn k1_a_webhook_is_taken_care_of_by_a_token_for_that_repository_alone() {
    let (site, _) = site(GRANTED).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::Managed).await;
    site.stands(ConnectionStatus::Active).await;
    assert_eq!(site.host.hooks("acme/web").len(), 1);
    let tokens = site.host.installation_tokens().into_iter();
    let strong: Vec<_> = tokens.filter(|token| token.permissions != READ).collect();
    assert!(!strong.is_empty());
    for token in strong {
        assert_eq!(
            token.permissions,
            ["metadata:read", "repository_hooks:write"]
        );
        assert_eq!(token.repositories.unwrap(), ["acme/web"]);
    }
}

#[tokio::test]
async fn k1_a_token_is_made_anew_before_its_hour_is_over() {
    let (site, _) = site(GRANTED).await;
    const FASTER: u32 = 900;
    site.host.limits(Limits::documented().faster(FASTER));
    let _connector = site.with_clock(&site.base(), FASTER).await;
    add(&site, "web", WebhookKind::None).await;
    let (first, token) = opens(&site, &["acme/web"]).await;
    for _ in 0..2 {
        let before = record(&site).await.version;
        eventually("there is another one", || async {
            let (record, token) = written(&site).await?;
            assert!(token.alive || record.version == before, "it is new");
            (record.version > before).then_some(())
        })
        .await;
    }
    eventually("the first one is over", || async {
        let tokens = site.host.installation_tokens();
        let first = tokens.iter().find(|known| known.value == token.value);
        (!first.unwrap().alive).then_some(())
    })
    .await;
    let (now, _) = opened(&site).await.unwrap();
    assert!(now.version > first.version && now.expires_at > first.expires_at);
}

#[tokio::test]
async fn a_suspended_installation_is_told_of_in_the_hosts_words_and_goes_on_by_itself() {
    let (site, installation) = site(GRANTED).await;
    site.host.suspend_installation(installation, true);
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    let connection = site.stands(ConnectionStatus::Inactive).await;
    let problem = connection.problem.unwrap();
    assert_eq!(problem.kind(), ConnectionProblemKind::Rights);
    assert!(
        problem
            .message
            .contains("This installation has been suspended"),
        "{problem:?}"
    );
    assert!(problem.remedy.contains("not suspended"), "{problem:?}");
    assert!(connection.due_at.is_some(), "it is tried again");
    assert_eq!(record(&site).await.version, 0);
    site.host.suspend_installation(installation, false);
    site.stands(ConnectionStatus::Active).await;
    opens(&site, &["acme/web"]).await;
}

#[tokio::test]
async fn a_repository_that_the_app_is_not_installed_for_keeps_no_other_from_being_fetched() {
    let (site, installation) = site(GRANTED).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    add(&site, "api", WebhookKind::None).await;
    opens(&site, &["acme/api", "acme/web"]).await;
    site.host.select_repositories(installation, &["acme/web"]);
    site.host.repository("acme/more").private().create();
    // What is wanted changes, so that a new token is made.
    let more = repository("more", "forge", "acme/more").opened_by("app");
    let id = site.host.repository_id("acme/more").to_string();
    site.registry.declare(&[more.host_id(&id).manifest()]).await;
    let (_, token) = opens(&site, &["acme/web"]).await;
    assert_eq!(token.permissions, READ);
    let connection = site.stands_as("more", ConnectionStatus::Inactive).await;
    let remedy = connection.problem.unwrap().remedy;
    assert!(
        remedy.contains("installed for the repository's owner"),
        "{remedy}"
    );
}

#[tokio::test]
async fn an_app_that_was_not_given_enough_says_so_in_the_hosts_words() {
    let (site, _) = site(&["metadata:read"]).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    let problem = site
        .stands(ConnectionStatus::Inactive)
        .await
        .problem
        .unwrap();
    assert!(
        problem.message.contains("not granted to this installation"),
        "{problem:?}"
    );
    assert!(
        problem.remedy.contains("agreed to the permissions"),
        "{problem:?}"
    );
}

#[tokio::test]
async fn two_replicas_make_one_token() {
    let (site, _) = site(GRANTED).await;
    let _connectors = (site.connector().await, site.connector().await);
    add(&site, "web", WebhookKind::None).await;
    opens(&site, &["acme/web"]).await;
    site.stands(ConnectionStatus::Active).await;
    let installations =
        Records::<Installation>::new(&site.nats.bus("connector").await, keys::INSTALLATIONS);
    eventually("nobody has it in hand", || async {
        let kept = installations.get("default.app").await.unwrap()?.record;
        (kept.claim.is_none() && kept.opened == 1).then_some(())
    })
    .await;
    let tokens = site.host.installation_tokens();
    let narrowed = tokens.iter().filter(|token| token.repositories.is_some());
    assert_eq!(narrowed.count(), 1, "{tokens:?}");
    assert_eq!(values(&site).await.len(), 1);
}

#[tokio::test]
async fn what_one_left_that_died_on_the_way_is_cleared_away() {
    let (site, _) = site(GRANTED).await;
    let bus = site.nats.bus("connector").await;
    let dead = Installation {
        claim: Some(ConnectionClaim {
            by: "dead".into(),
            until: Some(Timestamp::now().plus(Duration::from_secs(1))),
        }),
        ..Installation::default()
    };
    let installations = Records::<Installation>::new(&bus, keys::INSTALLATIONS);
    installations.put("default.app", &dead, None).await.unwrap();
    let left = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
    left.put("default.app.5", &SealedValue::default(), None)
        .await
        .unwrap();
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    let (record, _) = opens(&site, &["acme/web"]).await;
    let expected = keys::credential_value("default", "app", record.version);
    eventually("nothing else is there", || async {
        (values(&site).await == [expected.as_str()]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn s4_a_value_that_is_gone_is_made_anew() {
    let (site, _) = site(GRANTED).await;
    let _connector = site.connector().await;
    add(&site, "web", WebhookKind::None).await;
    let (first, _) = opens(&site, &["acme/web"]).await;
    let bus = site.nats.bus("connector").await;
    let stored = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
    stored.remove(&values(&site).await[0]).await.unwrap();
    eventually("there is another one", || async {
        let (record, _) = opened(&site).await?;
        (record.version > first.version).then_some(())
    })
    .await;
}
