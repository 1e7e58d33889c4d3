//! A site: a nats-server with what is shipped on it, keys, and somebody who runs commands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use sluice_bus::{Bus, Credentials};
use sluice_test_support::Nats;
use tokio::{io::AsyncWriteExt, process::Command};

pub(crate) struct Site {
    pub(crate) nats: Nats,
}

/// A command that ran to its end.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let site = Self {
            nats: Nats::start().await,
        };
        site.does(&["keys", "new", "--folder", "keys"]).await;
        site
    }

    /// Where commands run.
    pub(crate) fn folder(&self) -> &Path {
        self.nats.folder()
    }

    /// A file in the folder where commands run.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) async fn bus(&self, role: &str) -> Bus {
        self.nats.bus(role).await
    }

    /// Runs a command, whatever comes of it.
    pub(crate) async fn run(&self, words: &[&str]) -> Ran {
        self.run_on(words, "").await
    }

    /// Runs a command that must work, and returns what it says.
    pub(crate) async fn does(&self, words: &[&str]) -> String {
        let ran = self.run(words).await;
        assert_eq!(ran.code, Some(0), "{words:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// The same, and reads the one JSON value that it says.
    pub(crate) async fn tells(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.does(words).await).unwrap()
    }

    /// Declares what a manifest says.
    pub(crate) async fn apply(&self, manifest: &str) -> Ran {
        self.run_on(&["apply", "-f", "-"], manifest).await
    }

    /// The command with these words, as this user of the bus; not yet run.
    pub(crate) fn command(&self, words: &[&str], user: &str) -> Command {
        let bus = self.nats.connection(user);
        let Credentials::UserPassword(user, password) = bus.credentials else {
            panic!("the servers of tests have users and passwords");
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command
            .args(words)
            .current_dir(self.folder())
            .env_clear()
            .env("NATS_URL", bus.url)
            .env("NATS_USER", user)
            .env("NATS_PASSWORD", password)
            .env("SLUICE_HOOK_SECRETS_PUB", "keys/hook-secrets.pub")
            .env("SLUICE_CREDENTIALS_PUB", "keys/credentials.pub")
            .kill_on_drop(true);
        command
    }

    async fn run_on(&self, words: &[&str], input: &str) -> Ran {
        let mut command = self.command(words, "operator");
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = streams.stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read its input has closed it.
        let _ = child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .await;
        let output = child.wait_with_output().await.unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
