//! Where commits are recorded: under the names that their repository had first, for ever.

use crate::{
    listing::{Listing, line, listing, sha},
    log::{Log, folder},
    site::Site,
};

const WORDS: [&str; 3] = ["a", "b", "c"];

fn commits(listing: Listing) -> Listing {
    listing.to(&sha("c")).commits(line(&WORDS))
}

/// Under which owner and name commits are recorded, each once.
async fn recorded_under(site: &Site) -> Vec<String> {
    let said = site.said().await;
    let mut places: Vec<_> = said
        .keys()
        .filter(|subject| subject.contains(".recorded."))
        .map(|subject| {
            subject
                .split('.')
                .skip(5)
                .take(2)
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    places.dedup();
    places
}

#[tokio::test]
async fn a_rename_at_the_host_records_nothing_again() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    site.recorded(&log, &[commits(listing("acme/web").id("42"))])
        .await;
    let renamed = || {
        listing("umbrella/site")
            .called("web")
            .id("42")
            .generation(2)
            .pushed_by("e")
    };
    site.recorded(&log, &[commits(renamed())]).await;
    assert_eq!(recorded_under(&site).await, ["acme/web"]);
    assert_eq!(site.commits().await.len(), 3);

    // It is shown as it is called now, and found by both names.
    for name in ["acme/web", "umbrella/site", "web"] {
        let page = site
            .ask("default")
            .list(|asked| asked.repository = name.into())
            .await
            .unwrap();
        assert_eq!(page.commits.len(), 3, "{name}");
        let record = page.commits[0].record.as_ref().unwrap();
        assert_eq!(
            record.repository.as_ref().unwrap().full_name,
            "umbrella/site"
        );
    }
    log.stop().await;
}

#[tokio::test]
async fn an_id_that_is_learnt_later_takes_over_what_stands_under_the_name() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    site.recorded(&log, &[commits(listing("acme/web"))]).await;
    site.recorded(
        &log,
        &[commits(
            listing("acme/web").id("42").generation(2).pushed_by("e"),
        )],
    )
    .await;
    // Renamed at the host and in the registry: only the id still tells.
    let renamed = listing("umbrella/site")
        .called("site")
        .id("42")
        .generation(3)
        .pushed_by("e");
    site.recorded(&log, &[commits(renamed)]).await;
    assert_eq!(recorded_under(&site).await, ["acme/web"]);
    assert_eq!(
        (site.commits().await.len(), site.moves().await.len()),
        (3, 3)
    );
    log.stop().await;
}

#[tokio::test]
async fn a_repository_renamed_before_its_id_is_learnt_stays_in_its_place() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    site.recorded(&log, &[commits(listing("acme/web"))]).await;
    let renamed = listing("acme/site")
        .called("web")
        .id("42")
        .generation(2)
        .pushed_by("e");
    site.recorded(&log, &[commits(renamed)]).await;
    assert_eq!(recorded_under(&site).await, ["acme/web"]);
    log.stop().await;
}

#[tokio::test]
async fn a_new_repository_with_the_name_of_a_renamed_one_is_recorded_beside_it() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    site.recorded(&log, &[commits(listing("acme/web").id("42"))])
        .await;
    let renamed = listing("acme/old")
        .called("old")
        .id("42")
        .generation(2)
        .pushed_by("e");
    site.recorded(&log, &[commits(renamed)]).await;
    // A fork of it: the same commits.
    site.recorded(&log, &[commits(listing("acme/web").id("77"))])
        .await;
    assert_eq!(recorded_under(&site).await, ["acme/web", "acme/web=2377"]);
    for (name, full_name) in [
        ("web", "acme/web"),
        ("acme/web", "acme/web"),
        ("old", "acme/old"),
    ] {
        let page = site
            .ask("default")
            .list(|asked| asked.repository = name.into())
            .await
            .unwrap();
        let record = page.commits[0].record.clone().unwrap();
        assert_eq!(record.repository.unwrap().full_name, full_name, "{name}");
    }
    log.stop().await;
}

#[tokio::test]
async fn two_replicas_agree_on_the_place() {
    let (site, first, second) = (Site::start().await, folder(), folder());
    let logs = (
        Log::start(&site, first.path()).await,
        Log::start(&site, second.path()).await,
    );
    // Both see it first, each perhaps under another name.
    for at in 0..20 {
        let name = if at % 2 == 0 { "acme/web" } else { "acme/site" };
        site.list(&commits(listing(name).called("web").id("42").part(1)))
            .await;
    }
    site.settled().await;
    assert_eq!(recorded_under(&site).await.len(), 1);
    assert_eq!(site.commits().await.len(), 3);
    logs.0.stop().await;
    logs.1.stop().await;
}

#[tokio::test]
async fn projects_and_hosts_have_places_of_their_own() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let listings = [
        listing("acme/web").id("42"),
        listing("acme/web").id("42").project("payments"),
        listing("acme/web").id("42").host("gitlab"),
    ];
    site.recorded(&log, &listings.map(commits)).await;
    assert_eq!(site.commits().await.len(), 9);
    log.stop().await;
}
