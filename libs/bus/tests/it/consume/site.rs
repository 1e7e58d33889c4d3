//! A server with a worker's consumer and bucket on it, and what one sees there.

use std::{sync::Arc, time::Duration};

use sluice_bus::{
    Bus, Outgoing, Records, StoredMessage,
    consume::{self, Options},
    roles::{ROLES, Role},
    topology::{BucketSpec, ConsumerSpec, Topology},
};
use sluice_daemon::{Health, Shutdown, shutdown::Pace};
use sluice_events::{
    Address, MessageId, Subject, from_json,
    v1::{DeadLetter, Project},
};
use sluice_test_support::{Nats, eventually};
use tokio::task::JoinHandle;

use super::worker::{Act, Calls, PATIENCE, Planned, WORKER, envelope};
use crate::admin;

/// A server with the worker's things on it.
pub(super) struct Site {
    pub(super) nats: Nats,
    pub(super) gateway: Bus,
    pub(super) worker: Bus,
    pub(super) spec: ConsumerSpec,
}

/// A worker that runs.
pub(super) struct Running {
    pub(super) shutdown: Shutdown,
    pub(super) task: JoinHandle<()>,
    calls: Calls,
}

impl Site {
    /// A second for an ack.
    pub(super) async fn start() -> Self {
        Self::with(WORKER, Topology::current(), Duration::from_secs(1)).await
    }

    pub(super) async fn with(role: Role, mut topology: Topology, ack_wait: Duration) -> Self {
        let spec = ConsumerSpec {
            name: "worker".into(),
            stream: "SLUICE_GIT".into(),
            filters: vec!["sluice.v1.git.>".into()],
            ack_wait,
            max_in_hand: 64,
            since: 1,
        };
        topology.consumers.push(spec.clone());
        topology.buckets.push(BucketSpec {
            name: "worker-state".into(),
            about: "How far the worker is.".into(),
            max_bytes: 1 << 20,
            since: 1,
        });
        let roles = [ROLES, &[role]].concat();
        let nats = Nats::empty_for(topology.clone(), &roles).await;
        nats.apply(&topology).await;
        Self {
            gateway: nats.bus("gateway").await,
            worker: nats.bus("worker").await,
            nats,
            spec,
        }
    }

    /// Publishes an event, for as long as it takes.
    pub(super) async fn event(&self, what: &str) {
        let data = format!(r#"{{"hookId":"{what}"}}"#);
        self.publish(what, data.into_bytes()).await;
    }

    /// Publishes an event with this for its data.
    pub(super) async fn publish(&self, what: &str, data: Vec<u8>) {
        let address = Address::of("default", "github", "acme/web");
        let subject = Subject::new("git", address, "ping", "received");
        let id = MessageId::of(&[what.as_bytes()]);
        let message = Outgoing::event(&subject, &envelope(&subject), id, data);
        eventually("the event is stored", || async {
            self.gateway.publish(message.clone(), PATIENCE).await.ok()
        })
        .await;
    }

    /// Runs the worker, with pauses fit for tests.
    pub(super) fn run(&self, plan: impl Fn(&str, u64) -> Act + Send + Sync + 'static) -> Running {
        let options = Options {
            attempts: 3,
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(100),
            patience: Duration::from_millis(500),
            ..Options::default()
        };
        self.run_with(options, plan)
    }

    pub(super) fn run_with(
        &self,
        options: Options,
        plan: impl Fn(&str, u64) -> Act + Send + Sync + 'static,
    ) -> Running {
        let calls = Calls::default();
        let handler = Planned {
            bus: self.worker.clone(),
            plan: Arc::new(plan),
            calls: Arc::clone(&calls),
        };
        let shutdown = Shutdown::default();
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, Health::default()));
        let (bus, spec) = (self.worker.clone(), self.spec.clone());
        let task = tokio::spawn(consume::run(bus, spec, handler, options, shutdown.clone()));
        Running {
            shutdown,
            task,
            calls,
        }
    }

    /// What the worker said, in order.
    pub(super) async fn effects(&self) -> Vec<String> {
        let stored = self
            .stored("SLUICE_DELIVERIES", "sluice.v1.delivery.>")
            .await;
        let subjects = stored
            .iter()
            .map(|message| Subject::parse(&message.subject).unwrap());
        subjects
            .map(|subject| subject.qualifiers.concat())
            .collect()
    }

    /// Waits until the worker has said so much.
    pub(super) async fn wait_for_effects(&self, count: usize) -> Vec<String> {
        eventually("the worker says it", || async {
            let effects = self.effects().await;
            (effects.len() >= count).then_some(effects)
        })
        .await
    }

    pub(super) async fn dead_letters(&self) -> Vec<DeadLetter> {
        let stored = self
            .stored("SLUICE_DEADLETTERS", "sluice.v1.deadletter.>")
            .await;
        let letters = stored
            .iter()
            .map(|message| from_json(&message.payload).unwrap());
        letters.collect()
    }

    /// Waits for the one dead letter.
    pub(super) async fn wait_for_dead_letter(&self) -> DeadLetter {
        let mut letters = eventually("a dead letter", || async {
            Some(self.dead_letters().await).filter(|letters| !letters.is_empty())
        })
        .await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters.remove(0)
    }

    /// Waits until the consumer has nothing more to give and nothing in hand.
    pub(super) async fn wait_until_settled(&self) {
        eventually("everything is settled", || async {
            (self.unsettled().await == 0).then_some(())
        })
        .await;
    }

    /// How many events wait or are in hand.
    pub(super) async fn unsettled(&self) -> u64 {
        let jetstream = admin::jetstream(&self.nats.connection("bootstrap")).await;
        let info = admin::consumer(&jetstream, "SLUICE_GIT", "worker").await;
        info.num_pending + info.num_ack_pending as u64
    }

    pub(super) fn state(&self) -> Records<Project> {
        Records::new(&self.worker, "worker-state")
    }

    async fn stored(&self, stream: &str, subject: &str) -> Vec<StoredMessage> {
        let operator = self.nats.bus("operator").await;
        let mut all = Vec::new();
        let mut from = 1;
        loop {
            let part = operator.read_forward(stream, subject, from).await.unwrap();
            let Some(last) = part.last() else { return all };
            from = last.sequence + 1;
            all.extend(part);
        }
    }
}

impl Running {
    /// Every call of the handler: the event and the attempt.
    pub(super) fn calls(&self) -> Vec<(String, u64)> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) async fn wait_for_calls(&self, count: usize) -> Vec<(String, u64)> {
        eventually("the handler is called", || async {
            Some(self.calls()).filter(|calls| calls.len() >= count)
        })
        .await
    }

    /// As if the process were killed.
    pub(super) async fn crash(self) {
        self.task.abort();
        // It was cancelled, which is what the error says.
        let _ = self.task.await;
    }

    /// Ends it in good order.
    pub(super) async fn stop(self) {
        self.shutdown.request();
        self.task.await.unwrap();
    }
}
