//! Hosts by https: only one whose certificate is vouched for, and is for that host, hears anything from us.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sluice_events::v1;
use sluice_hosts::{Host, HostRepository, Problem};
use tempfile::TempDir;

use crate::fixture::{budget, record, settings, token, web};

/// Makes certificates with the `openssl` command.
struct Maker(TempDir);

impl Maker {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pem"))).unwrap()
    }

    /// A certificate for a name that is its own authority.
    fn make(&self, file: &str, name: &str) {
        let (key, pem) = (format!("{file}.key"), format!("{file}.pem"));
        let arguments = format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} \
             -addext subjectAltName=DNS:{name} -addext basicConstraints=critical,CA:FALSE -keyout {} -out {}",
            self.path(&key).display(),
            self.path(&pem).display()
        );
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .output();
        let said = output.unwrap();
        assert!(
            said.status.success(),
            "{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }

    fn config(&self, file: &str) -> ServerConfig {
        let certificate = CertificateDer::from_pem_slice(self.pem(file).as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{file}.key"))).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap()
    }
}

/// A host that shows a certificate, and counts what it hears.
fn serve(config: ServerConfig) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let (config, counted) = (Arc::new(config), heard.clone());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let session = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(session, connection));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|length| length > 2) {}
            if line.is_empty() {
                continue;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let body = web().to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let stream = stream.get_mut();
            // Whoever asked may have hung up.
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (address, heard)
}

async fn asked(address: SocketAddr, ca: String) -> Result<HostRepository, Problem> {
    let url = format!("https://localhost:{}", address.port());
    let here = v1::Host {
        ca,
        ..record("gitea", &url)
    };
    let host = Host::new(&here, settings(), budget()).unwrap();
    let found = host.open(&token()).unwrap().by_id("17").await;
    found.map_err(|error| error.problem)
}

#[tokio::test]
async fn a_host_is_believed_by_its_own_authority_and_by_no_other() {
    let maker = Maker(tempfile::tempdir().unwrap());
    maker.make("host", "localhost");
    maker.make("other", "localhost");
    let (address, heard) = serve(maker.config("host"));
    let other = asked(address, maker.pem("other")).await;
    let system = asked(address, String::new()).await;
    for refused in [other, system] {
        assert_eq!(refused.unwrap_err(), Problem::Tls);
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    let found = asked(address, maker.pem("host")).await.unwrap();
    assert_eq!(found.id, "17");
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let maker = Maker(tempfile::tempdir().unwrap());
    maker.make("elsewhere", "elsewhere.example");
    let (address, heard) = serve(maker.config("elsewhere"));
    let refused = asked(address, maker.pem("elsewhere")).await;
    assert_eq!(refused.unwrap_err(), Problem::Tls);
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}
