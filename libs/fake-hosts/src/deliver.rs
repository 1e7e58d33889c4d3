//! Webhooks on their way: composed, signed, sent, written down.

mod send;
mod sign;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

pub(crate) use sign::{hmac_sha1, hmac_sha256, standard_webhooks};

use crate::{
    Kind, gitea, github, gitlab,
    push::Moved,
    random,
    serve::Shared,
    state::{Hook, State},
};

/// How many webhooks may wait. A host that has more to send waits until there is room.
const WAITING: usize = 1024;

/// Something that hooks are told.
#[derive(Clone)]
pub(crate) struct Message {
    /// `push`; at GitLab `push_events`: what hooks listen to.
    pub(crate) event: String,
    /// What stands in the header of the exact event: Gitea's type, GitLab's `Push Hook`.
    pub(crate) exact: String,
    pub(crate) body: Value,
    pub(crate) repository: Option<u64>,
}

/// A webhook to be sent.
pub(crate) struct Order {
    pub(crate) hook: u64,
    pub(crate) message: Message,
    pub(crate) guid: String,
    pub(crate) redelivery: bool,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Who waits for what becomes of it.
    pub(crate) done: Option<oneshot::Sender<Delivery>>,
}

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
    /// Its headers, names in lower case. One may be a secret.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Its body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
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

/// Whether a hook is told of a push.
pub(crate) fn listens(state: &State, hook: &Hook, message: &Message, moved: &Moved) -> bool {
    match state.kind {
        Kind::GitHub => github::listens(hook, message),
        Kind::GitLab => gitlab::listens(state, hook, message, moved),
        Kind::Gitea | Kind::Forgejo => gitea::listens(state, hook, message, moved),
    }
}

/// A message for a hook, signed with the secret that it has now. `guid`: it is sent again.
pub(crate) fn compose(state: &State, hook: &Hook, message: &Message, guid: Option<&str>) -> Order {
    let redelivery = guid.is_some();
    let guid = guid.map_or_else(random::guid, str::to_owned);
    let json = match state.kind {
        Kind::Gitea | Kind::Forgejo => serde_json::to_vec_pretty(&message.body),
        _ => serde_json::to_vec(&message.body),
    };
    let json = json.expect("a JSON value can be written");
    let body = match hook.content_type.as_str() {
        "form" => encoded(&json),
        _ => json.clone(),
    };
    let mut headers = match state.kind {
        Kind::GitHub => github::headers(hook, message, &guid, &body),
        Kind::GitLab => gitlab::headers(state, hook, message, &guid, &body),
        Kind::Gitea | Kind::Forgejo => gitea::headers(state, hook, message, &guid, &json),
    };
    let content_type = match hook.content_type.as_str() {
        "form" => "application/x-www-form-urlencoded",
        _ => "application/json",
    };
    headers.push(("content-type".to_owned(), content_type.to_owned()));
    Order {
        hook: hook.id,
        message: message.clone(),
        guid,
        redelivery,
        url: hook.url.clone(),
        headers,
        body,
        done: None,
    }
}

/// As a form: `payload=…`.
fn encoded(json: &[u8]) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &String::from_utf8_lossy(json));
    form.finish().into_bytes()
}

/// Sends webhooks one after another as they are ordered.
pub(crate) struct Deliverer {
    orders: mpsc::Receiver<Order>,
    sender: send::Sender,
    /// Gitea has as many senders as half the cores: often one, so that a slow receiver delays every hook.
    one_by_one: bool,
}

impl Deliverer {
    pub(crate) fn new(kind: Kind) -> (Self, mpsc::Sender<Order>) {
        let (outbox, orders) = mpsc::channel(WAITING);
        let deliverer = Self {
            orders,
            sender: send::Sender::new(kind.is_gitea()),
            one_by_one: kind.is_gitea(),
        };
        (deliverer, outbox)
    }

    pub(crate) async fn run(mut self, shared: Arc<Shared>) {
        let mut under_way = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                order = self.orders.recv() => {
                    let Some(order) = order else { return };
                    let one = deliver(self.sender.clone(), Arc::clone(&shared), order);
                    if self.one_by_one {
                        one.await;
                    } else {
                        under_way.spawn(one);
                    }
                }
                Some(_) = under_way.join_next() => {}
            }
        }
    }
}

async fn deliver(sender: send::Sender, shared: Arc<Shared>, mut order: Order) {
    let at = shared.state().now();
    let deadline = shared.deadline();
    let sent = sender
        .post(&order.url, &order.headers, &order.body, deadline)
        .await;
    let done = order.done.take();
    let delivery = {
        let mut state = shared.state();
        let delivery = written_down(state.id(), at, order, sent);
        state.delivered(&delivery);
        delivery
    };
    shared.changed();
    if let Some(done) = done {
        // Whoever ordered it may have gone.
        let _ = done.send(delivery);
    }
}

fn written_down(id: u64, at: Timestamp, order: Order, sent: send::Sent) -> Delivery {
    Delivery {
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

impl State {
    fn delivered(&mut self, delivery: &Delivery) {
        self.deliveries.push(delivery.clone());
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

impl Delivery {
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
