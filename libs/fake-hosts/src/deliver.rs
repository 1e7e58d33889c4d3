//! Webhooks on their way: composed, signed, sent, written down.

mod delivery;
mod order;
mod send;
mod sign;

use std::sync::Arc;

use tokio::sync::mpsc;

pub use delivery::Delivery;
pub(crate) use order::{Message, Order, compose, listens};
pub(crate) use sign::{hmac_sha1, hmac_sha256, standard_webhooks};

use crate::{Kind, serve::Shared};

/// How many webhooks may wait. A host that has more to send waits until there is room.
const WAITING: usize = 1024;

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
        let delivery = Delivery::new(state.id(), at, order, sent);
        state.delivered(&delivery);
        delivery
    };
    shared.changed();
    if let Some(done) = done {
        // Whoever ordered it may have gone.
        let _ = done.send(delivery);
    }
}
