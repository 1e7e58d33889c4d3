//! Ordinary use: every kind of secret is handed over as it should be, and used.

mod connected;
mod delivered;
mod hosts;

use std::fs;

use sluice_test_support::{GitServer, canary::Canary, eventually};

use crate::{hostile::Hostile, site::Site};

pub(crate) use delivered::bearer;

/// What an operator declares begins like this.
pub(crate) const HEAD: &str = "---\napiVersion: sluice.dev/v1\n";

/// The hosts around it.
pub(crate) struct Around {
    _depot: GitServer,
    hostile: Vec<Hostile>,
}

/// Takes every secret through what it is for; what is planted becomes the name of repositories and branches.
pub(crate) async fn use_everything(site: &Site, planted: &Canary) -> Around {
    makes_access_tokens(site).await;
    let hostile = hosts::declares_hostile(site).await;
    let depot = hosts::declares_depot(site, planted.value()).await;
    hosts::declares_ssh(site).await;
    delivered::by_every_kind_of_secret(site, planted.value()).await;
    connected::at_every_kind_of_host(site, planted.value()).await;
    reads(site).await;
    Around {
        _depot: depot,
        hostile,
    }
}

impl Around {
    /// Waits until every host that repeats secrets was shown one, by the API and by Git.
    pub(crate) async fn were_asked(&self) {
        eventually("every hostile host is asked", async || {
            let asked = self.hostile.iter().map(Hostile::asked);
            asked
                .into_iter()
                .all(|(api, git)| api > 0 && git > 1)
                .then_some(())
        })
        .await;
    }
}

async fn makes_access_tokens(site: &Site) {
    for (holder, role) in [("admin", "admin"), ("viewer", "viewer")] {
        let file = site.token_file(holder);
        let words = [
            "access-tokens",
            "new",
            holder,
            "--role",
            role,
            "--out",
            file.to_str().unwrap(),
        ];
        site.says(
            "sluice access-tokens new",
            site.directly(&words).run().await,
        )
        .good();
        let token = fs::read_to_string(&file).unwrap();
        let name = format!("access token: of {holder}");
        site.looks_for(Canary::made(&name, token.trim().as_bytes()));
        eventually("the API knows it", async || {
            let ran = site.through_api(holder, &["hosts", "list"]).run().await;
            (ran.code == Some(0)).then_some(())
        })
        .await;
    }
}

/// Reads everything that can be read, by HTTP and by the command.
async fn reads(site: &Site) {
    for holder in ["admin", "viewer", "nobody"] {
        let headers = match holder {
            "nobody" => Vec::new(),
            holder => vec![bearer(
                fs::read_to_string(site.token_file(holder)).unwrap().trim(),
            )],
        };
        for what in [
            "projects",
            "hosts",
            "credentials",
            "repositories",
            "endpoints",
            "access-tokens",
            "commits",
            "events",
            "audit",
            "openapi.json",
            "repositories/depot",
            "credentials/depot",
            "endpoints/hmac",
            "commits?repository=depot",
        ] {
            let path = format!("/api/v1/{what}");
            site.asks(site.api, "GET", &path, &headers, b"")
                .await
                .unwrap();
        }
    }
    for words in [
        &["commits", "list", "-r", "depot", "-o", "json"][..],
        &["events", "tail", "--from", "1", "-n", "3", "-o", "json"],
        &["doctor"],
        &["topology", "diff"],
    ] {
        let ran = site.by_nats(words).run().await;
        assert_ne!(site.says("sluice", ran).code, Some(64), "{words:?}");
    }
    for words in [
        &["get", "-o", "yaml"][..],
        &["get", "-o", "json"],
        &["credentials", "list", "-o", "yaml"],
        &["endpoints", "list", "-o", "json"],
        &["repositories", "list"],
        &["repositories", "show", "depot", "-o", "yaml"],
        &["repositories", "hook", "connected-gitea"],
        &["audit", "list"],
        &["access-tokens", "list", "-o", "json"],
    ] {
        let ran = site.through_api("admin", words).run().await;
        assert_ne!(site.says("sluice", ran).code, Some(64), "{words:?}");
    }
}
