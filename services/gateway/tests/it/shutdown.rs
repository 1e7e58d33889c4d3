//! The end of a gateway: what was taken is stored, what was not is sent again (XW24).

use std::collections::BTreeSet;

use sluice_events::v1::RefEvent;
use sluice_test_support::{
    Delivery, eventually,
    http::{Wire, request},
    push,
};
use tokio::task::JoinSet;

use crate::{
    gateway::{Door, allowed, path, said},
    process::Program,
    site::{A, B, SECRET, Site, acme, read},
};

fn moved(branch: &str) -> Delivery {
    push().from(A).to_sha(B).branch(branch).signed_with(SECRET)
}

/// Posts until it is refused; the branches that were taken.
async fn post_until_the_end(door: Door, name: String) -> Vec<String> {
    let mut taken = Vec::new();
    for at in 0.. {
        let branch = format!("{name}-{at}");
        let sample = moved(&branch).sample();
        let path = path("acme", &moved(&branch));
        let bytes = request("POST", &path, &sample.headers, &sample.body);
        let Ok(mut wire) = Wire::connect(door.addr).await else {
            break;
        };
        let Ok(answer) = wire.say(&bytes).await else {
            break;
        };
        match said(&allowed(answer)).as_str() {
            "stored" => taken.push(branch),
            "503" => {}
            other => panic!("{other}"),
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xw24_whatever_was_taken_before_sigterm_is_stored() {
    for _ in 0..3 {
        let site = Site::with([acme()]).await;
        let mut program = Program::start(&site, &[]).await;
        let mut senders = JoinSet::new();
        for at in 0..16 {
            senders.spawn(post_until_the_end(*program, format!("sender-{at}")));
        }
        eventually("it is at work", || async {
            (site.events().await.len() > 50).then_some(())
        })
        .await;
        program.terminate();
        let taken: BTreeSet<_> = senders.join_all().await.into_iter().flatten().collect();
        assert_eq!(program.ended().await, Some(0), "{}", program.log());
        let stored = site.events().await;
        assert!(stored.len() < 1000, "all of it is looked at");
        let name = |event| read::<RefEvent>(event).r#ref.replace("refs/heads/", "");
        let stored: BTreeSet<_> = stored.iter().map(name).collect();
        let lost: Vec<_> = taken.difference(&stored).collect();
        assert!(lost.is_empty() && taken.len() > 40, "lost: {lost:?}");
        // Each that was taken has its line, too.
        assert!(site.ledger().await.len() >= taken.len());
    }
}

#[tokio::test]
async fn xw24_a_body_that_is_on_its_way_is_taken_to_its_end() {
    let site = Site::with([acme()]).await;
    let mut program = Program::start(&site, &[]).await;
    let sample = moved("main").sample();
    let path = path("acme", &moved("main"));
    let bytes = request("POST", &path, &sample.headers, &sample.body);
    let (first, rest) = bytes.split_at(bytes.len() - 10);
    let mut wire = Wire::connect(program.addr).await.unwrap();
    wire.send(first).await.unwrap();
    // The request has been begun once another on a later connection was answered.
    assert_eq!(program.take("acme", &moved("other")).await, "stored");
    program.terminate();
    eventually("nothing new is accepted", || async {
        Wire::connect(program.addr).await.is_err().then_some(())
    })
    .await;
    wire.send(rest).await.unwrap();
    assert_eq!(said(&allowed(wire.answer().await.unwrap())), "stored");
    assert_eq!(program.ended().await, Some(0), "{}", program.log());
    assert_eq!(site.events().await.len(), 2);
    assert_eq!(site.ledger().await.len(), 2);
}
