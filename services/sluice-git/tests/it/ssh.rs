//! Remotes by ssh: only one that shows a registered host key hears anything from us.
//!
//! They need OpenSSH's `sshd`, on the PATH or in /usr/sbin; where it is not, they say that they did not run. Started by
//! root it wants a user `sshd` and the folder /run/sshd, as its package makes them.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use sluice_events::{Timestamp, v1};
use sluice_git::{GitError, GitProblem, Remote};
use sluice_registry::{KeyClass, OpeningKey, Record, Snapshot, Step, open_credential, parse, plan};
use sluice_test_support::{Folder, GitRepository, eventually};

use crate::{
    oracle,
    program::not_run,
    site::{Site, git, repository},
};

/// A server with one host key, that lets one client key in.
struct Server {
    folder: Folder,
    process: Child,
    port: u16,
    user: String,
}

impl Server {
    /// Nothing where there is no `sshd`.
    async fn start(kind: &str) -> Option<Self> {
        let Some(program) = program() else {
            not_run("there is no sshd here");
            return None;
        };
        let folder = Folder::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let path = |name: &str| folder.path().join(name).display().to_string();
        key(folder.path(), "host", kind);
        key(folder.path(), "client", "ed25519");
        std::fs::copy(path("client.pub"), path("authorized")).unwrap();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\nLogLevel VERBOSE\n",
            path("host"),
            path("authorized")
        );
        std::fs::write(path("config"), config).unwrap();
        let log = std::fs::File::create(path("log")).unwrap();
        let process = Command::new(program)
            .args(["-D", "-e", "-f", &path("config")])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let server = Self {
            process,
            port,
            user: String::from_utf8(user).unwrap().trim().to_owned(),
            folder,
        };
        eventually("sshd listens", async || {
            let log = server.log();
            assert!(
                !log.contains("fatal") && !log.contains("Missing privilege"),
                "{log}"
            );
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
        Some(server)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn log(&self) -> String {
        self.read("log")
    }

    fn web(&self) -> GitRepository {
        GitRepository::local("web", self.folder.path())
    }

    fn url(&self, path: &Path) -> String {
        let (user, port) = (&self.user, self.port);
        format!("ssh://{user}@127.0.0.1:{port}{}", path.display())
    }

    /// What its host is to us, with these keys registered.
    fn remote_with(&self, path: &Path, keys: &[String], secret: Option<&str>) -> Remote {
        let host = v1::Host {
            name: "test".into(),
            provider: "generic".into(),
            url: "https://127.0.0.1".into(),
            ssh_url: format!("ssh://127.0.0.1:{}", self.port),
            ssh_host_keys: keys.to_vec(),
            ..v1::Host::default()
        };
        let credential = v1::Credential {
            name: "bot".into(),
            host: "test".into(),
            kind: v1::CredentialKind::SshKey.into(),
            ..v1::Credential::default()
        };
        let credential = secret.map(|secret| (&credential, secret.as_bytes()));
        Remote::of(&host, &repository(&self.url(path)), credential).unwrap()
    }

    fn remote(&self, path: &Path) -> Remote {
        self.remote_with(path, &[self.read("host.pub")], Some(&self.read("client")))
    }

    async fn refuses(&self, keys: &[String], secret: Option<&str>) -> GitError {
        let remote = self.remote_with(self.web().path(), keys, secret);
        let error = git().ls_remote(&remote).await.unwrap_err();
        let shown = format!("{error:?}");
        let lines = secret
            .unwrap_or_default()
            .lines()
            .filter(|line| line.len() > 20);
        for line in lines.filter(|line| !line.starts_with("--")) {
            assert!(!shown.contains(line), "a part of the key is in {shown}");
        }
        error
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where `sshd` is; it wants to be called by its whole path.
fn program() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "programs are found on the PATH")]
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/local/sbin"]);
    folders
        .map(|folder| Path::new(folder).join("sshd"))
        .find(|program| program.is_file())
}

/// Makes a pair of keys.
fn key(folder: &Path, name: &str, kind: &str) -> String {
    let path = folder.join(name);
    let status = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", "", "-t", kind, "-f"])
        .arg(&path)
        .status();
    assert!(status.unwrap().success());
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn h4_a_mirror_by_ssh() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let Some(server) = Server::start(kind).await else {
            return;
        };
        let web = server.web();
        web.commits("main", 30);
        let mut site = Site::of(web.url());
        site.remote = server.remote(web.path());
        oracle::check_all(web.path(), &site.sync().await);
        let new = web.commit("main", "more", &[("a", "a")]);
        web.point("refs/heads/other", "main~3");
        let all = site.sync().await;
        assert_eq!(all.shas(), [new], "{kind}");
        oracle::check_refs(web.path(), &all);
        assert!(site.sync().await.moves.is_empty());
        oracle::fsck(&site.mirror());
        assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
    }
}

#[tokio::test]
async fn k1_a_key_that_was_made_here_opens_it() {
    let Some(server) = Server::start("ed25519").await else {
        return;
    };
    let web = server.web();
    web.commit("main", "first", &[("a", "a")]);
    let (private, public) = made();
    std::fs::write(server.folder.path().join("client.pub"), public).unwrap();
    std::fs::copy(
        server.folder.path().join("client.pub"),
        server.folder.path().join("authorized"),
    )
    .unwrap();
    let remote = server.remote_with(web.path(), &[server.read("host.pub")], Some(&private));
    assert_eq!(git().ls_remote(&remote).await.unwrap().refs.len(), 1);
}

/// A new key's two halves.
fn made() -> (String, String) {
    let manifest = "apiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {name: bot}\nspec: {host: github, sshKey: {generate: true}}";
    let opening = OpeningKey::generate(KeyClass::Credentials).unwrap();
    let sealing = [opening.sealing_key()].into_iter().collect();
    let project = Record::Project(v1::Project {
        name: "default".into(),
        ..v1::Project::default()
    });
    let records: Snapshot = [project].into_iter().collect();
    let manifests = parse(manifest.as_bytes()).unwrap();
    let planned = plan(&manifests, &records, &sealing, Timestamp::now()).unwrap();
    let (mut record, mut sealed) = (None, None);
    for step in &planned.outcomes[0].steps {
        match step {
            Step::Put(Record::Credential(credential)) => record = Some(credential.clone()),
            Step::Seal { value, .. } => sealed = Some(value.clone()),
            _ => {}
        }
    }
    let record = record.unwrap();
    let private = open_credential(&record, sealed, &[opening].into_iter().collect()).unwrap();
    let private = String::from_utf8(private.expose().to_vec()).unwrap();
    (private, record.public_key)
}

#[tokio::test]
async fn one_of_several_registered_keys_suffices() {
    let Some(server) = Server::start("ed25519").await else {
        return;
    };
    let web = server.web();
    web.commit("main", "first", &[("a", "a")]);
    key(server.folder.path(), "other", "ed25519");
    key(server.folder.path(), "older", "rsa");
    let keys = ["older.pub", "other.pub", "host.pub"].map(|name| server.read(name));
    let remote = server.remote_with(web.path(), &keys, Some(&server.read("client")));
    assert_eq!(git().ls_remote(&remote).await.unwrap().refs.len(), 1);
}

#[tokio::test]
async fn another_host_key_is_refused_before_anything_is_said() {
    let Some(server) = Server::start("ed25519").await else {
        return;
    };
    let secret = server.read("client");
    key(server.folder.path(), "other", "ed25519");
    let error = server
        .refuses(&[server.read("other.pub")], Some(&secret))
        .await;
    assert_eq!(error.problem, GitProblem::Identity, "{error}");
    for name in ["host.pub", "other.pub"] {
        let path = server.folder.path().join(name);
        let said = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(path)
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let fingerprint = said.split(' ').nth(1).unwrap();
        assert!(
            error.message.contains(fingerprint),
            "{fingerprint}: {error}"
        );
    }
    // Of a kind that the server does not have.
    key(server.folder.path(), "older", "rsa");
    let error = server
        .refuses(&[server.read("older.pub")], Some(&secret))
        .await;
    assert_eq!(error.problem, GitProblem::Identity, "{error}");
    let log = server.log();
    assert!(
        !log.contains("Accepted") && !log.contains("Failed publickey"),
        "{log}"
    );
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_told_from_none() {
    let Some(server) = Server::start("ed25519").await else {
        return;
    };
    let keys = [server.read("host.pub")];
    let other = key(server.folder.path(), "other", "ed25519");
    for (secret, says) in [
        (Some(other.as_str()), "does not let"),
        (Some("no key at all"), ""),
        (None, "has no credential"),
    ] {
        let error = server.refuses(&keys, secret).await;
        assert_eq!(error.problem, GitProblem::Credential, "{error}");
        assert!(error.message.contains(says), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let Some(server) = Server::start("ed25519").await else {
        return;
    };
    let nothing = server.folder.path().join("nothing.git");
    let error = git().ls_remote(&server.remote(&nothing)).await.unwrap_err();
    assert_eq!(error.problem, GitProblem::NotFound, "{error}");
    // A path is one argument, whatever is in it.
    let owned = server.folder.path().join("owned");
    let odd = format!("/a'$(touch%20{0})'%60touch%20{0}%60!b.git", owned.display());
    let error = git().ls_remote(&server.remote(Path::new(&odd))).await;
    assert_eq!(error.unwrap_err().problem, GitProblem::NotFound);
    assert!(!owned.exists());
}
