//! Every service as a process of its own, with everything around it that sees what it says.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_bus::Credentials;
use sluice_test_support::{Nats, canary::Canary, eventually, git_child};
use sluice_tests::{Answer, Http, Process, Program, Ran, free_port};

use crate::{
    evidence::{Evidence, Sink},
    listener::listen,
    processes::Processes,
    traffic::Traffic,
};

/// The services, and who else connects to NATS.
const SERVICES: [&str; 6] = [
    "gateway",
    "sync",
    "recoverer",
    "connector",
    "commit-log",
    "api",
];

/// The system.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) evidence: Arc<Evidence>,
    pub(crate) traffic: Traffic,
    _processes: Processes,
    pub(crate) hooks: SocketAddr,
    pub(crate) api: SocketAddr,
    canaries: Mutex<Vec<Canary>>,
    running: Vec<(&'static str, SocketAddr, Process)>,
    collector: SocketAddr,
}

impl Site {
    /// Starts it; what is planted becomes the name of the folder of mirrors.
    pub(crate) async fn start(planted: &Canary) -> Self {
        let evidence = Arc::new(Evidence::default());
        let nats = Nats::start().await;
        let traffic = Traffic::watched(&nats.connection("bootstrap"), &evidence).await;
        let mut site = Self {
            _processes: Processes::watched(&evidence),
            collector: collector(&evidence),
            hooks: free_port(),
            api: free_port(),
            canaries: Mutex::new(vec![planted.clone()]),
            running: Vec::new(),
            nats,
            evidence,
            traffic,
        };
        for folder in ["handed-over", "access-tokens", "nats-passwords", "logs"] {
            private(&site.folder().join(folder));
        }
        site.passwords();
        site.says(
            "sluice",
            site.command(&["keys", "new", "--folder", "keys"])
                .run()
                .await,
        );
        site.sealing_keys();
        site.start_services(planted.value()).await;
        site
    }

    /// What everything of it lies in.
    pub(crate) fn folder(&self) -> &Path {
        self.nats.folder()
    }

    /// A new secret of this name.
    pub(crate) fn secret(&self, name: &str) -> String {
        self.within(name, "", "")
    }

    /// A new secret that begins and ends like this.
    pub(crate) fn within(&self, name: &str, begin: &str, end: &str) -> String {
        self.looks_for(Canary::within(name, begin, end))
    }

    /// From now on looks for this one, too.
    pub(crate) fn looks_for(&self, canary: Canary) -> String {
        let value = canary.value().to_owned();
        self.canaries().push(canary);
        value
    }

    /// Everything that is looked for.
    pub(crate) fn canaries(&self) -> MutexGuard<'_, Vec<Canary>> {
        self.canaries.lock().unwrap()
    }

    /// Puts a file among those that an operator hands over.
    pub(crate) fn hands_over(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join("handed-over").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The command with these words, past the API.
    pub(crate) fn directly(&self, words: &[&str]) -> Program {
        let keys = |name: &str| path(&self.folder().join("keys").join(name));
        self.by_nats(words)
            .with(["--direct"])
            .set("SLUICE_HOOK_SECRETS_PUB", keys("hook-secrets.pub"))
            .set("SLUICE_CREDENTIALS_PUB", keys("credentials.pub"))
    }

    /// The command with these words, by what NATS knows.
    pub(crate) fn by_nats(&self, words: &[&str]) -> Program {
        self.command(words)
            .set("NATS_URL", self.nats.url())
            .set("NATS_USER", "operator")
            .set("SLUICE_NATS_PASSWORD_FILE", self.password("operator"))
    }

    /// The command with these words, through the API, as the holder of an access token.
    pub(crate) fn through_api(&self, holder: &str, words: &[&str]) -> Program {
        self.command(words)
            .set("SLUICE_API_URL", format!("http://{}", self.api))
            .set("SLUICE_API_TOKEN_FILE", path(&self.token_file(holder)))
    }

    /// Where the access token of somebody is.
    pub(crate) fn token_file(&self, holder: &str) -> PathBuf {
        self.folder().join("access-tokens").join(holder)
    }

    /// The command alone.
    pub(crate) fn command(&self, words: &[&str]) -> Program {
        Program::ours("sluice").with(words).inside(self.folder())
    }

    /// Keeps what a command said.
    pub(crate) fn says(&self, what: &str, ran: Ran) -> Ran {
        self.evidence
            .add(Sink::Command, what, ran.stdout.as_bytes());
        self.evidence
            .add(Sink::Command, what, ran.stderr.as_bytes());
        ran
    }

    /// Declares what a manifest says, as an administrator through the API.
    pub(crate) async fn applies(&self, manifest: &str) {
        let apply = self.through_api("admin", &["apply", "-f", "-"]);
        self.says("sluice apply", apply.run_on(manifest).await)
            .good();
    }

    /// Asks one of our listeners, and keeps what it answers; `None`: nothing.
    pub(crate) async fn asks(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut http = Http::open(address).await.unwrap();
        let answer = http.request(method, path, headers, body).await.ok()?;
        let sink = match path.starts_with("/metrics") {
            true => Sink::Metrics,
            false => Sink::Answer,
        };
        let text = format!("{:?}\n{}", answer.headers, answer.body);
        self.evidence
            .add(sink, format!("{method} of {address}"), text);
        Some(answer)
    }

    /// Asks every service how it is.
    pub(crate) async fn pages(&self) {
        for (_, admin, _) in &self.running {
            for page in ["/metrics", "/readyz?verbose", "/version", "/livez"] {
                self.asks(*admin, "GET", page, &[], b"").await.unwrap();
            }
        }
    }

    /// The addresses of the listeners for operators.
    pub(crate) fn admins(&self) -> Vec<SocketAddr> {
        self.running.iter().map(|(_, admin, _)| *admin).collect()
    }

    /// Ends every service, so that it says its last.
    pub(crate) async fn ends(&mut self) {
        for (_, _, process) in &self.running {
            process.signal(rustix::process::Signal::TERM);
        }
        for (name, _, process) in &mut self.running {
            assert_eq!(process.ended().await.code(), Some(0), "{name}");
        }
    }

    /// A service with what all of them are told, by files where it is secret.
    pub(crate) fn service(&self, name: &str) -> Program {
        let program = Program::ours(name)
            .set("SLUICE_ADMIN", "127.0.0.1:0")
            .set("SLUICE_DRAIN_DELAY", "0s");
        self.traced(program)
    }

    /// A program that says everything that it can, in its log and to the collector.
    pub(crate) fn traced(&self, program: Program) -> Program {
        program
            .set("RUST_LOG", "trace")
            .set(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                format!("http://{}", self.collector),
            )
            .set("OTEL_BSP_SCHEDULE_DELAY", "200")
    }

    /// The settings by which a service opens NATS.
    pub(crate) fn on_nats(&self, program: Program, user: &str) -> Program {
        program
            .set("SLUICE_NATS", self.nats.url())
            .set("SLUICE_NATS_USER", user)
            .set("SLUICE_NATS_PASSWORD_FILE", self.password(user))
    }

    async fn start_services(&mut self, planted: &str) {
        for name in SERVICES {
            let admin = free_port();
            let program = self.settings(name, planted);
            let program = program.set("SLUICE_ADMIN", admin.to_string());
            let process = program.start(&self.folder().join("logs").join(name));
            self.running.push((name, admin, process));
        }
        for (name, admin, _) in &self.running {
            eventually(&format!("{name} is ready"), async || {
                let answer = Http::get(*admin, "/readyz").await.ok()?;
                (answer.status == 200).then_some(())
            })
            .await;
        }
    }

    fn settings(&self, name: &'static str, planted: &str) -> Program {
        let keys = |name: &str| path(&self.folder().join("keys").join(name));
        let folder = |name: &str| path(&self.folder().join("data").join(name));
        let program = self.service(name);
        let git = path(&git_child());
        let hooks_url = format!("http://{}", self.hooks);
        match name {
            "gateway" => self
                .on_nats(program, name)
                .set("SLUICE_HOOKS", self.hooks.to_string())
                .set("SLUICE_HOOK_SECRETS_KEY", keys("hook-secrets.key")),
            "sync" => self
                .on_nats(program, name)
                .set("SLUICE_CREDENTIALS_KEY", keys("credentials.key"))
                .set("SLUICE_GIT_PROGRAM", git)
                .set("SLUICE_LOCAL_REPOSITORIES", "true")
                .with(["--data-dir", &folder(planted)]),
            "recoverer" => self
                .on_nats(program, name)
                .set("SLUICE_CREDENTIALS_KEY", keys("credentials.key"))
                .set("SLUICE_GIT_PROGRAM", git)
                .set("SLUICE_LOCAL_REPOSITORIES", "true")
                .set("SLUICE_SWEEP_INTERVAL", "3s")
                .set("SLUICE_SWEEP_INTERVAL_HEALTHY", "3s")
                .set("SLUICE_SWEEP_GRACE", "1s"),
            "connector" => self
                .on_nats(program, name)
                .set("SLUICE_CREDENTIALS_KEY", keys("credentials.key"))
                .set("SLUICE_HOOK_SECRETS_PUB", keys("hook-secrets.pub"))
                .set("SLUICE_HOOKS_URL", hooks_url)
                .set("SLUICE_GIT_PROGRAM", git)
                .set("SLUICE_LOCAL_REPOSITORIES", "true"),
            "commit-log" => self
                .on_nats(program, name)
                .set("SLUICE_DATA_DIR", folder(planted))
                .set("SLUICE_PUSH_GRACE", "1s"),
            "api" => self
                .on_nats(program, name)
                .set("SLUICE_API", self.api.to_string())
                .set("SLUICE_HOOKS_URL", hooks_url)
                .set("SLUICE_HOOK_SECRETS_PUB", keys("hook-secrets.pub"))
                .set("SLUICE_CREDENTIALS_PUB", keys("credentials.pub")),
            _ => panic!("no such service: {name}"),
        }
    }

    /// Writes the passwords of NATS to files.
    fn passwords(&self) {
        for user in SERVICES.iter().chain(&["operator", "bootstrap"]) {
            let Credentials::UserPassword(_, password) = self.nats.connection(user).credentials
            else {
                panic!("a user and a password");
            };
            fs::write(self.password(user), &password).unwrap();
            let name = format!("NATS password: of {user}");
            self.looks_for(Canary::made(&name, password.as_bytes()));
        }
    }

    fn password(&self, user: &str) -> String {
        path(&self.folder().join("nats-passwords").join(user))
    }

    /// Takes the private keys for canaries.
    fn sealing_keys(&self) {
        for class in ["hook-secrets", "credentials"] {
            let file = self.folder().join("keys").join(format!("{class}.key"));
            let text = fs::read_to_string(file).unwrap();
            let key = BASE64_STANDARD
                .decode(text.lines().nth(1).unwrap())
                .unwrap();
            self.looks_for(Canary::made(&format!("sealing key: {class}"), &key));
        }
    }
}

/// A collector of traces, which keeps what it is sent.
fn collector(evidence: &Arc<Evidence>) -> SocketAddr {
    let evidence = Arc::clone(evidence);
    listen(move |request| {
        let whole = [request.head.as_bytes(), &request.body].concat();
        evidence.add(Sink::Trace, "the collector", whole);
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    })
}

fn private(folder: &Path) {
    fs::DirBuilder::new().mode(0o700).create(folder).unwrap();
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
