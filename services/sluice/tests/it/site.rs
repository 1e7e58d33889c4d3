//! A site: a nats-server with what is shipped on it, keys, and somebody who runs commands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use sluice_bus::{Bus, Credentials};
use sluice_test_support::{Nats, canary::watch};
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
        watch().manifest(text);
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
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

    /// Declares what a manifest says, past the API.
    pub(crate) async fn apply(&self, manifest: &str) -> Ran {
        past_the_api(
            self.run_on(&["apply", "-f", "-", "--direct"], manifest)
                .await,
        )
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

    /// Runs a command that changes something past the API, whatever comes of it.
    pub(crate) async fn run_directly(&self, words: &[&str]) -> Ran {
        let words = [words, &["--direct"]].concat();
        past_the_api(self.run(&words).await)
    }

    /// The same of a command that must work, and returns what it says.
    pub(crate) async fn does_directly(&self, words: &[&str]) -> String {
        let ran = self.run_directly(words).await;
        assert_eq!(ran.code, Some(0), "{words:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs a command on this input, whatever comes of it.
    pub(crate) async fn run_on(&self, words: &[&str], input: &str) -> Ran {
        let bus = self.nats.connection("operator");
        let Credentials::UserPassword(user, password) = bus.credentials else {
            panic!("the servers of tests have users and passwords");
        };
        let environment = [
            ("NATS_URL", bus.url.as_str()),
            ("NATS_USER", &user),
            ("NATS_PASSWORD", &password),
            ("SLUICE_HOOK_SECRETS_PUB", "keys/hook-secrets.pub"),
            ("SLUICE_CREDENTIALS_PUB", "keys/credentials.pub"),
        ];
        sluice(self.folder(), &environment, words, input).await
    }
}

/// Runs a command in a folder and an environment that has nothing else.
pub(crate) async fn sluice(
    folder: &Path,
    environment: &[(&str, &str)],
    words: &[&str],
    input: &str,
) -> Ran {
    watch().manifest(input);
    for word in words {
        watch().saw("an argument", word);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read its input has closed it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    for said in [&output.stdout, &output.stderr] {
        watch().saw(format_args!("what {words:?} said"), said);
    }
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A command that went past the API: it says so, each time.
fn past_the_api(ran: Ran) -> Ran {
    const SAID: &str = "warning: written past the API: no role was checked\n";
    // What is wrong with the words or the files comes to light before.
    let goes_there = !ran.stderr.contains("cannot be applied") && !ran.stderr.contains("Usage");
    let stderr = ran.stderr.strip_prefix(SAID).map(str::to_owned);
    assert_eq!(stderr.is_some(), goes_there, "{}", ran.stderr);
    Ran {
        stderr: stderr.unwrap_or(ran.stderr),
        ..ran
    }
}
