//! A nats-server of our own: configured from the tables, started, and started again when it dies.
//!
//! For `sluice up` without `--nats`, and for tests. It listens on loopback, every role has a generated password, and
//! whatever a killed predecessor left running on the same folder is ended first: two servers on one store destroy it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use thiserror::Error;
use tokio::process::{Child, Command};

use crate::{
    Connection, Credentials, Namespace,
    roles::{self, Password, ROLES, Role},
    topology::{Durability, Topology},
};

/// How long a server may take to listen. A large store is read first.
const START: Duration = Duration::from_secs(60);

/// How often it is looked whether it does.
const POLL: Duration = Duration::from_millis(20);

/// What a server is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program.
    pub program: PathBuf,
    /// Folder for configuration, store and log; made if it is missing.
    pub folder: PathBuf,
    /// Port on loopback; 0 takes a free one and keeps it.
    pub port: u16,
    /// Whether every message is synced to disk before it is acknowledged. Only benchmarks say no.
    pub sync_always: bool,
    /// How many bytes all streams together may take.
    pub max_store: u64,
    /// The table that rights are derived from.
    pub topology: Topology,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    address: SocketAddr,
    passwords: BTreeMap<String, String>,
    process: Child,
}

/// Why there is no server.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The folder or a file in it cannot be used.
    #[error("cannot use {0}")]
    Folder(PathBuf, #[source] std::io::Error),
    /// The program does not start.
    #[error("cannot run nats-server `{0}`")]
    Program(PathBuf, #[source] std::io::Error),
    /// It ended, or never listened.
    #[error("nats-server did not come up; its log is {log}, which ends:\n{tail}")]
    NotUp {
        /// The log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// No randomness for passwords.
    #[error("no randomness for passwords: {0}")]
    Random(getrandom::Error),
    /// No free port.
    #[error("no free port on loopback")]
    Port(#[source] std::io::Error),
}

impl Server {
    /// Writes the configuration, starts the server and waits until it listens.
    pub async fn start(setup: Setup) -> Result<Self, ServerError> {
        Self::start_for(setup, ROLES).await
    }

    /// The same with these users.
    pub async fn start_for(setup: Setup, roles: &[Role]) -> Result<Self, ServerError> {
        let mut builder = fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&setup.folder);
        made.map_err(|error| ServerError::Folder(setup.folder.clone(), error))?;
        end_predecessor(&setup.folder).await;
        let address = free_address(setup.port)?;
        let mut passwords = BTreeMap::new();
        for role in roles {
            passwords.insert(role.name.to_owned(), password()?);
        }
        write_private(
            &setup.folder.join("nats.conf"),
            &config(&setup, roles, address, &passwords),
        )?;
        let process = spawn(&setup).await?;
        let mut server = Self {
            setup,
            address,
            passwords,
            process,
        };
        server.listening().await?;
        Ok(server)
    }

    /// How to connect to it as a role.
    pub fn connection(&self, role: &str) -> Connection {
        let password = self.passwords.get(role).cloned().unwrap_or_default();
        Connection {
            url: self.url(),
            credentials: Credentials::UserPassword(role.to_owned(), password),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name: role.to_owned(),
        }
    }

    /// Its address, `nats://127.0.0.1:4222`.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until it ends, however that comes about.
    pub async fn ended(&mut self) {
        // An error means that there is nothing left to wait for.
        let _ = self.process.wait().await;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self
            .process
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
        {
            // It may have ended meanwhile, which is what most signals are for.
            let _ = kill_process(pid, signal);
        }
    }

    /// Starts it again on the same address and store, after it has ended.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.signal(Signal::KILL);
        self.ended().await;
        self.process = spawn(&self.setup).await?;
        self.listening().await
    }

    /// Lets it finish and waits for its end, for a while.
    pub async fn stop(mut self) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(Duration::from_secs(10), self.ended())
            .await
            .is_err()
        {
            self.signal(Signal::KILL);
            self.ended().await;
        }
    }

    async fn listening(&mut self) -> Result<(), ServerError> {
        let deadline = tokio::time::Instant::now() + START;
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            let over = matches!(self.process.try_wait(), Ok(Some(_)) | Err(_));
            if over || tokio::time::Instant::now() > deadline {
                let log = self.setup.folder.join("nats.log");
                let text = fs::read_to_string(&log).unwrap_or_default();
                let mut tail: Vec<_> = text.lines().rev().take(5).collect();
                tail.reverse();
                return Err(ServerError::NotUp {
                    tail: tail.join("\n"),
                    log,
                });
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }
}

async fn spawn(setup: &Setup) -> Result<Child, ServerError> {
    let log_path = setup.folder.join("nats.log");
    let log = fs::File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&log_path);
    let log = log.map_err(|error| ServerError::Folder(log_path, error))?;
    let mut command = Command::new(&setup.program);
    command
        .arg("-c")
        .arg(setup.folder.join("nats.conf"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // A signal for us, such as Ctrl-C, is not one for it: it ends after everything that uses it.
        .process_group(0)
        .kill_on_drop(true);
    command
        .spawn()
        .map_err(|error| ServerError::Program(setup.program.clone(), error))
}

fn config(
    setup: &Setup,
    roles: &[Role],
    address: SocketAddr,
    passwords: &BTreeMap<String, String>,
) -> String {
    let of = |name: &str| passwords.get(name).cloned().unwrap_or_default();
    let users = roles::server_users(
        roles,
        &Namespace::default(),
        &setup.topology,
        &Password::Given(&of),
    );
    let sync = if setup.sync_always {
        "\n  sync_interval: always"
    } else {
        ""
    };
    format!(
        "listen: \"{address}\"\nserver_name: sluice\npid_file: {:?}\nmax_payload: 1MB\njetstream {{\n  store_dir: {:?}{sync}\n  max_file_store: {}\n}}\n{users}",
        setup.folder.join("nats.pid"),
        setup.folder.join("store"),
        setup.max_store,
    )
}

fn write_private(path: &Path, text: &str) -> Result<(), ServerError> {
    let failed = |error| ServerError::Folder(path.to_owned(), error);
    // Removed first: the mode counts only for a new file.
    let _ = fs::remove_file(path);
    let mut file = fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Begins with a letter: nats-server reads a value that begins with a digit as a number.
fn password() -> Result<String, ServerError> {
    let mut random = [0u8; 24];
    getrandom::fill(&mut random).map_err(ServerError::Random)?;
    Ok(format!("p{}", hex::encode(random)))
}

fn free_address(port: u16) -> Result<SocketAddr, ServerError> {
    let on_loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if port != 0 {
        return Ok(on_loopback(port));
    }
    // Below what the kernel gives to outgoing connections: one of those could take the port while the server is away,
    // and a client that tries it could even connect to itself.
    let mut failed = None;
    for _ in 0..50 {
        let mut random = [0u8; 2];
        getrandom::fill(&mut random).map_err(ServerError::Random)?;
        let address = on_loopback(10_000 + u16::from_be_bytes(random) % 20_000);
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) => failed = Some(error),
        }
    }
    Err(ServerError::Port(failed.unwrap_or_else(|| {
        std::io::Error::from(std::io::ErrorKind::AddrInUse)
    })))
}

/// Ends a server that a killed process of ours left running on this folder.
async fn end_predecessor(folder: &Path) {
    let Ok(text) = fs::read_to_string(folder.join("nats.pid")) else {
        return;
    };
    let Some(pid) = text.trim().parse().ok().and_then(Pid::from_raw) else {
        return;
    };
    // The number may be another process's by now: only a nats-server with our configuration is meant.
    let arguments = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let ours = folder.join("nats.conf");
    if !arguments
        .split(|&byte| byte == 0)
        .any(|argument| argument == ours.as_os_str().as_encoded_bytes())
    {
        return;
    }
    tracing::warn!(
        pid = pid.as_raw_nonzero(),
        "ending the nats-server that an earlier run left behind"
    );
    let _ = kill_process(pid, Signal::KILL);
    // Bounded: a zombie that nobody reaps answers for ever, and holds nothing any more.
    for _ in 0..250 {
        if test_kill_process(pid).is_err() {
            return;
        }
        tokio::time::sleep(POLL).await;
    }
}
