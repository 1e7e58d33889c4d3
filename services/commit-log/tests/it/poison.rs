//! What can never be recorded becomes a dead letter, and holds up nothing.

use crate::{
    listing::{commit, line, listing, sha},
    log::{Log, folder},
    site::Site,
};

#[tokio::test]
async fn a_listing_that_says_nonsense_becomes_a_dead_letter() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let mut nameless = listing("acme/web").to(&sha("a"));
    nameless.data.r#move = None;
    let mut strange = commit("a", &[]);
    strange.sha = "*.>".into();
    site.list(&nameless).await;
    site.list(&listing("acme/web").to(&sha("a")).commits([strange]))
        .await;
    site.recorded(
        &log,
        &[listing("acme/web").to(&sha("b")).commits(line(&["a", "b"]))],
    )
    .await;

    let letters = site.dead_letters().await;
    let mut reasons: Vec<_> = letters
        .iter()
        .map(|letter| letter.reason.as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["`*.>` is no object id", "it names no move"]);
    assert!(
        letters
            .iter()
            .all(|letter| letter.attempts == 1 && letter.consumer == "commit-log")
    );
    assert_eq!(
        (site.commits().await.len(), site.moves().await.len()),
        (2, 1)
    );
    log.stop().await;
}

#[tokio::test]
async fn what_is_no_listing_at_all_becomes_a_dead_letter() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let mut message = listing("acme/web").message();
    message.payload = "{".into();
    site.sync
        .publish(message, crate::site::PATIENCE)
        .await
        .unwrap();
    site.settled().await;
    assert_eq!(site.dead_letters().await.len(), 1);
    log.stop().await;
}
