//! One event per fact, whoever tells it, how often and in which order.

use sluice_events::Timestamp;
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, NOTHING, push, registry::endpoint, tag};

use crate::{
    gateway::Gateway,
    site::{A, B, C, SECRET, Site, acme, hook, kinds},
};

/// The same webhook of a repository and of its organization.
const OTHER_SECRET: &str = "the secret of the other webhook..";

fn moved(from: &str, to: &str) -> Delivery {
    push().from(from).to_sha(to).signed_with(SECRET)
}

fn gitea(event: &'static str) -> Delivery {
    Delivery::of("gitea", event).signed_with(SECRET)
}

/// Sends them one after the other; what became of each.
async fn sent(gateway: &Gateway, endpoint: &str, deliveries: &[Delivery]) -> Vec<String> {
    let mut said = Vec::new();
    for delivery in deliveries {
        said.push(gateway.take(endpoint, delivery).await);
    }
    said
}

/// Sends them in this order to a gateway of its own and checks what is stored.
async fn check(host: &str, deliveries: &[Delivery], expected: &[&str]) {
    let site = Site::with([hook("acme", host)]).await;
    let gateway = site.gateway().await;
    let said = sent(&gateway, "acme", deliveries).await;
    assert_eq!(kinds(&site.events().await), expected, "{said:?}");
}

#[tokio::test]
async fn a_redelivery_changes_nothing() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = moved(A, B);
    assert_eq!(gateway.take("acme", &delivery).await, "stored");
    assert_eq!(gateway.take("acme", &delivery).await, "duplicate");
    let again = gateway.post("acme", &delivery).await;
    let event = &site.events().await[0];
    // The repeat that the host marks as one has the same id.
    assert!(
        again.body.contains(event.header("ce-id").unwrap()),
        "{again:?}"
    );
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test]
async fn two_webhooks_tell_of_one_event() {
    let organization = endpoint("organization", "github").for_owner("acme");
    let organization = organization.accepting("hmac", SecretKind::Hmac, OTHER_SECRET);
    let site = Site::with([acme().for_repository("acme/web"), organization]).await;
    let gateway = site.gateway().await;
    let told = moved(A, B);
    assert_eq!(gateway.take("acme", &told).await, "stored");
    let told = told.anew().signed_with(OTHER_SECRET);
    assert_eq!(gateway.take("organization", &told).await, "duplicate");
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test]
async fn two_replicas_tell_of_one_event() {
    let site = Site::with([acme()]).await;
    let (one, other) = tokio::join!(site.gateway(), site.gateway());
    for turn in 0..20 {
        let branch = format!("topic-{turn}");
        let (told, again) = (moved(A, B).branch(&branch), moved(A, B).branch(&branch));
        tokio::join!(one.take("acme", &told), other.take("acme", &again));
    }
    assert_eq!(site.events().await.len(), 20);
}

#[tokio::test]
async fn gitea_creates_beside_pushes_in_either_order() {
    let created = gitea("create").to_sha(A);
    let pushed = gitea("push").from(NOTHING).to_sha(A);
    check(
        "gitea-com",
        &[created.clone(), pushed.clone()],
        &["branch.created"],
    )
    .await;
    check("gitea-com", &[pushed, created], &["branch.created"]).await;
}

#[tokio::test]
async fn gitea_deletes_a_tag_in_two_deliveries_in_either_order() {
    let deleted = gitea("delete")
        .named("v1")
        .edited(|body| body["ref_type"] = "tag".into());
    let pushed = gitea("tag").named("v1").from(A).to_sha(NOTHING);
    check(
        "gitea-com",
        &[deleted.clone(), pushed.clone()],
        &["tag.deleted"],
    )
    .await;
    check("gitea-com", &[pushed, deleted], &["tag.deleted"]).await;
}

#[tokio::test]
async fn a_tag_that_moves_away_and_back_has_moved_twice() {
    let at = |from, to| tag().named("v1").from(from).to_sha(to).signed_with(SECRET);
    let deliveries = [at(NOTHING, A), at(A, B), at(B, A), at(A, B)];
    let expected = ["tag.created", "tag.updated", "tag.updated", "tag.updated"];
    check("github", &deliveries, &expected).await;
}

#[tokio::test]
async fn gitea_tells_of_a_moved_tag_as_created_and_it_counts_each_time() {
    let mut deliveries = Vec::new();
    for sha in [A, B, A] {
        let of_tag = |body: &mut serde_json::Value| body["ref_type"] = "tag".into();
        deliveries.push(gitea("tag").named("v1").from(NOTHING).to_sha(sha));
        deliveries.push(gitea("create").named("v1").to_sha(sha).edited(of_tag));
    }
    check("gitea-com", &deliveries, &["tag.created"; 3]).await;
}

#[tokio::test]
async fn what_is_past_is_not_told_anew() {
    // S17
    let first = moved(A, B);
    let deliveries = [first.clone(), moved(B, C), first.anew()];
    check("github", &deliveries, &["branch.updated"; 2]).await;
}

#[tokio::test]
async fn a_move_that_comes_late_makes_no_other_come_true_again() {
    let later = moved(B, C);
    let deliveries = [later.clone(), moved(A, B), later.anew()];
    check("github", &deliveries, &["branch.updated"; 2]).await;
}

#[tokio::test]
async fn a_webhook_that_lags_behind_tells_nothing_new() {
    // Nor does who captured a delivery, S17.
    let moves = [(A, B), (B, A), (A, B), (B, A), (A, B)];
    let start = Timestamp::now().seconds;
    let told = (start..).zip(moves);
    let told = told.map(|(at, (from, to))| moved(from, to).at(Timestamp::from_seconds(at)));
    let told: Vec<_> = told.collect();
    let lagging: Vec<_> = told.iter().map(Delivery::anew).collect();
    check("github", &[told, lagging].concat(), &["branch.updated"; 5]).await;
}

#[tokio::test]
async fn a_way_around_within_a_second_is_told_whole() {
    let now = Timestamp::now();
    let round = [(A, B), (B, C), (C, A), (A, B), (B, C), (C, A)];
    let deliveries = round.map(|(from, to)| moved(from, to).at(now));
    check("github", &deliveries, &["branch.updated"; 6]).await;
}

#[tokio::test]
async fn a_move_that_comes_true_again_is_told_again() {
    let deliveries = [moved(A, B), moved(B, A), moved(A, B), moved(B, A)];
    check("github", &deliveries, &["branch.updated"; 4]).await;
}

#[tokio::test]
async fn moves_back_and_forth_by_two_webhooks_at_two_replicas_are_three() {
    let other_hook = endpoint("other", "github").accepting("hmac", SecretKind::Hmac, OTHER_SECRET);
    let site = Site::with([acme(), other_hook]).await;
    let (one, other) = tokio::join!(site.gateway(), site.gateway());
    let mut sent = Vec::new();
    for (from, to) in [(A, B), (B, A), (A, B)] {
        let told = moved(from, to);
        let again = told.anew().signed_with(OTHER_SECRET);
        let said = tokio::join!(one.take("acme", &told), other.take("other", &again));
        assert!(said.0 != said.1, "one stored, one duplicate: {said:?}");
        sent.extend([("acme", told), ("other", again)]);
    }
    assert_eq!(site.events().await.len(), 3);
    site.lines(6).await;
    for (endpoint, delivery) in &sent {
        assert_eq!(other.take(endpoint, delivery).await, "duplicate");
        assert_eq!(one.take(endpoint, delivery).await, "duplicate");
    }
    assert_eq!(site.events().await.len(), 3);
}

#[tokio::test]
async fn a_branch_made_and_deleted_twice_is_four_events() {
    let github = || {
        [
            moved(NOTHING, A).branch("topic"),
            moved(A, NOTHING).branch("topic"),
        ]
    };
    let twice = [github(), github()].concat();
    let expected = [
        "branch.created",
        "branch.deleted",
        "branch.created",
        "branch.deleted",
    ];
    check("github", &twice, &expected).await;

    // Gitea: two deliveries for the creation, one without object for the deletion.
    let gitea = || {
        [
            gitea("create").named("topic").to_sha(A),
            gitea("push").named("topic").from(NOTHING).to_sha(A),
            gitea("delete").named("topic"),
        ]
    };
    let twice = [gitea(), gitea()].concat();
    check("gitea-com", &twice, &expected).await;
}

#[tokio::test]
async fn what_happens_to_a_change_is_told_once() {
    let opened = Delivery::of("github", "pull_request").signed_with(SECRET);
    let merged = Delivery::of("github", "pull_request_merged").signed_with(SECRET);
    let deliveries = [
        opened.clone(),
        opened.anew(),
        merged.clone(),
        merged.anew(),
        opened.anew(),
    ];
    check("github", &deliveries, &["change.opened", "change.merged"]).await;
}

#[tokio::test]
async fn the_same_refs_of_other_repositories_are_other_events() {
    let deliveries = [
        moved(A, B),
        moved(A, B).to("acme/api"),
        moved(A, B).branch("next"),
    ];
    check("github", &deliveries, &["branch.updated"; 3]).await;
}
