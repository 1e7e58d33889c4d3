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

    // Nothing of what it took waits for another to notice that it is gone, once the server has heard of it.
    eventually("nothing is in hand", || async {
        (site.in_hand().await == 0).then_some(())
    })
    .await;
    let (recorded, unsettled) = (site.commits().await.len(), site.unsettled().await);
    assert_eq!(
        recorded as u64 + 50 * unsettled,
        2000,
        "{unsettled} are left"
    );
}
