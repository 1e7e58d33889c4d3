//! A site: a nats-server with what is shipped on it, a Git host, a registry, a gateway and a connector.

use std::{net::SocketAddr, time::Duration};

use sluice_bus::{Bus, Command, Records, StoredMessage, consume::Options};
use sluice_connector::{AppsConfig, Config, Limits, SERVICE};
use sluice_events::{
    Timestamp, token,
    v1::{
        Connection, ConnectionStatus, ConnectorRequest, Endpoint, Hook, HookSecret, Host,
        OperationOutcome, OperationState, RegisteredRepository, WebhookKind,
    },
};
use sluice_fake_hosts::{FakeHost, Kind, Role};
use sluice_registry::keys;
use sluice_test_support::{
    Nats, Registry, Worker, eventually, git_child,
    registry::{Repository, credential, host_of, repository},
};

/// Where `main` is.
pub(crate) const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// What opens the host for us.
pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";

/// A test that waits for more has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// All kinds of hosts.
pub(crate) const KINDS: [Kind; 4] = [Kind::GitHub, Kind::GitLab, Kind::Gitea, Kind::Forgejo];

pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) host: FakeHost,
    pub(crate) registry: Registry,
    pub(crate) operator: Bus,
    /// How many repositories the connector works on at once.
    pub(crate) at_once: usize,
    gateway: SocketAddr,
    _gateway: Worker,
}

impl Site {
    /// One with a host of that kind, a repository `acme/web` there, and the token of somebody who may administer it.
    pub(crate) async fn with(kind: Kind) -> Self {
        let (nats, host) = (Nats::start().await, FakeHost::start(kind).await);
        host.repository("acme/web")
            .branch("main", A)
            .private()
            .create();
        allow(&host, TOKEN, Role::Admin);
        let registry = Registry::of(&nats).await;
        let forge = host_of(forge(&host));
        let bot = credential("bot", "forge").token(TOKEN).manifest();
        registry.declare(&[forge, bot]).await;
        let (address, _gateway) = gateway(&nats, &registry).await;
        Self {
            operator: nats.bus("operator").await,
            at_once: 4,
            registry,
            host,
            gateway: address,
            _gateway,
            nats,
        }
    }

    /// The same with a connector that has connected `web`.
    pub(crate) async fn connected(kind: Kind) -> (Self, Worker) {
        let site = Self::with(kind).await;
        let connector = site.connector().await;
        site.add(WebhookKind::Managed).await;
        site.stands(ConnectionStatus::Active).await;
        (site, connector)
    }

    /// The webhook of `web`.
    pub(crate) async fn hook(&self) -> Hook {
        self.connection().await.unwrap().hook.unwrap()
    }

    /// A connector, ready.
    pub(crate) async fn connector(&self) -> Worker {
        self.reached_by(&self.base()).await
    }

    /// One that hosts are told to reach by another address.
    pub(crate) async fn reached_by(&self, hooks_url: &str) -> Worker {
        self.with_clock(hooks_url, 60).await
    }

    /// One that believes hosts' clocks to run so many times faster than ours.
    pub(crate) async fn with_clock(&self, hooks_url: &str, faster: u32) -> Worker {
        let config = Config {
            bus: self.nats.connection("connector"),
            credentials_keys: vec![self.registry.credentials_key()],
            hook_secrets_pub: self.registry.opening_key().with_extension("pub"),
            apps: Some(AppsConfig {
                issuers_keys: vec![self.registry.issuers_key()],
                credentials_pub: self.registry.credentials_sealing_key(),
            }),
            hooks_url: hooks_url.to_owned(),
            git: sluice_git::Settings {
                local: true,
                ..sluice_git::Settings::of(git_child())
            },
            limits: Limits {
                interval: Duration::from_secs(3600),
                at_once: self.at_once,
                hosts_clock: faster,
                proof_pause: Duration::from_secs(2),
                first_pause: Duration::from_millis(100),
                consume: Options {
                    first_pause: Duration::from_millis(20),
                    longest_pause: Duration::from_millis(50),
                    ..Options::default()
                },
            },
        };
        Worker::start(&SERVICE, |process| sluice_connector::run(config, process)).await
    }

    /// Where the gateway is.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.gateway)
    }

    /// Declares `web` with a webhook of that kind.
    pub(crate) async fn add(&self, webhook: WebhookKind) {
        self.registry
            .declare(&[web().webhook(webhook).manifest()])
            .await;
    }

    pub(crate) async fn connection(&self) -> Option<Connection> {
        self.connection_of("web").await
    }

    pub(crate) async fn connection_of(&self, name: &str) -> Option<Connection> {
        let records = Records::<Connection>::new(&self.operator, keys::CONNECTIONS);
        let found = records.get(&keys::repository("default", name)).await;
        found.unwrap().map(|found| found.record)
    }

    /// The record of `web`.
    pub(crate) async fn record(&self) -> Option<RegisteredRepository> {
        self.registry
            .snapshot()
            .await
            .repository("default", "web")
            .cloned()
    }

    /// The secrets that the endpoint of `web` accepts.
    pub(crate) async fn secrets(&self) -> Vec<HookSecret> {
        let records = Records::<Endpoint>::new(&self.operator, keys::ENDPOINTS);
        let found = records.get(&keys::endpoint("default", "web")).await;
        found.unwrap().unwrap().record.secrets
    }

    /// Waits until `web` stands so and nobody works on it.
    pub(crate) async fn stands(&self, status: ConnectionStatus) -> Connection {
        self.stands_as("web", status).await
    }

    pub(crate) async fn stands_as(&self, name: &str, status: ConnectionStatus) -> Connection {
        let stands = eventually("it stands so", || async {
            let connection = self.connection_of(name).await?;
            let settled = connection.claim.is_none() && connection.requests.is_empty();
            (settled && connection.status() == status).then_some(connection)
        });
        match tokio::time::timeout(PATIENCE, stands).await {
            Ok(connection) => connection,
            Err(_) => {
                let stands = self.connection_of(name).await;
                let calls = self.host.calls();
                panic!("{name} is not {status:?} but {stands:#?}; the host was asked {calls:#?}");
            }
        }
    }

    /// Asks for something, and waits until it is done or has failed.
    pub(crate) async fn ask(&self, verb: &str, force: bool) -> OperationOutcome {
        let request = ConnectorRequest {
            force,
            ..ConnectorRequest::default()
        };
        self.ask_by(verb, request).await
    }

    /// The same by a request that says more.
    pub(crate) async fn ask_by(&self, verb: &str, request: ConnectorRequest) -> OperationOutcome {
        let operation = format!("{verb}-{:?}", std::time::Instant::now());
        let command = Command {
            sender: "operator",
            principal: "operator",
            project: "default",
            service: "connector",
            verb,
            name: "web",
            operation: &operation,
            wanted: Duration::from_secs(60),
        };
        let request = ConnectorRequest {
            name: "web".into(),
            ..request
        };
        let message = command.outgoing(&request).unwrap();
        let stored = self.operator.publish(message, Duration::from_secs(5)).await;
        stored.unwrap();
        let outcomes = Records::<OperationOutcome>::new(&self.operator, keys::OPERATIONS);
        let key = token::encode(&operation);
        eventually("the operation has ended", || async {
            let outcome = outcomes.get(&key).await.unwrap()?.record;
            (outcome.state() != OperationState::Accepted).then_some(outcome)
        })
        .await
    }

    /// As time does: the webhook of `web` was installed so long ago.
    pub(crate) async fn age(&self, time: Duration) {
        let bus = self.nats.bus("connector").await;
        let records = Records::<Connection>::new(&bus, keys::CONNECTIONS);
        let found = records.get(&keys::repository("default", "web")).await;
        let mut found = found.unwrap().unwrap();
        let hook = found.record.hook.as_mut().unwrap();
        let seconds = i64::try_from(time.as_secs()).unwrap();
        hook.installed_at.as_mut().unwrap().seconds -= seconds;
        let put = records.put(&found.key, &found.record, Some(found.revision));
        put.await.unwrap();
    }

    /// As time does: what a dead connector had in hand is free again.
    pub(crate) async fn end_claims(&self) {
        let bus = self.nats.bus("connector").await;
        let records = Records::<Connection>::new(&bus, keys::CONNECTIONS);
        for found in records.all().await.unwrap() {
            // What the dead one had sent may still arrive.
            let mut found = Some(found);
            while let Some(now) = found.take() {
                let mut record = now.record;
                let Some(claim) = &mut record.claim else {
                    break;
                };
                claim.until = Some(Timestamp::from_seconds(1));
                if records
                    .put(&now.key, &record, Some(now.revision))
                    .await
                    .is_err()
                {
                    found = records.get(&now.key).await.unwrap();
                }
            }
        }
    }

    /// The actions of all events of that name, in their order: `installed`, `gained` and so on.
    pub(crate) async fn said(&self, name: &str) -> Vec<String> {
        let subjects = format!("sluice.v1.webhook.*.*.*.*.{name}.*");
        let messages = self.stored("SLUICE_RESULTS", &subjects).await;
        let action =
            |message: &StoredMessage| message.subject.split('.').next_back().unwrap().to_owned();
        messages.iter().map(action).collect()
    }

    pub(crate) async fn stored(&self, stream: &str, subjects: &str) -> Vec<StoredMessage> {
        self.operator
            .read_forward(stream, subjects, 1)
            .await
            .unwrap()
    }

    /// What happened at the host: `branch.updated` and so on.
    pub(crate) async fn events(&self) -> Vec<String> {
        let messages = self.stored("SLUICE_GIT", "sluice.v1.git.>").await;
        let kind = |message: &StoredMessage| {
            let words: Vec<_> = message.subject.split('.').collect();
            format!("{}.{}", words[7], words[8])
        };
        messages.iter().map(kind).collect()
    }
}

/// The host's record.
pub(crate) fn forge(host: &FakeHost) -> Host {
    Host {
        name: "forge".into(),
        provider: word(host.kind()).into(),
        url: host.url().into(),
        api_url: host.api_url(),
        ..Host::default()
    }
}

/// The repository `web`, opened by the token.
pub(crate) fn web() -> Repository {
    repository("web", "forge", "acme/web").opened_by("bot")
}

/// A token of somebody with that role in `acme/web`.
pub(crate) fn allow(host: &FakeHost, token: &str, role: Role) {
    let token = host.token(token).user("bot");
    let token = match host.kind() {
        Kind::GitHub => token.scopes(["repo", "admin:repo_hook"]),
        Kind::GitLab => token.scopes(["api"]),
        Kind::Gitea | Kind::Forgejo => token.scopes(["write:repository", "read:user"]),
    };
    token.role("acme/web", role);
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::GitHub => "github",
        Kind::GitLab => "gitlab",
        Kind::Gitea => "gitea",
        Kind::Forgejo => "forgejo",
    }
}

async fn gateway(nats: &Nats, registry: &Registry) -> (SocketAddr, Worker) {
    let config = sluice_gateway::Config {
        bus: nats.connection("gateway"),
        hook_secrets_keys: vec![registry.opening_key()],
        listen: sluice_gateway::Listen {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            body_budget: 128 << 20,
            body_deadline: Duration::from_secs(8),
            store_deadline: Duration::from_millis(3500),
            max_connections: 1_000,
        },
    };
    let (tell, told) = tokio::sync::oneshot::channel();
    let gateway = Worker::start(&sluice_gateway::SERVICE, |process| async move {
        let started = sluice_gateway::start(config, process).await?;
        let _ = tell.send(started.addr());
        started.run().await
    });
    let gateway = gateway.await;
    (told.await.unwrap(), gateway)
}
