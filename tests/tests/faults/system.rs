//! A gateway and a nats-server that can be killed one by one, and two hooks that tell of the same repositories.

use sluice_test_support::Nats;
use sluice_tests::{Gateway, Http, Operator, Push, SECOND_SECRET, SECRET};

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

    /// Delivers a push by a hook, and returns what became of it.
    pub(crate) async fn told(&self, (path, secret): &(String, &str), push: Push) -> String {
        let sample = push.signed_with(secret);
        let mut http = Http::open(self.gateway.hooks()).await.unwrap();
        let answer = http
            .post(path, &sample.headers, &sample.body)
            .await
            .unwrap();
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        body["outcome"].as_str().unwrap().to_owned()
    }
}
