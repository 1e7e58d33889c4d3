//! What became of a repository and no webhook told is found, once, and looks as if one had told it.

use sluice_events::v1::{Trust, Visibility};
use sluice_fake_hosts::{Kind, Visibility as Shown};

use crate::{
    forge::{Forge, KINDS},
    worker,
};

#[tokio::test]
async fn s26_what_no_webhook_told_is_read_by_the_id() {
    for kind in KINDS {
        let forge = Forge::with(kind).await;
        let worker = worker::asking(&forge.site).await;
        forge.asked().await;
        forge.asked_twice().await;
        assert!(
            forge.stored().await.is_empty(),
            "the first reading is a baseline"
        );

        forge.host.rename("acme/web", "acme/site");
        // Somebody takes the name that is free now.
        forge.host.repository("acme/web").create();
        let told = forge.tells(2, 2).await;
        assert_eq!(
            told,
            [
                "acme/site: renamed acme/web acme/site (recovered)",
                "acme/web: renamed acme/web acme/site (recovered)",
            ],
            "{kind:?}"
        );
        forge.host.set_visibility("acme/site", Shown::Public);
        let told = forge.tells(3, 1).await;
        assert_eq!(
            told,
            ["acme/site: visibility_changed private public (recovered)"]
        );
        forge.host.set_default_branch("acme/site", "next");
        let told = forge.tells(4, 1).await;
        assert_eq!(
            told,
            ["acme/site: default_branch_changed main next (recovered)"]
        );
        forge.host.archive("acme/site", true);
        let told = forge.tells(5, 1).await;
        assert_eq!(told, ["acme/site: archived false true (recovered)"]);
        forge.host.transfer("acme/site", "evil");
        let told = forge.tells(7, 2).await;
        assert_eq!(
            told,
            [
                "evil/site: transferred acme/site evil/site (recovered)",
                "acme/site: transferred acme/site evil/site (recovered)",
            ]
        );
        forge.asked_twice().await;
        assert_eq!(forge.stored().await.len(), 7, "each is found once");
        worker.stop().await;
    }
}

#[tokio::test]
async fn what_is_found_says_what_it_is_and_how_it_came_to_be_known() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    forge.host.transfer("acme/web", "evil");
    forge.tells(2, 2).await;
    let stored = forge.stored().await;
    let [(new, event), (old, same)] = stored.as_slice() else {
        panic!("{stored:?}");
    };
    assert_eq!(event, same);
    for header in ["ce-id", "ce-sluicefact", "ce-source", "ce-type"] {
        assert_eq!(new.header(header), old.header(header), "{header}");
    }
    let envelope = new.envelope().unwrap();
    assert_eq!(envelope.trust, Trust::Host);
    assert_eq!(
        envelope.event_type,
        "dev.sluice.git.repository.transferred.v1"
    );
    let owner = &event.changed[1];
    assert_eq!(
        (&*owner.field, owner.from.as_deref(), owner.to.as_deref()),
        ("owner", Some("acme"), Some("evil"))
    );
    let repository = event.repository.as_ref().unwrap();
    assert_eq!(
        (&*repository.host_id, &*repository.full_name),
        (&*forge.id, "evil/web")
    );
    assert_eq!(
        (&*repository.default_branch, repository.visibility()),
        ("main", Visibility::Private)
    );
    let origin = forge.site.server.origin();
    assert_eq!(repository.web_url, format!("{origin}/evil/web"));
    assert_eq!(repository.clone_url, format!("{origin}/evil/web.git"));
    worker.stop().await;
}

#[tokio::test]
async fn names_that_come_back_are_found_each_time() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    for (round, (old, new)) in [
        ("acme/web", "acme/site"),
        ("acme/site", "acme/web"),
        ("acme/web", "acme/site"),
    ]
    .into_iter()
    .enumerate()
    {
        forge.host.rename(old, new);
        let told = forge.tells(2 * round + 2, 2).await;
        assert_eq!(told[0], format!("{new}: renamed {old} {new} (recovered)"));
    }
    worker.stop().await;
}

#[tokio::test]
async fn what_webhooks_told_is_not_told_again() {
    let forge = Forge::with(Kind::GitHub).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    // Told in two steps, found in one.
    assert!(forge.renamed("acme/web", "acme/shop", Trust::Signed).await);
    assert!(forge.renamed("acme/shop", "acme/site", Trust::Signed).await);
    forge.host.rename("acme/web", "acme/site");
    forge.asked_twice().await;
    assert_eq!(forge.stored().await.len(), 4, "{:?}", forge.lines().await);
    let known = forge.known().await.unwrap().known.unwrap();
    assert_eq!(known.full_name, "acme/site");

    // What it told first is no news when a webhook tells it late.
    forge.host.rename("acme/site", "acme/web");
    forge.tells(6, 2).await;
    assert!(!forge.renamed("acme/site", "acme/web", Trust::Signed).await);
    worker.stop().await;
}

#[tokio::test]
async fn what_lies_before_what_was_told_is_told_where_it_would_have_been() {
    let forge = Forge::with(Kind::GitHub).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    assert!(forge.renamed("acme/shop", "acme/site", Trust::Signed).await);
    forge.host.rename("acme/web", "acme/site");
    let told = forge.tells(4, 2).await;
    assert_eq!(
        told,
        [
            "acme/shop: renamed acme/web acme/shop (recovered)",
            "acme/web: renamed acme/web acme/shop (recovered)",
        ]
    );
    worker.stop().await;
}

#[tokio::test]
async fn s12_a_hint_keeps_nothing_from_being_told() {
    let forge = Forge::with(Kind::GitHub).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    assert!(forge.renamed("acme/web", "acme/site", Trust::Hint).await);
    forge.host.rename("acme/web", "acme/site");
    let told = forge.tells(4, 2).await;
    assert_eq!(told[0], "acme/site: renamed acme/web acme/site (recovered)");
    worker.stop().await;
}

#[tokio::test]
async fn two_replicas_publish_each_change_once() {
    let forge = Forge::with(Kind::GitHub).await;
    let site = &forge.site;
    let workers = (worker::asking(site).await, worker::asking(site).await);
    forge.asked().await;
    for round in 1..=3 {
        forge.host.archive("acme/web", round % 2 == 1);
        forge.tells(round, 1).await;
    }
    forge.asked_twice().await;
    assert_eq!(
        forge.lines().await,
        [
            "acme/web: archived false true (recovered)",
            "acme/web: unarchived true false (recovered)",
            "acme/web: archived false true (recovered)",
        ]
    );
    workers.0.stop().await;
    workers.1.stop().await;
}

#[tokio::test]
async fn what_a_repository_was_called_before_we_asked_is_not_told() {
    let forge = Forge::undeclared(Kind::GitHub).await;
    forge.host.rename("acme/web", "acme/site");
    forge.declare("acme/web").await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    forge.asked_twice().await;
    assert!(forge.stored().await.is_empty());
    worker.stop().await;
}
