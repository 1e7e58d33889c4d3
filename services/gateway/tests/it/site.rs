//! A site: a nats-server, a registry on it, and what is stored there.

use serde::de::DeserializeOwned;
use sluice_bus::{Bus, StoredMessage, topology::Topology};
use sluice_events::{from_json, v1::DeliveryRecord};
use sluice_gateway::Listen;
use sluice_providers::SecretKind;
use sluice_test_support::{
    Nats, Registry, eventually,
    registry::{Endpoint, endpoint},
};

use crate::gateway::{Gateway, shipped_limits};

/// The key that hosts sign with here.
pub(crate) const SECRET: &str = "a secret of thirty-two characters";

/// Objects that refs point to.
pub(crate) const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// Everything that a gateway needs.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) registry: Registry,
    operator: Bus,
}

impl Site {
    /// One with what is shipped on it, and these endpoints.
    pub(crate) async fn with<const N: usize>(endpoints: [Endpoint; N]) -> Self {
        Self::on(Topology::current(), endpoints).await
    }

    /// The same with another table.
    pub(crate) async fn on<const N: usize>(topology: Topology, endpoints: [Endpoint; N]) -> Self {
        let nats = Nats::with(topology).await;
        let site = Self {
            registry: Registry::of(&nats).await,
            operator: nats.bus("operator").await,
            nats,
        };
        site.declare(endpoints).await;
        site
    }

    /// Declares endpoints.
    pub(crate) async fn declare<const N: usize>(&self, endpoints: [Endpoint; N]) {
        let manifests = endpoints.map(Endpoint::manifest);
        self.registry.declare(&manifests).await;
    }

    /// Another gateway, ready.
    pub(crate) async fn gateway(&self) -> Gateway {
        self.limited_gateway(shipped_limits()).await
    }

    /// The same with limits of its own.
    pub(crate) async fn limited_gateway(&self, listen: Listen) -> Gateway {
        self.starting_gateway(listen).await.ready().await
    }

    /// Another gateway, which may not be ready.
    pub(crate) async fn starting_gateway(&self, listen: Listen) -> Gateway {
        let bus = self.nats.connection("gateway");
        Gateway::start(bus, self.registry.opening_key(), listen).await
    }

    /// All events, in their order.
    pub(crate) async fn events(&self) -> Vec<StoredMessage> {
        self.stored("SLUICE_GIT", "sluice.v1.git.>").await
    }

    /// All lines of the ledger, in their order.
    pub(crate) async fn ledger(&self) -> Vec<StoredMessage> {
        self.stored("SLUICE_DELIVERIES", "sluice.v1.delivery.>")
            .await
    }

    /// The ledger, once it has that many lines.
    pub(crate) async fn lines(&self, count: usize) -> Vec<DeliveryRecord> {
        let lines = eventually("the lines of the ledger", || async {
            let lines = self.ledger().await;
            (lines.len() >= count).then_some(lines)
        })
        .await;
        assert_eq!(lines.len(), count);
        lines.iter().map(read).collect()
    }

    /// What is stored in a stream under subjects: the first thousand.
    pub(crate) async fn stored(&self, stream: &str, subjects: &str) -> Vec<StoredMessage> {
        self.operator
            .read_forward(stream, subjects, 1)
            .await
            .unwrap()
    }
}

/// What happened, of every event: `branch.updated` and so on.
pub(crate) fn kinds(events: &[StoredMessage]) -> Vec<String> {
    let kind = |event: &StoredMessage| {
        let words: Vec<_> = event.subject.split('.').collect();
        format!("{}.{}", words[7], words[8])
    };
    events.iter().map(kind).collect()
}

/// The data of a message.
pub(crate) fn read<M: DeserializeOwned>(message: &StoredMessage) -> M {
    from_json(&message.payload).unwrap()
}

/// The endpoint `acme` of GitHub, which accepts what is signed with [`SECRET`].
pub(crate) fn acme() -> Endpoint {
    hook("acme", "github")
}

/// An endpoint that accepts what is signed with [`SECRET`].
pub(crate) fn hook(name: &str, host: &str) -> Endpoint {
    endpoint(name, host).accepting("hmac", SecretKind::Hmac, SECRET)
}
