//! That the fakes are as nasty as they are said to be: called by a plain client, heard by a plain receiver.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod apps;
mod client;
mod deliveries;
mod faults;
mod gitea;
mod github;
mod gitlab;
mod gitlab_health;
mod life;
mod limits;
mod lists;
mod moves;
mod proofs;
mod receiver;
mod rights;

use client::{Api, api};
use receiver::Receiver;
use serde_json::{Value, json};
use sluice_fake_hosts::{FakeHost, Kind, Role};

/// Object ids.
const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A secret of a hook.
const SECRET: &str = "correct-horse-battery-staple-and-more";

/// A host with the private repository `acme/web`, whose branch `main` is at [`A`], and the administrator `admin`, whose
/// token is `admin-token` and may do everything.
async fn host(kind: Kind) -> FakeHost {
    let host = FakeHost::start(kind).await;
    host.repository("acme/web")
        .branch("main", A)
        .private()
        .create();
    host.token("admin-token")
        .user("admin")
        .role("acme/web", Role::Admin)
        .role("acme", Role::Admin);
    host
}

/// The administrator's client.
fn admin(host: &FakeHost) -> Api {
    api(host, Some("admin-token"))
}

/// The path of the repository `acme/web` below the API.
fn web(kind: Kind) -> &'static str {
    match kind {
        Kind::GitLab => "/projects/acme%2Fweb",
        _ => "/repos/acme/web",
    }
}

/// What creates a hook that listens to pushes and is active.
fn hook_body(kind: Kind, url: &str) -> Value {
    match kind {
        Kind::GitHub => json!({
            "name": "web", "active": true, "events": ["push", "create", "delete"],
            "config": {"url": url, "content_type": "json", "secret": SECRET},
        }),
        Kind::GitLab => json!({"url": url, "token": SECRET, "tag_push_events": true}),
        Kind::Gitea | Kind::Forgejo => json!({
            "type": "gitea", "active": true, "events": ["push", "create", "delete"],
            "config": {"url": url, "content_type": "json", "secret": SECRET},
        }),
    }
}

/// Creates a hook of `acme/web` to this address; its id.
async fn hook(host: &FakeHost, url: &str) -> u64 {
    let kind = host.kind();
    let path = format!("{}/hooks", web(kind));
    let answer = admin(host).post(&path, &hook_body(kind, url)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_u64().unwrap()
}
