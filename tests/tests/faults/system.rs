//! A gateway and a nats-server that can be killed one by one, and two hooks that tell of the same repositories.

use sluice_test_support::Nats;
use sluice_tests::{Gateway, Operator, SECOND_SECRET, SECRET};

pub(crate) struct System {
    pub(crate) nats: Nats,
    pub(crate) gateway: Gateway,
    pub(crate) hooks: Hooks,
}

/// The paths of the hooks, each with its secret: the repository's and the organization's.
pub(crate) struct Hooks {
    pub(crate) first: (String, &'static str),
    pub(crate) second: (String, &'static str),
}

impl System {
    pub(crate) async fn start() -> Self {
        let nats = Nats::start().await;
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let keys = operator.makes_keys().await;
        let first = operator.declares_endpoint("repository", SECRET).await;
        let second = operator
            .declares_endpoint("organization", SECOND_SECRET)
            .await;
        let gateway = Gateway::start(&nats.connection("gateway"), &keys);
        gateway.ready().await;
        Self {
            nats,
            gateway,
            hooks: Hooks {
                first: (first, SECRET),
                second: (second, SECOND_SECRET),
            },
        }
    }
}
