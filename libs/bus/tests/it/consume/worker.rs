//! A worker of these tests: its user, and a handler that does what a plan says.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sluice_bus::{
    Bus, Outgoing,
    consume::{Advance, Failure, Handler, Received, Sink},
    roles::{Grant, Role},
};
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp,
    v1::{PingEvent, Trust},
};

pub(super) const PATIENCE: Duration = Duration::from_secs(3);

pub(super) const WORKER: Role = Role {
    name: "worker",
    about: "Consumes and publishes.",
    grants: &[
        Grant::Consume("SLUICE_GIT", "worker"),
        Grant::Publish("delivery"),
        Grant::Publish("deadletter"),
        Grant::Watch("worker-state"),
        Grant::Write("worker-state"),
    ],
};

/// What the worker does with an event.
pub(super) enum Act {
    /// Says that it was handled.
    Say,
    /// Says so often, each time something else.
    SayTimes(usize),
    /// Works so long, then says it.
    Work(Duration),
    /// Stores what it has to say itself and never comes back: a process that dies before the ack.
    SayAndHang,
    Fail(Failure),
    Panic,
    /// Says it and advances the state from this revision.
    Advance(u64),
}

/// The events and attempts that the handler was called with.
pub(super) type Calls = Arc<Mutex<Vec<(String, u64)>>>;

pub(super) type Plan = dyn Fn(&str, u64) -> Act + Send + Sync;

/// Does what the plan says for an event and an attempt, and keeps count.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) bus: Bus,
    pub(super) plan: Arc<Plan>,
    pub(super) calls: Calls,
}

impl Handler for Planned {
    type Event = PingEvent;

    async fn handle(
        &self,
        event: Received<PingEvent>,
        sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let what = event.data.hook_id;
        self.calls
            .lock()
            .unwrap()
            .push((what.clone(), event.attempt));
        match (self.plan)(&what, event.attempt) {
            Act::Say => sink.push(effect(&what)).await?,
            Act::SayTimes(times) => {
                for time in 0..times {
                    sink.push(effect(&format!("{what}-{time}"))).await?;
                }
            }
            Act::Work(time) => {
                tokio::time::sleep(time).await;
                sink.push(effect(&what)).await?;
            }
            Act::SayAndHang => {
                self.bus.publish(effect(&what), PATIENCE).await.unwrap();
                std::future::pending::<()>().await;
            }
            Act::Fail(failure) => return Err(failure),
            Act::Panic => panic!("as planned"),
            Act::Advance(revision) => {
                sink.push(effect(&what)).await?;
                return Ok(Some(Advance {
                    bucket: "worker-state",
                    key: "state".into(),
                    value: format!(r#"{{"name":"{what}"}}"#).into(),
                    revision: Some(revision).filter(|revision| *revision > 0),
                    obsolete: Vec::new(),
                }));
            }
        }
        Ok(None)
    }
}

/// What is said of an event; its id comes from what is said.
fn effect(what: &str) -> Outgoing {
    let address = Address::of("default", "github", "acme/web");
    let subject = Subject::new("delivery", address, "request", "stored").qualified([what]);
    let id = MessageId::of(&[b"effect", what.as_bytes()]);
    Outgoing::event(&subject, &envelope(&subject), id, b"{}".to_vec())
}

pub(super) fn envelope(subject: &Subject) -> Envelope {
    Envelope {
        id: "1".into(),
        source: "https://github.com/acme/web".into(),
        event_type: subject.event_type(),
        subject: String::new(),
        time: Timestamp::from_seconds(0),
        project: "default".into(),
        fact: None,
        trust: Trust::Signed,
        delivery: String::new(),
        operation: String::new(),
    }
}
