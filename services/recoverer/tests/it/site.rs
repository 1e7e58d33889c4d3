//! A site: a nats-server with what is shipped on it, a Git host, a registry, a gateway to tell of pushes.

use std::time::Duration;

use sluice_bus::{Bus, Records, StoredMessage};
use sluice_events::{
    Timestamp, from_json,
    v1::{Host, KnownRefs, RefEvent},
};
use sluice_registry::keys;
use sluice_test_support::{
    GitRepository, GitServer, Moved, Nats, Registry, eventually, moved,
    registry::{Repository, host_of, repository},
};

pub(crate) const MAIN: &str = "refs/heads/main";

/// Everything that a recoverer needs.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) server: GitServer,
    pub(crate) registry: Registry,
    pub(crate) gateway: Bus,
    pub(crate) operator: Bus,
}

/// An event of a ref, as it is stored.
pub(crate) struct Stored {
    pub(crate) message: StoredMessage,
    pub(crate) event: RefEvent,
}

impl Stored {
    pub(crate) fn is_recovered(&self) -> bool {
        self.event.provenance.as_ref().unwrap().recovered
    }

    /// Ref, from and to.
    pub(crate) fn moved(&self) -> (String, Option<String>, Option<String>) {
        let event = &self.event;
        (
            event.r#ref.clone(),
            event.before.clone(),
            event.after.clone(),
        )
    }
}

impl Site {
    /// One with the host `forge` declared, which is the Git server.
    pub(crate) async fn start() -> Self {
        let (nats, server) = (Nats::start().await, GitServer::start());
        let registry = Registry::of(&nats).await;
        let forge = host_of(Host {
            name: "forge".into(),
            provider: "gitea".into(),
            url: server.origin(),
            ..Host::default()
        });
        registry.declare(&[forge]).await;
        Self {
            gateway: nats.bus("gateway").await,
            operator: nats.bus("operator").await,
            registry,
            server,
            nats,
        }
    }

    /// A repository `acme/web` of the host, declared, with a first commit on main.
    pub(crate) async fn declared(&self) -> (GitRepository, String) {
        let web = self.server.repository("acme/web");
        let first = web.commit("main", "first", &[("a", "1")]);
        self.registry.declare(&[of("acme/web").manifest()]).await;
        (web, first)
    }

    /// The gateway tells of a signed push to it.
    pub(crate) async fn told(&self, name: &str, before: Option<&str>, after: Option<&str>) {
        told(name, before, after).tell(&self.gateway).await;
    }

    /// What the recoverer knows of it.
    pub(crate) async fn known(&self) -> Option<KnownRefs> {
        let records = Records::<KnownRefs>::new(&self.operator, keys::KNOWN_REFS);
        let known = records
            .get(&keys::repository("default", "web"))
            .await
            .unwrap();
        known.map(|known| known.record)
    }

    /// Waits until its refs were read once.
    pub(crate) async fn swept(&self) {
        eventually("the refs were read", || async {
            self.known().await.filter(|known| known.baseline)
        })
        .await;
    }

    /// Waits for a sweep that began after now, and one more: what it would publish, it has.
    pub(crate) async fn swept_twice(&self) {
        for _ in 0..2 {
            let now = Timestamp::now();
            eventually("the refs were read again", || async {
                let known = self.known().await?;
                let settled = known.suspected.is_empty() && known.pending.is_empty();
                (known.swept_at > Some(now) && settled).then_some(())
            })
            .await;
        }
    }

    /// All events of refs, in their order.
    pub(crate) async fn events(&self) -> Vec<Stored> {
        let stored = self
            .operator
            .read_forward("SLUICE_GIT", "sluice.v1.git.>", 1);
        let stored = stored.await.unwrap().into_iter();
        stored
            .map(|message| Stored {
                event: from_json(&message.payload).unwrap(),
                message,
            })
            .collect()
    }

    /// Those that no webhook told.
    pub(crate) async fn recovered(&self) -> Vec<Stored> {
        let mut events = self.events().await;
        events.retain(Stored::is_recovered);
        events
    }

    /// Waits until so many moves were recovered, and gives them.
    pub(crate) async fn recovers(&self, count: usize) -> Vec<Stored> {
        eventually("it is found", || async {
            let recovered = self.recovered().await;
            (recovered.len() >= count).then_some(recovered)
        })
        .await
    }
}

/// A signed push to the repository `acme/web`.
pub(crate) fn told<'a>(
    name: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
) -> Moved<'a> {
    moved("forge", "acme/web", name, before, after)
}

/// A repository of the host, as it is declared; the host gives it the id that webhooks name.
pub(crate) fn of(full_name: &str) -> Repository {
    repository("web", "forge", full_name).host_id("42")
}

/// Long enough for several sweeps.
pub(crate) async fn quiet() {
    tokio::time::sleep(Duration::from_millis(2500)).await;
}
