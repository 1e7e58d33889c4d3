//! Moves are kept for ever, too: each once, and those that contradict each other side by side.

use crate::{
    listing::{Listing, line, listing, sha},
    log::{Log, folder},
    site::Site,
};

fn moved(generation: u64, from: &str, to: &str) -> Listing {
    let listing = listing("acme/web").generation(generation).pushed_by("e");
    listing.from(&sha(from)).to(&sha(to))
}

#[tokio::test]
async fn a_ref_that_brought_no_commit_is_kept_as_well() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let gone = listing("acme/web")
        .generation(2)
        .pushed_by("e")
        .branch("old")
        .from(&sha("a"));
    let tagged = listing("acme/web").tag("v1.0").to(&sha("a"));
    site.recorded(&log, &[gone, tagged]).await;
    let said: Vec<_> = site.said().await.into_keys().collect();
    assert_eq!(
        said,
        [
            "sluice.v1.commit.default.github.acme.web.moved.1.tag.v1=2E0",
            "sluice.v1.commit.default.github.acme.web.moved.2.branch.old",
        ]
    );
    assert!(site.commits().await.is_empty());
    log.stop().await;
}

#[tokio::test]
async fn only_the_first_part_of_a_listing_says_the_move() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let second = moved(2, "a", "c").part(1).commits(line(&["a", "b", "c"]));
    site.recorded(&log, &[second]).await;
    assert!(site.moves().await.is_empty());
    site.recorded(&log, &[moved(2, "a", "c")]).await;
    assert_eq!(site.moves().await.len(), 1);
    log.stop().await;
}

#[tokio::test]
async fn what_is_said_otherwise_of_one_generation_is_kept_beside_it() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let commits = line(&["a", "b", "c"]);
    let listings = [
        moved(2, "a", "b").commits(commits.clone()),
        // The sync that said it died, and the next one found more.
        moved(2, "a", "c").commits(commits),
        moved(2, "a", "c"),
        moved(2, "a", "b"),
    ];
    for listing in &listings {
        site.recorded(&log, std::slice::from_ref(listing)).await;
    }
    let ends: Vec<_> = site
        .moves()
        .await
        .into_iter()
        .map(|moved| moved.r#move.unwrap().to.unwrap())
        .collect();
    assert_eq!(ends, [sha("b"), sha("c")]);
    // What was said last of a generation counts.
    let main = site
        .ask("default")
        .shas(|asked| asked.branch = "main".into())
        .await
        .unwrap();
    assert_eq!(main, ["c", "b", "a"].map(sha));
    log.stop().await;
}

#[tokio::test]
async fn a_ref_stands_where_its_newest_generation_put_it_whatever_came_last() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    for listing in [
        moved(3, "b", "c").commits(line(&["a", "b", "c"])),
        moved(2, "a", "b"),
    ] {
        site.recorded(&log, &[listing]).await;
    }
    let main = site
        .ask("default")
        .shas(|asked| asked.branch = "main".into())
        .await
        .unwrap();
    assert_eq!(main, ["c", "b", "a"].map(sha));
    log.stop().await;
}

#[tokio::test]
async fn a_commit_says_what_leads_to_it_and_what_took_it_off() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let listings = [
        moved(1, "0", "c").commits(line(&["a", "b", "c"])),
        listing("acme/web").branch("side").to(&sha("b")),
        listing("acme/web").tag("v1").to(&sha("a")),
        moved(2, "c", "a").took_off(&[&sha("c"), &sha("b")]),
    ];
    for listing in listings {
        site.recorded(&log, &[listing]).await;
    }
    let show = |word: &'static str| {
        let site = &site;
        async move {
            let shown = site.ask("default").show("web", &sha(word)).await.unwrap();
            let taken = shown.taken_off.iter().map(|moved| {
                let told = moved.r#move.as_ref().unwrap();
                assert_eq!(told.removed, [sha(word)]);
                (told.r#ref.clone(), moved.generation)
            });
            (shown.reachable_from.clone(), taken.collect::<Vec<_>>())
        }
    };
    let main = || ("refs/heads/main".to_owned(), 2);
    assert_eq!(show("c").await, (vec![], vec![main()]));
    assert_eq!(
        show("b").await,
        (vec!["refs/heads/side".into()], vec![main()])
    );
    let all = ["refs/heads/main", "refs/heads/side", "refs/tags/v1"].map(String::from);
    assert_eq!(show("a").await, (all.to_vec(), vec![]));

    // A ref that is gone leads nowhere, and what it led to last can still be asked for.
    site.recorded(
        &log,
        &[moved(3, "b", "b").branch("side"), {
            let mut gone = listing("acme/web")
                .generation(4)
                .pushed_by("e")
                .branch("side")
                .from(&sha("b"));
            gone.data.refs.clear();
            gone
        }],
    )
    .await;
    assert_eq!(show("b").await, (vec![], vec![main()]));
    let side = site
        .ask("default")
        .shas(|asked| asked.branch = "side".into())
        .await
        .unwrap();
    assert_eq!(side, ["b", "a"].map(sha));
    log.stop().await;
}
