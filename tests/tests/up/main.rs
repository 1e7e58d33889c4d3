//! `sluice up` and the commands, as somebody uses them on one machine.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod commands;
mod ends;
mod keys;
mod starts;

use std::path::Path;

use sluice_test_support::eventually;
use sluice_tests::{Http, Load, Posting, SECRET, Up, push};

/// Pushes to so many branches.
fn pushes(hook: &str, number: usize) -> Vec<Posting> {
    let posting = |index: usize| Posting {
        push: push()
            .branch(&format!("b{index}"))
            .delivered_as(&format!("up-{index}")),
        path: hook.to_owned(),
        secret: SECRET,
    };
    (0..number).map(posting).collect()
}

/// Delivers pushes to so many branches, each until it is accepted.
async fn deliver(up: &Up, hook: &str, number: usize) -> Vec<String> {
    // What was just declared is known a moment later.
    eventually("the gateway knows the endpoint", async || {
        let metrics = up.page("/metrics").await?.body;
        (!metrics.contains("sluice_gateway_endpoints 0\n")).then_some(())
    })
    .await;
    let load = Load::start(up.hooks(), pushes(hook, number), 8);
    let (answered, progress) = load.finish().await;
    assert_eq!(answered.len(), number, "{progress:?}");
    answered
}

/// Delivers one push and returns the answer's status.
async fn post(up: &Up, hook: &str) -> u16 {
    let sample = push().signed_with(SECRET);
    let mut http = Http::open(up.hooks()).await.unwrap();
    let answer = http
        .post(hook, &sample.headers, &sample.body)
        .await
        .unwrap();
    answer.status
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
