//! Private keys and tokens stay where they belong.

use std::{fs, path::Path, process::Stdio};

use sluice_bus::Credentials;
use sluice_events::v1::{ConnectionStatus, WebhookKind};
use sluice_fake_hosts::AppKeys;
use sluice_test_support::{Folder, folder_holds, git_child};
use tokio::process::{Child, Command};

use super::{GRANTED, add, opens, site};
use crate::site::Site;

const EVERYTHING: &str = "info,sluice_connector=trace,sluice_bus=trace,sluice_hosts=trace,sluice_registry=trace,sluice_repositories=trace";

/// A connector as a process of its own, which logs everything there. It is killed when dropped.
fn program(site: &Site, log: &Path) -> Child {
    let bus = site.nats.connection("connector");
    let Credentials::UserPassword(user, password) = bus.credentials else {
        panic!("the servers of tests have users and passwords");
    };
    let registry = &site.registry;
    Command::new(env!("CARGO_BIN_EXE_connector"))
        .env_clear()
        .env("SLUICE_NATS", bus.url)
        .env("SLUICE_NATS_USER", user)
        .env("SLUICE_NATS_PASSWORD", password)
        .env("SLUICE_CREDENTIALS_KEY", registry.credentials_key())
        .env("SLUICE_CREDENTIALS_PUB", registry.credentials_sealing_key())
        .env("SLUICE_ISSUERS_KEY", registry.issuers_key())
        .env("SLUICE_HOOK_SECRETS_PUB", registry.sealing_key())
        .env("SLUICE_HOOKS_URL", site.base())
        .env("SLUICE_GIT_PROGRAM", git_child())
        .env("SLUICE_LOCAL_REPOSITORIES", "true")
        .env("SLUICE_ADMIN", "127.0.0.1:0")
        .env("RUST_LOG", EVERYTHING)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(log.join("log")).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn s4_neither_a_private_key_nor_a_token_stands_in_a_log_a_record_or_an_event() {
    let (site, installation) = site(GRANTED).await;
    let log = Folder::new();
    let _program = program(&site, log.path());
    add(&site, "web", WebhookKind::Managed).await;
    site.stands(ConnectionStatus::Active).await;
    opens(&site, &["acme/web"]).await;
    // What goes wrong is told of at length.
    site.host.suspend_installation(installation, true);
    let outcome = site.ask("recheck", false).await;
    assert!(outcome.reason.contains("suspended"), "{}", outcome.reason);
    let pem = &AppKeys::of_test(0).private_key;
    let lines = pem.lines().filter(|line| line.len() == 64);
    let tokens = site.host.installation_tokens().into_iter();
    let tokens: Vec<_> = tokens.map(|token| token.value).collect();
    assert!(tokens.len() > 2);
    let secrets: Vec<_> = lines.chain(tokens.iter().map(String::as_str)).collect();
    for folder in [log.path(), site.nats.folder()] {
        // The search would find what is there.
        assert!(folder_holds(folder, "suspended"), "{}", folder.display());
        for secret in &secrets {
            assert!(!folder_holds(folder, secret), "{}", folder.display());
        }
    }
}
