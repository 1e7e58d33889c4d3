//! The key of hook secrets is replaced as `docs/keys.md` says, under load, and no delivery notices.

use std::path::Path;

use sluice_tests::{Gateway, Http, Load, Posting, Progress, SECRET, push};

use crate::Own;

/// Delivers one push and returns the answer's status.
async fn post(gateway: &Gateway, hook: &str) -> u16 {
    let sample = push().signed_with(SECRET);
    let mut http = Http::open(gateway.hooks()).await.unwrap();
    let answer = http.post(hook, &sample.headers, &sample.body).await;
    answer.unwrap().status
}

fn pushes(hook: &str, number: usize) -> Vec<Posting> {
    let posting = |index: usize| Posting {
        push: push()
            .branch(&format!("b{index}"))
            .delivered_as(&format!("keys-{index}")),
        path: hook.to_owned(),
        secret: SECRET,
    };
    (0..number).map(posting).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_takes_every_delivery_while_its_secrets_are_moved() {
    let own = Own::start().await;
    own.as_user("bootstrap").does(&["topology", "apply"]).await;
    let operator = own.as_user("operator");
    let keys = operator.makes_keys().await;
    let hook = operator.declares_endpoint("acme", SECRET).await;
    let mut gateway = Gateway::start(&own.connection("gateway"), &keys);
    gateway.ready().await;

    let made = ["keys", "new", "--folder", "new", "--class", "hook-secrets"];
    operator.does(&made).await;
    let (old, new) = (
        keys.join("hook-secrets.key"),
        own.folder.path().join("new/hook-secrets.key"),
    );
    let both: [&Path; 2] = [&old, &new];
    gateway.open_with(&both).await;

    let load = Load::start(gateway.hooks(), pushes(&hook, 600), 8);
    load.until(|progress| progress.accepted >= 100).await;
    let moved = operator
        .does(&[
            "keys",
            "reseal",
            "--class",
            "hook-secrets",
            "--old-key",
            "keys/hook-secrets.key",
            "--new-pub",
            "new/hook-secrets.pub",
        ])
        .await;
    assert!(moved.contains(": 1 moved, 0 skipped"), "{moved}");
    let accepted = load.progress().accepted;
    assert!(accepted < 600, "it was moved under load");
    let (_, progress) = load.finish().await;
    let all = Progress {
        accepted: 600,
        ..Progress::default()
    };
    assert_eq!(progress, all, "none was refused, not even once");

    gateway.open_with(&[&new]).await;
    assert_eq!(post(&gateway, &hook).await, 202);
    // The old key opens nothing any more: this would be seen.
    gateway.open_with(&[&old]).await;
    assert_ne!(post(&gateway, &hook).await, 202);
}
