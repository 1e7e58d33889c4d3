//! What becomes of repositories: told once, and a new name under both names.

use serde_json::Value;
use sluice_events::v1::{DeliveryOutcome, RepositoryEvent};
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, push, registry::endpoint};

use crate::site::{A, B, SECRET, Site, acme, hook, kinds, read};

const OTHER_SECRET: &str = "the secret of the other webhook..";

fn became(what: &'static str) -> Delivery {
    Delivery::of("github", what).signed_with(SECRET)
}

/// The same repository whatever it is called: `acme/<new>`, which was `acme/<old>`.
fn renamed(new: &str, edit: fn(&mut Value)) -> Delivery {
    let delivery = became("repository_renamed").to(&format!("acme/{new}"));
    delivery
        .edited(|body| body["repository"]["id"] = 42.into())
        .edited(edit)
}

fn from_a(body: &mut Value) {
    body["changes"]["repository"]["name"]["from"] = "a".into();
}

fn from_b(body: &mut Value) {
    body["changes"]["repository"]["name"]["from"] = "b".into();
}

fn from_c(body: &mut Value) {
    body["changes"]["repository"]["name"]["from"] = "c".into();
}

/// Under which repository each stands, in their order.
async fn places(site: &Site) -> Vec<String> {
    let events = site.events().await;
    let place = events
        .iter()
        .map(|event| event.subject.split('.').nth(6).unwrap().to_owned());
    place.collect()
}

/// Sends them in this order to a gateway of its own and gives what is stored.
async fn stored(deliveries: &[Delivery]) -> (Site, Vec<String>) {
    let other = endpoint("other", "github").accepting("hmac", SecretKind::Hmac, OTHER_SECRET);
    let site = Site::with([acme(), other]).await;
    let gateway = site.gateway().await;
    let mut said = Vec::new();
    for delivery in deliveries {
        said.push(gateway.take("acme", delivery).await);
        let again = delivery.anew().signed_with(OTHER_SECRET);
        said.push(gateway.take("other", &again).await);
    }
    (site, said)
}

#[tokio::test]
async fn a_new_name_is_told_under_both_names_as_one_event() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let told = became("repository_renamed");
    let answer = gateway.post("acme", &told).await;
    let events = site.events().await;
    let subjects: Vec<_> = events.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "sluice.v1.git.default.github.acme.web.repository.renamed",
            "sluice.v1.git.default.github.acme.old.repository.renamed",
        ]
    );
    assert_eq!(events[0].payload, events[1].payload);
    for header in ["ce-id", "ce-source", "ce-sluicefact", "ce-type"] {
        assert_eq!(events[0].header(header), events[1].header(header));
    }
    let id = events[0].header("ce-id").unwrap();
    assert_eq!(answer.body.matches(id).count(), 1, "{answer:?}");
    let line = site.lines(1).await.remove(0);
    let places: Vec<_> = line.events.iter().map(|event| event.sequence).collect();
    assert_eq!(places, [1, 2]);

    assert_eq!(gateway.take("acme", &told).await, "duplicate");
    assert_eq!(gateway.take("acme", &told.anew()).await, "duplicate");
    assert_eq!(site.events().await.len(), 2);
}

#[tokio::test]
async fn names_that_come_back_are_told_each_time_and_by_two_webhooks_once() {
    let there_and_back = [
        renamed("b", from_a),
        renamed("a", from_b),
        renamed("b", from_a),
    ];
    let (site, said) = stored(&there_and_back).await;
    assert_eq!(
        places(&site).await,
        ["b", "a", "a", "b", "b", "a"],
        "{said:?}"
    );
    assert_eq!(said, ["stored", "duplicate"].repeat(3));

    let around = [
        renamed("b", from_a),
        renamed("c", from_b),
        renamed("a", from_c),
        renamed("b", from_a),
    ];
    let (site, said) = stored(&around).await;
    let expected = ["b", "a", "c", "b", "a", "c", "b", "a"];
    assert_eq!(places(&site).await, expected, "{said:?}");
}

#[tokio::test]
async fn an_old_rename_sent_again_tells_nothing_new() {
    // S17
    let first = renamed("b", from_a);
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    for delivery in [&first, &renamed("c", from_b), &first.anew()] {
        gateway.take("acme", delivery).await;
    }
    assert_eq!(site.events().await.len(), 4);
}

#[tokio::test]
async fn what_else_becomes_of_a_repository_is_told_each_time_and_by_two_webhooks_once() {
    for (there, back, expected) in [
        (
            "repository_archived",
            "repository_unarchived",
            ["archived", "unarchived", "archived"],
        ),
        (
            "repository_privatized",
            "repository_publicized",
            ["visibility_changed"; 3],
        ),
    ] {
        let (site, said) = stored(&[became(there), became(back), became(there)]).await;
        let told = kinds(&site.events().await);
        assert_eq!(
            told,
            expected.map(|action| format!("repository.{action}")),
            "{said:?}"
        );
    }
    let (site, _) = stored(&[became("repository_created"), became("repository_deleted")]).await;
    assert_eq!(
        kinds(&site.events().await),
        ["repository.created", "repository.deleted"]
    );
}

#[tokio::test]
async fn what_else_becomes_of_it_meanwhile_is_another_thing() {
    let deliveries = [
        became("repository_archived"),
        became("repository_default_branch"),
    ];
    let late = became("repository_archived").anew();
    let (site, _) = stored(&[deliveries.as_slice(), &[late]].concat()).await;
    let told = kinds(&site.events().await);
    assert_eq!(
        told,
        ["repository.archived", "repository.default_branch_changed"]
    );
}

#[tokio::test]
async fn s26_a_webhook_that_knows_the_id_tells_of_the_new_name_and_of_what_is_pushed_there() {
    let of_id = hook("acme", "github").for_repository_with_id("acme/old", "42");
    let site = Site::with([of_id]).await;
    let gateway = site.gateway().await;
    assert_eq!(
        gateway.take("acme", &became("repository_renamed")).await,
        "stored"
    );
    assert_eq!(places(&site).await, ["web", "old"]);
    let pushed = push().from(A).to_sha(B).signed_with(SECRET);
    assert_eq!(gateway.take("acme", &pushed).await, "stored");
    let event: RepositoryEvent = read(&site.events().await[1]);
    let repository = event.repository.unwrap();
    assert_eq!(
        (&*repository.host_id, &*repository.full_name),
        ("42", "acme/web")
    );
    assert_eq!(repository.web_url, "https://github.com/acme/web");

    let another = became("repository_renamed").edited(|body| body["repository"]["id"] = 43.into());
    assert_eq!(gateway.post("acme", &another).await.status, 403);
}

#[tokio::test]
async fn s16_a_webhook_of_one_owner_tells_nothing_under_another() {
    let of_owner = || hook("acme", "github").for_owner("acme");
    let other = endpoint("other", "github").for_owner("acme");
    let other = other.accepting("hmac", SecretKind::Hmac, OTHER_SECRET);
    let site = Site::with([of_owner(), other]).await;
    let gateway = site.gateway().await;
    // It came from `old`, or somebody says so who may sign.
    let told = became("repository_transferred");
    assert_eq!(gateway.take("acme", &told).await, "stored");
    let again = told.anew().signed_with(OTHER_SECRET);
    assert_eq!(gateway.take("other", &again).await, "duplicate");
    let events = site.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].subject,
        "sluice.v1.git.default.github.acme.web.repository.transferred"
    );
    let event: RepositoryEvent = read(&events[0]);
    assert_eq!(event.old_name(), Some("old/web"));
    let lines = site.lines(2).await;
    assert!(
        lines
            .iter()
            .any(|line| line.outcome() == DeliveryOutcome::Stored)
    );
}

#[tokio::test]
async fn s12_a_hint_of_a_new_name_keeps_no_proof_away() {
    let weak =
        endpoint("weak", "github").accepting("basic", SecretKind::Basic, "me:0123456789abcdef0123");
    let site = Site::with([acme(), weak]).await;
    let gateway = site.gateway().await;
    let hint = Delivery::of("github", "repository_renamed")
        .with_secret(SecretKind::Basic, "me:0123456789abcdef0123");
    assert_eq!(gateway.take("weak", &hint).await, "stored");
    assert_eq!(
        gateway.take("acme", &became("repository_renamed")).await,
        "stored"
    );
    let events = site.events().await;
    let trusts: Vec<_> = events
        .iter()
        .map(|event| event.header("ce-sluicetrust").unwrap())
        .collect();
    assert_eq!(trusts, ["hint", "hint", "signed", "signed"]);
}
