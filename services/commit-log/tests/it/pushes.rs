//! Who pushed: what sync knows, else what a webhook tells that was just behind.

use std::time::Duration;

use sluice_bus::Outgoing;
use sluice_events::{
    Address, Envelope, Fact, MessageId, Subject, Timestamp, ref_qualifiers, to_json,
    v1::{Actor, Provenance, Push, RefEvent, RefKind, Trust},
};
use sluice_test_support::eventually;

use crate::{
    listing::{Listing, line, listing, push, sha},
    log::{Log, folder, limits},
    site::{PATIENCE, Site},
};

/// The gateway tells that somebody pushed to a branch.
async fn told(site: &Site, branch: &str, after: &str) {
    let name = format!("refs/heads/{branch}");
    let subject = Subject::new(
        "git",
        Address::of("default", "github", "acme/web"),
        "branch",
        "updated",
    );
    let subject = subject.qualified(ref_qualifiers(RefKind::Branch, &name, "main"));
    let event = RefEvent {
        r#ref: name,
        after: Some(sha(after)),
        actor: Some(Actor {
            login: "octocat".into(),
            ..Default::default()
        }),
        provenance: Some(Provenance {
            received_at: Some(Timestamp::now()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let envelope = Envelope {
        id: format!("event of {branch}"),
        source: "https://github.example/acme/web".into(),
        event_type: subject.event_type(),
        subject: String::new(),
        time: Timestamp::now(),
        project: "default".into(),
        fact: Some(Fact::of_statement("github", "push", after.as_bytes())),
        trust: Trust::Hint,
        delivery: String::new(),
        operation: String::new(),
    };
    let id = MessageId::of(&[branch.as_bytes(), after.as_bytes()]);
    let message = Outgoing::event(&subject, &envelope, id, to_json(&event).unwrap());
    site.nats
        .bus("gateway")
        .await
        .publish(message, PATIENCE)
        .await
        .unwrap();
}

fn unknown() -> Listing {
    let listing = listing("acme/web")
        .generation(2)
        .from(&sha("a"))
        .to(&sha("c"));
    listing.commits(line(&["b", "c"]))
}

/// What is recorded as the push of each commit and of the move.
async fn pushes(site: &Site) -> Vec<Option<Push>> {
    let commits = site.commits().await.into_iter().map(|record| record.push);
    let moves = site
        .moves()
        .await
        .into_iter()
        .map(|moved| moved.r#move.unwrap().push);
    commits.chain(moves).collect()
}

#[tokio::test]
async fn a_webhook_just_behind_is_waited_for() {
    let (site, folder) = (Site::start().await, folder());
    let limits = sluice_commit_log::Limits {
        push_grace: Duration::from_secs(600),
        ..limits()
    };
    let log = Log::limited(&site, folder.path(), limits).await;
    let mut listed = unknown();
    listed.data.commits[0].push = Some(push("its own"));
    site.list(&listed).await;
    // Other events of the repository are not it.
    told(&site, "side", "c").await;
    told(&site, "main", "b").await;
    eventually("it is tried again", || async {
        site.has_retried().await.then_some(())
    })
    .await;
    assert!(site.commits().await.is_empty());

    told(&site, "main", "c").await;
    site.settled().await;
    let pushes = pushes(&site).await;
    assert_eq!(pushes.len(), 3);
    let ids: Vec<_> = pushes
        .iter()
        .flatten()
        .map(|push| push.event_id.as_str())
        .collect();
    assert_eq!(ids, ["its own", "event of main", "event of main"]);
    let learnt = pushes[2].as_ref().unwrap();
    assert_eq!(learnt.actor.as_ref().unwrap().login, "octocat");
    assert_eq!(learnt.trust(), Trust::Hint);
    log.stop().await;
}

#[tokio::test]
async fn when_the_grace_is_over_it_is_recorded_without_one() {
    let (site, folder) = (Site::start().await, folder());
    let limits = sluice_commit_log::Limits {
        push_grace: Duration::from_secs(1),
        ..limits()
    };
    let log = Log::limited(&site, folder.path(), limits).await;
    site.list(&unknown()).await;
    site.settled().await;
    assert_eq!(pushes(&site).await, [None, None, None]);
    assert!(site.has_retried().await);
    log.stop().await;
}

#[tokio::test]
async fn an_old_listing_takes_what_is_there_and_waits_for_nothing() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    site.list(&unknown().found_ago(Duration::from_secs(30)))
        .await;
    site.settled().await;
    assert_eq!(pushes(&site).await, [None, None, None]);
    assert!(!site.has_retried().await);

    told(&site, "side", "c").await;
    let side = unknown()
        .found_ago(Duration::from_secs(30))
        .branch("side")
        .commits([]);
    site.list(&side).await;
    site.settled().await;
    assert!(pushes(&site).await[3].is_some());
    log.stop().await;
}

#[tokio::test]
async fn the_first_listing_waits_for_nobody() {
    let (site, folder) = (Site::start().await, folder());
    let limits = sluice_commit_log::Limits {
        push_grace: Duration::from_secs(600),
        ..limits()
    };
    let log = Log::limited(&site, folder.path(), limits).await;
    site.list(&unknown().generation(1)).await;
    site.settled().await;
    assert_eq!(pushes(&site).await.len(), 3);
    log.stop().await;
}
