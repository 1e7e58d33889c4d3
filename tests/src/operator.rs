//! The command `sluice` as an operator uses it.

use std::path::{Path, PathBuf};

use sluice_bus::{Connection, Credentials};
use sluice_test_support::canary::watch;

use crate::{Program, Ran, SECRET};

/// Somebody who runs `sluice` against one system, in a folder of their own.
#[derive(Debug, Clone)]
pub struct Operator {
    program: Program,
    folder: PathBuf,
    /// Whether there is no API, so that changes go past it.
    direct: bool,
}

/// A manifest of an endpoint for everything of `acme` at GitHub, which accepts [`SECRET`].
pub fn endpoint(name: &str, id: &str) -> String {
    endpoint_with(name, id, SECRET)
}

fn endpoint_with(name: &str, id: &str, secret: &str) -> String {
    watch().secret(&format!("webhook secret: of {name}"), secret);
    format!(
        "---\napiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: {name}, project: default}}\nspec:\n  \
         id: {id}\n  host: github\n  scope: {{owner: acme}}\n  secrets: [{{kind: hmac, value: {secret}}}]\n"
    )
}

impl Operator {
    /// Against the API of the `sluice up` that runs on a data folder.
    pub fn of_folder(data_dir: &Path, folder: &Path) -> Self {
        let program = Program::ours("sluice").set("SLUICE_DATA_DIR", data_dir.to_str().unwrap());
        Self {
            program: program.inside(folder),
            folder: folder.to_owned(),
            direct: false,
        }
    }

    /// Against a nats-server, as whoever this connection is.
    pub fn of_nats(connection: &Connection, folder: &Path) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let program = Program::ours("sluice")
            .set("NATS_URL", connection.url.as_str())
            .set("NATS_USER", user)
            .set("NATS_PASSWORD", password)
            .set("SLUICE_HOOK_SECRETS_PUB", "keys/hook-secrets.pub");
        Self {
            program: program.inside(folder),
            folder: folder.to_owned(),
            direct: true,
        }
    }

    /// Runs the command, whatever comes of it.
    pub async fn run(&self, words: &[&str]) -> Ran {
        self.program.clone().with(words).run().await
    }

    /// The command with these words, not yet run.
    pub fn program(&self, words: &[&str]) -> Program {
        self.program.clone().with(words)
    }

    /// Runs the command and returns what it says.
    ///
    /// # Panics
    /// If it fails.
    pub async fn does(&self, words: &[&str]) -> String {
        self.run(words).await.good()
    }

    /// Declares what a manifest says.
    pub async fn apply(&self, manifest: &str) -> String {
        let direct = self.direct.then_some("--direct");
        let words = ["apply", "-f", "-"].into_iter().chain(direct);
        let program = self.program.clone().with(words);
        program.run_on(manifest).await.good()
    }

    /// Makes the keys in `keys` below the folder, and returns where.
    pub async fn makes_keys(&self) -> PathBuf {
        self.does(&["keys", "new", "--folder", "keys"]).await;
        self.folder.join("keys")
    }

    /// Declares an endpoint for everything of `acme`, whose id is its name, and that accepts this secret.
    pub async fn declares_endpoint(&self, name: &str, secret: &str) -> String {
        let id = format!("{name}-0123456789abcdef");
        self.apply(&endpoint_with(name, &id, secret)).await;
        format!("/hooks/{id}")
    }
}
