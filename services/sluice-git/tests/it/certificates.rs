//! Remotes by https: only one whose certificate is vouched for, and is for that host, hears anything from us.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sluice_git::{GitError, GitProblem, Remote};
use sluice_test_support::{Folder, GitRepository, GitServer};

use crate::{
    fake, oracle,
    site::{Site, git, host, remote_of},
    stops::passed_on,
};

/// Makes certificates with the `openssl` command.
struct Maker(Folder);

impl Maker {
    fn new() -> Self {
        Self(Folder::new())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pem"))).unwrap()
    }

    /// An authority.
    fn authority(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 {} -subj /CN={name} -days 2",
            self.key(name)
        ));
    }

    /// A certificate for names, such as `DNS:localhost`, by an authority.
    fn by(&self, authority: &str, name: &str, names: &str, days: &str) {
        self.openssl(&format!("req -new {} -subj /CN=localhost", self.key(name)));
        let extensions = format!("subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n");
        std::fs::write(self.path("extensions"), extensions).unwrap();
        let file = self.path(&format!("{name}.pem"));
        std::fs::rename(&file, self.path("request")).unwrap();
        self.openssl(&format!(
            "x509 -req -in {} -CA {} -CAkey {} -CAcreateserial -days {days} -extfile {} -out {}",
            self.path("request").display(),
            self.path(&format!("{authority}.pem")).display(),
            self.path(&format!("{authority}.key")).display(),
            self.path("extensions").display(),
            file.display(),
        ));
    }

    /// A certificate for names that nobody vouches for.
    fn by_itself(&self, name: &str, names: &str) {
        self.openssl(&format!(
            "req -x509 {} -subj /CN=localhost -days 2 -addext subjectAltName={names} -addext basicConstraints=critical,CA:FALSE",
            self.key(name)
        ));
    }

    fn key(&self, name: &str) -> String {
        let key = self.path(&format!("{name}.key"));
        let out = self.path(&format!("{name}.pem"));
        format!(
            "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {} -out {}",
            key.display(),
            out.display()
        )
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).output();
        let output = output.expect("these tests make certificates with the command openssl");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {said}");
    }
}

/// A server that shows a certificate, and passes on to one that has none.
struct Secure {
    address: SocketAddr,
    heard: Arc<AtomicUsize>,
}

impl Secure {
    fn start(maker: &Maker, name: &str, web: &GitRepository) -> Self {
        let config = config(
            &maker.path(&format!("{name}.pem")),
            &maker.path(&format!("{name}.key")),
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let (counted, url) = (Arc::clone(&heard), web.url().to_owned());
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let session = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(session, connection);
                let Some(request) =
                    fake::read(&mut stream).filter(|request| !request.line.is_empty())
                else {
                    continue;
                };
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = passed_on(&url, &request);
                // A client that has heard enough leaves.
                let _ = stream.write_all(&answer);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        Self { address, heard }
    }

    /// What this host, with these authorities, is to us.
    fn remote(&self, name: &str, ca: &str) -> Remote {
        let origin = format!("https://{name}:{}", self.address.port());
        let mut host = host(&origin);
        host.ca = ca.to_owned();
        remote_of(&host, &format!("{origin}/acme/web.git"), "canary")
    }
}

fn config(certificate: &Path, key: &Path) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = builder
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

fn served() -> (GitServer, GitRepository) {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 5);
    (server, web)
}

#[tokio::test]
async fn the_right_one_is_let_in() {
    let (_server, web) = served();
    let maker = Maker::new();
    maker.authority("ca");
    maker.authority("other");
    for (name, names, asked) in [
        ("by-name", "DNS:localhost", "localhost"),
        (
            "by-wildcard",
            "DNS:elsewhere.test,DNS:localhost",
            "localhost",
        ),
        ("by-address", "IP:127.0.0.1", "127.0.0.1"),
    ] {
        maker.by("ca", name, names, "2");
        let secure = Secure::start(&maker, name, &web);
        let mut site = Site::of(web.url());
        // Of several authorities one suffices.
        site.remote = secure.remote(asked, &(maker.pem("other") + &maker.pem("ca")));
        oracle::check_all(web.path(), &site.sync().await);
        assert!(secure.heard.load(Ordering::SeqCst) > 0);
    }
}

#[tokio::test]
async fn any_other_is_refused_and_hears_nothing() {
    let (_server, web) = served();
    let maker = Maker::new();
    maker.authority("ca");
    maker.authority("other");
    maker.by_itself("self", "DNS:localhost,IP:127.0.0.1");
    for (name, names, days) in [
        ("good", "DNS:localhost,IP:127.0.0.1", "2"),
        ("expired", "DNS:localhost,IP:127.0.0.1", "-1"),
        ("wrong-name", "DNS:elsewhere.test", "2"),
        ("below", "DNS:*.localhost", "2"),
        ("wrong-address", "IP:127.0.0.2,DNS:localhost", "2"),
        ("address-as-name", "DNS:127.0.0.1", "2"),
        ("name-of-address", "IP:127.0.0.1", "2"),
    ] {
        maker.by("ca", name, names, days);
    }
    let (ca, other) = (maker.pem("ca"), maker.pem("other"));
    for (name, asked, ca, says) in [
        ("self", "localhost", &ca, "no authority"),
        // Whatever authorities this system has.
        ("self", "localhost", &String::new(), ""),
        ("good", "localhost", &String::new(), ""),
        ("good", "localhost", &other, ""),
        ("expired", "localhost", &ca, "it has expired"),
        ("wrong-name", "localhost", &ca, "elsewhere.test"),
        ("below", "localhost", &ca, "localhost"),
        ("wrong-address", "127.0.0.1", &ca, "127.0.0.1"),
        ("address-as-name", "127.0.0.1", &ca, "127.0.0.1"),
        ("name-of-address", "localhost", &ca, "localhost"),
    ] {
        let secure = Secure::start(&maker, name, &web);
        let error = refused(&secure.remote(asked, ca)).await;
        assert_eq!(error.problem, GitProblem::Identity, "{name}: {error}");
        assert!(
            error.message.contains("is not to be trusted"),
            "{name}: {error}"
        );
        assert!(error.message.contains(says), "{name}: {error}");
        assert_eq!(
            secure.heard.load(Ordering::SeqCst),
            0,
            "{name} heard something"
        );
    }
}

async fn refused(remote: &Remote) -> GitError {
    git().ls_remote(remote).await.unwrap_err()
}

#[tokio::test]
async fn authorities_that_are_none_are_named() {
    let (_server, web) = served();
    let maker = Maker::new();
    maker.authority("ca");
    maker.by("ca", "good", "DNS:localhost", "2");
    let secure = Secure::start(&maker, "good", &web);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for ca in ["what", broken, &format!("{}{broken}", maker.pem("ca"))] {
        let error = refused(&secure.remote("localhost", ca)).await;
        assert_eq!(error.problem, GitProblem::Identity, "{error}");
        assert!(error.message.contains("authorities"), "{error}");
    }
}

#[tokio::test]
async fn who_speaks_no_tls_hears_nothing() {
    let fake = fake::Fake::saying("HTTP/1.1 200 OK\r\n\r\n");
    let origin = format!("https://{}", fake.address());
    let remote = remote_of(&host(&origin), &format!("{origin}/acme/web.git"), "canary");
    let error = refused(&remote).await;
    assert_eq!(error.problem, GitProblem::Network, "{error}");
    let heard = format!("{:?}", fake.seen());
    assert!(!heard.contains("Y2FuYXJ5") && !heard.to_lowercase().contains("authorization"));
}
