//! A nats-server and a gateway of this version.

use std::time::Duration;

use serde_json::Value;
use sluice_bus::{Outgoing, PublishError, Stored};
use sluice_events::MessageId;
use sluice_test_support::Nats;
use sluice_tests::{Answer, Gateway, Http, Operator, Push, SECRET};

pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) operator: Operator,
    pub(crate) gateway: Gateway,
    /// The path of the endpoint `first`.
    pub(crate) hook: String,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let nats = Nats::start().await;
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let keys = operator.makes_keys().await;
        let hook = operator.declares_endpoint("first", SECRET).await;
        let gateway = Gateway::start(&nats.connection("gateway"), &keys);
        gateway.ready().await;
        Self {
            nats,
            operator,
            gateway,
            hook,
        }
    }

    /// Delivers a push to an endpoint, signed with its secret.
    pub(crate) async fn deliver(&self, hook: &str, push: &Push) -> Answer {
        let sample = push.signed_with(SECRET);
        self.post(hook, &sample.headers, &sample.body).await
    }

    /// Delivers it signed with another secret.
    pub(crate) async fn forge(&self, hook: &str, push: &Push) -> Answer {
        let sample = push.signed_with("a-secret-that-nobody-declared");
        self.post(hook, &sample.headers, &sample.body).await
    }

    async fn post(&self, hook: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
        let mut http = Http::open(self.gateway.hooks()).await.unwrap();
        http.post(hook, headers, body).await.unwrap()
    }

    /// Stores what a program of the next version would store.
    pub(crate) async fn store(
        &self,
        stream: &str,
        subject: &str,
        headers: &[(&str, &str)],
        data: &Value,
    ) -> Result<Stored, PublishError> {
        let payload = data.to_string();
        let headers = headers.iter();
        let message = Outgoing {
            subject: subject.to_owned(),
            stream: stream.to_owned().into(),
            id: Some(MessageId::of(&[subject.as_bytes(), payload.as_bytes()])),
            first: false,
            headers: headers
                .map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned()))
                .collect(),
            payload: payload.into(),
        };
        let bus = self.nats.bus("bootstrap").await;
        bus.publish(message, Duration::from_secs(10)).await
    }
}
