//! The end of a commit log: what it has in hand is finished, what it has not taken stays.

use sluice_test_support::eventually;

use crate::{
    listing::{commit, listing, sha},
    process::Program,
    site::Site,
};

#[tokio::test]
async fn what_is_in_hand_at_sigterm_is_finished() {
    let site = Site::start().await;
    let mut program = Program::start(&site, &[]).await;
    for part in 0..40 {
        let commits = (0..50).map(|at| commit(&format!("{part}-{at}"), &[]));
        site.list(
            &listing("acme/web")
                .to(&sha("0-0"))
                .part(part)
                .commits(commits),
        )
        .await;
    }
    eventually("it is at work", || async {
        (site.commits().await.len() > 100).then_some(())
    })
    .await;
    program.terminate();
    assert_eq!(program.ended().await, Some(0), "{}", program.log());

    // Once the server has heard of it: each listing is dealt with as a whole, or left to the next.
    eventually("all are recorded or left", || async {
        let (recorded, left) = (site.commits().await.len(), site.unsettled().await);
        (recorded as u64 + 50 * left == 2000).then_some(())
    })
    .await;
    let next = Program::start(&site, &[]).await;
    site.settled().await;
    assert_eq!(site.commits().await.len(), 2000);
    drop(next);
}
