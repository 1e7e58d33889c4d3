//! `sluice up`: what it writes itself, and what its one process says.

use std::{collections::BTreeSet, fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, Folder, canary::Canary, eventually};
use sluice_tests::{Up, endpoint};

use crate::{evidence::Sink, site::Site};

/// Uses it, ends it, and gives the folder that it has left: its data in `data`, what it said beside that.
pub(crate) async fn used(site: &Site) -> Folder {
    let folder = Folder::new();
    // What clients of NATS say was looked at in the services' logs: here it would only take time.
    let program = site
        .traced(Up::program(folder.path()))
        .set("RUST_LOG", "debug,async_nats=info");
    let mut up = Up::start_as(program, folder.path()).await;
    looks_for_its_own(site, up.data_dir());
    let secret = site.secret("webhook secret: of sluice up");
    let token = site.secret("token: of sluice up");
    let id = "up-0123456789abcdef";
    let manifest = endpoint("up", id).replace(sluice_tests::SECRET, &secret);
    let manifest = format!(
        "{manifest}---\napiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: up}}\nspec: {{host: github, token: {{value: {token}}}}}\n"
    );
    let apply = up.operator().program(&["apply", "-f", "-"]);
    site.says("sluice apply", apply.run_on(&manifest).await)
        .good();
    let sample = Delivery::of("github", "push")
        .with_secret(SecretKind::Hmac, &secret)
        .sample();
    let path = format!("/hooks/{id}");
    eventually("the webhook is taken", async || {
        let answer = site
            .asks(up.hooks(), "POST", &path, &sample.headers, &sample.body)
            .await;
        (answer?.status == 202).then_some(())
    })
    .await;
    for words in [&["get", "-o", "yaml"][..], &["doctor"], &["audit", "list"]] {
        site.says("sluice", up.operator().run(words).await);
    }
    let metrics = up.page("/metrics").await.unwrap().body;
    site.evidence.add(Sink::Metrics, "sluice up", metrics);
    // Where it is and who may: that is there while it runs.
    fs::copy(
        up.data_dir().join("connection.json"),
        folder.path().join("connection.json"),
    )
    .unwrap();
    assert_eq!(up.process().end().await.code(), Some(0));
    fs::rename(
        folder.path().join("connection.json"),
        up.data_dir().join("connection.json"),
    )
    .unwrap();
    folder
}

/// Takes for canaries what it made: keys, the first access token, the passwords of its nats-server.
fn looks_for_its_own(site: &Site, data: &Path) {
    for class in [
        "hook-secrets",
        "credentials",
        "issuers",
        "cluster-credentials",
    ] {
        let text = fs::read_to_string(data.join("keys").join(format!("{class}.key"))).unwrap();
        let key = BASE64_STANDARD.decode(text.lines().nth(1).unwrap());
        site.looks_for(Canary::made(
            &format!("sealing key: {class} of sluice up"),
            &key.unwrap(),
        ));
    }
    let token = fs::read_to_string(data.join("admin-token")).unwrap();
    site.looks_for(Canary::made(
        "access token: of sluice up",
        token.trim().as_bytes(),
    ));
    let users = fs::read_to_string(data.join("nats/nats.conf")).unwrap();
    let words = users.split(|letter: char| !letter.is_ascii_alphanumeric());
    let passwords: BTreeSet<_> = words
        .filter(|word| word.len() == 49 && word.starts_with('p'))
        .collect();
    assert!(passwords.len() > 6, "every user has one");
    for password in passwords {
        site.looks_for(Canary::made(
            "NATS password: of sluice up",
            password.as_bytes(),
        ));
    }
}
