//! A nats-server with a registry on it, and the processes that read it.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};
use sluice_registry::{KeyClass, create_keys, keys, new_access_token};
use sluice_test_support::Nats;
use sluice_tests::{Gateway, Http, Operator, SECRET, Worker, free_port, push};

use super::{
    asked::{Api, count},
    filled::{self, Writers},
};

/// How often it is looked whether something has come about.
const LOOK: Duration = Duration::from_millis(5);

/// After how long it never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// Both, in a folder that goes with them.
pub(crate) struct Site {
    nats: Nats,
    hook: String,
    token: String,
}

/// How a process began.
pub(crate) struct Begun {
    /// From its start until it said that it was ready.
    pub(crate) ready: Duration,
    /// The most memory that it held until then, in bytes.
    pub(crate) memory: u64,
    /// From its start until it took a delivery, where it takes any.
    pub(crate) accepted: Option<Duration>,
}

impl Site {
    /// A registry with so many repositories.
    pub(crate) async fn open(repositories: usize) -> Self {
        // Reading is measured, and writing is not: so all of it is written sooner.
        let nats = Nats::with_sync(false).await;
        let folder_of_keys = nats.folder().join("keys");
        std::fs::create_dir(&folder_of_keys).unwrap();
        let sealing = create_keys(&folder_of_keys, KeyClass::HookSecrets).unwrap();
        create_keys(&folder_of_keys, KeyClass::Credentials).unwrap();
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let hook = operator.declares_endpoint("bench", SECRET).await;
        let writers = Writers {
            operator: nats.bus("operator").await,
            sync: nats.bus("sync").await,
            recoverer: nats.bus("recoverer").await,
            connector: nats.bus("connector").await,
        };
        let token = token(&writers.operator).await;
        filled::fill(&writers, &sealing, repositories).await;
        Self { nats, hook, token }
    }

    /// Starts a gateway, which is sent a delivery again and again from its start on.
    pub(crate) async fn gateway(&self) -> Begun {
        let begun = Instant::now();
        let mut gateway = Gateway::start(&self.nats.connection("gateway"), &self.keys());
        let hooks = gateway.hooks();
        let ready = async {
            until(async || {
                gateway
                    .health()
                    .await
                    .is_some_and(|answer| answer.status == 200)
            })
            .await;
            begun.elapsed()
        };
        let accepted = async {
            let delivery = push().signed_with(SECRET);
            until(async || {
                let Ok(mut http) = Http::open(hooks).await else {
                    return false;
                };
                let sent = http.post(&self.hook, &delivery.headers, &delivery.body);
                sent.await.is_ok_and(|answer| answer.status == 202)
            })
            .await;
            begun.elapsed()
        };
        let (ready, accepted) = tokio::join!(ready, accepted);
        let memory = gateway.process().most_memory();
        gateway.kill().await;
        Begun {
            ready,
            memory,
            accepted: Some(accepted),
        }
    }

    /// Starts a worker until it has read the registry.
    pub(crate) async fn worker(&self, name: &str) -> Begun {
        let (mut worker, begun) = self.start(name, &[]).await;
        worker.kill().await;
        begun
    }

    /// Starts the API, which stays.
    pub(crate) async fn api(&self) -> (Worker, Api, Begun) {
        let addr = free_port();
        let listen = addr.to_string();
        let (worker, begun) = self.start("api", &[("SLUICE_API", &listen)]).await;
        let token = self.token.clone();
        (worker, Api { addr, token }, begun)
    }

    async fn start(&self, name: &str, more: &[(&str, &str)]) -> (Worker, Begun) {
        let key = |file: &str| self.keys().join(file).to_str().unwrap().to_owned();
        let (opening, sealing) = (key("credentials.key"), key("hook-secrets.pub"));
        let opens = ("SLUICE_CREDENTIALS_KEY", opening.as_str());
        let seals = ("SLUICE_HOOK_SECRETS_PUB", sealing.as_str());
        let hooks = ("SLUICE_HOOKS_URL", filled::HOOKS_URL);
        let data = ("SLUICE_DATA_DIR", self.nats.folder().to_str().unwrap());
        let its = match name {
            "api" => vec![seals, hooks],
            "connector" => vec![seals, hooks, opens],
            _ => vec![opens, data],
        };
        let settings = [&its, more].concat();
        let connection = self.nats.connection(name);
        let begun = Instant::now();
        let mut worker = Worker::start(name, &connection, self.nats.folder(), &settings);
        until(async || {
            worker
                .health()
                .await
                .is_some_and(|answer| answer.status == 200)
        })
        .await;
        let begun = Begun {
            ready: begun.elapsed(),
            memory: worker.process().most_memory(),
            accepted: None,
        };
        (worker, begun)
    }

    /// How long until a repository that somebody declares through the API is found there: the answer, and the next one.
    pub(crate) async fn declares(&self, api: &Api, number: usize) -> Duration {
        let (name, project) = (filled::name(number), filled::project(number));
        let manifest = format!(
            "apiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {{name: {name}, project: {project}}}\nspec: {{host: {}, \
             fullName: new/{name}, webhook: none}}\n",
            filled::HOST
        );
        let path = format!("/api/v1/repositories/{name}?project={project}");
        let find = format!("/api/v1/repositories?q={name}");
        let mut http = Http::open(api.addr).await.unwrap();
        let begun = Instant::now();
        let answer = api.send(&mut http, "PUT", &path, manifest.as_bytes()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        while count(&api.send(&mut http, "GET", &find, b"").await) == 0 {
            assert!(begun.elapsed() < PATIENCE, "{name} is never seen");
        }
        begun.elapsed()
    }

    fn keys(&self) -> PathBuf {
        self.nats.folder().join("keys")
    }
}

async fn until(mut happens: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !happens().await {
        assert!(begun.elapsed() < PATIENCE, "it never comes about");
        tokio::time::sleep(LOOK).await;
    }
}

/// Makes an access token that opens everything.
async fn token(operator: &Bus) -> String {
    let made = new_access_token("bench", "", AccessRole::Admin, Timestamp::now(), None);
    let (token, record) = made.unwrap();
    let tokens = Records::<AccessToken>::new(operator, keys::ACCESS_TOKENS);
    let key = keys::access_token("bench");
    tokens.put(&key, &record, None).await.unwrap();
    String::from_utf8(token.expose().to_vec()).unwrap()
}
