//! Commands: what is asked of a service, stored until it is carried out or not wanted any more.

use std::time::Duration;

use serde::Serialize;
use sluice_events::{Call, CallKind, Envelope, MessageId, Timestamp, to_json, v1::Trust};

use crate::Outgoing;

/// What is asked, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Command<'a> {
    /// The user of the bus that sends it.
    pub sender: &'a str,
    /// Who asks: the sender, or the one whom it speaks for.
    pub principal: &'a str,
    /// The project that it is about.
    pub project: &'a str,
    /// The service that is asked.
    pub service: &'a str,
    /// What it is asked.
    pub verb: &'a str,
    /// On what, by its name in the project.
    pub name: &'a str,
    /// Its id: what became of it stands under that.
    pub operation: &'a str,
    /// How long it is wanted.
    pub wanted: Duration,
}

impl Command<'_> {
    /// As it is published.
    pub fn outgoing<M: Serialize>(&self, data: &M) -> Result<Outgoing, serde_json::Error> {
        let call = Call {
            kind: CallKind::Command,
            project: self.project.to_owned(),
            principal: self.principal.to_owned(),
            service: self.service.to_owned(),
            verb: self.verb.to_owned(),
        };
        let envelope = Envelope {
            id: self.operation.to_owned(),
            source: format!("sluice:{}", self.sender),
            event_type: format!("dev.sluice.command.{}.{}.v1", self.service, self.verb),
            subject: self.name.to_owned(),
            time: Timestamp::now(),
            project: self.project.to_owned(),
            fact: None,
            trust: Trust::Host,
            delivery: String::new(),
            operation: self.operation.to_owned(),
        };
        let mut headers = envelope.to_headers();
        // Nobody shall find it when it is not wanted any more. The server counts whole seconds.
        let seconds = self.wanted.as_secs().max(1);
        headers.push(("Nats-TTL".into(), format!("{seconds}s")));
        Ok(Outgoing {
            subject: call.to_string(),
            stream: "SLUICE_COMMANDS".into(),
            id: Some(MessageId::of(&[self.operation.as_bytes()])),
            first: false,
            headers,
            payload: to_json(data)?.into(),
        })
    }
}
