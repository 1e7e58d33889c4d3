//! What was sent, and what became of it.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::{Message, Order, send::Sent};
use crate::{Kind, gitlab, state::State};

/// How many are kept, of all hooks together. A hook that loops must not fill the memory of a test.
const KEPT: usize = 10_000;

/// A webhook that was sent, with what became of it.
#[derive(Clone)]
pub struct Delivery {
    /// Its id in the host's log.
    pub id: u64,
    /// The hook's id.
    pub hook: u64,
    /// `push`; at GitLab `push_events`.
    pub event: String,
    /// The id that its receiver sees. GitHub and GitLab repeat it when they send again.
    pub guid: String,
    /// The answer's status; `None` if there was no answer in time.
    pub status: Option<u16>,
    /// Whether somebody asked for it to be sent again.
    pub redelivery: bool,
    /// When it was sent, by the host's clock.
    pub at: Timestamp,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) message: Value,
    pub(crate) exact: String,
    pub(crate) repository: Option<u64>,
    pub(crate) answer_headers: Vec<(String, String)>,
    pub(crate) answer_body: String,
    pub(crate) seconds: f64,
}

impl Delivery {
    pub(super) fn new(id: u64, at: Timestamp, order: Order, sent: Sent) -> Self {
        Self {
            id,
            hook: order.hook,
            event: order.message.event,
            guid: order.guid,
            status: sent.status,
            redelivery: order.redelivery,
            at,
            url: order.url,
            headers: order.headers,
            body: order.body,
            message: order.message.body,
            exact: order.message.exact,
            repository: order.message.repository,
            answer_headers: sent.headers,
            answer_body: sent.body,
            seconds: sent.seconds,
        }
    }

    /// Its headers, names in lower case. One may be a secret.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Its body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What it told, to be told again.
    pub(crate) fn message(&self) -> Message {
        Message {
            event: self.event.clone(),
            exact: self.exact.clone(),
            body: self.message.clone(),
            repository: self.repository,
        }
    }
}

impl fmt::Debug for Delivery {
    /// Without headers and body: a header may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            hook,
            event,
            guid,
            status,
            ..
        } = self;
        write!(f, "Delivery({id} of {hook}: {event} {guid}, {status:?})")
    }
}

impl State {
    /// Writes it down, with what it means for its hook.
    pub(super) fn delivered(&mut self, delivery: &Delivery) {
        if self.deliveries.len() < KEPT {
            self.deliveries.push(delivery.clone());
        }
        if self.kind == Kind::GitLab {
            gitlab::judge(self, delivery);
        }
        if let Some(hook) = self.hooks.iter_mut().find(|hook| hook.id == delivery.hook) {
            hook.last_status = Some(delivery.status);
            if self.kind.is_gitea() {
                // So that it is no version of the hook.
                hook.updated_at = self.clock.now();
            }
        }
    }

    pub(crate) fn deliveries_of(&self, hook: u64) -> Vec<Delivery> {
        let deliveries = self.deliveries.iter();
        deliveries
            .filter(|delivery| delivery.hook == hook)
            .cloned()
            .collect()
    }
}
