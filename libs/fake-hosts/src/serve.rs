//! One call from its arrival to its answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Delivery, Kind,
    deliver::Order,
    gitea, github, gitlab,
    http::{Answer, Request},
    state::{Caller, State},
};

/// What the server, the deliverer and the test share.
pub(crate) struct Shared {
    state: Mutex<State>,
    outbox: mpsc::Sender<Order>,
    changes: watch::Sender<u64>,
    deadline: watch::Sender<Duration>,
}

/// What a host does about a call.
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    /// Webhooks that it sends because of it.
    pub(crate) orders: Vec<Order>,
    /// The answer depends on that of the first webhook.
    pub(crate) judge: Option<fn(&Delivery) -> Answer>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            orders: Vec::new(),
            judge: None,
        }
    }
}

impl Reply {
    /// An answer, and a webhook that is sent behind it.
    pub(crate) fn and_then(answer: Answer, order: Order) -> Self {
        Self {
            answer,
            orders: vec![order],
            judge: None,
        }
    }

    /// The answer is made of that to a webhook.
    pub(crate) fn judged(order: Order, judge: fn(&Delivery) -> Answer) -> Self {
        Self {
            answer: Answer::empty(500),
            orders: vec![order],
            judge: Some(judge),
        }
    }
}

/// A refusal is an answer, too.
pub(crate) type Outcome = Result<Reply, Answer>;

impl Shared {
    pub(crate) fn new(state: State, outbox: mpsc::Sender<Order>) -> Self {
        let deadline = state.kind.deadline();
        Self {
            state: Mutex::new(state),
            outbox,
            changes: watch::Sender::new(0),
            deadline: watch::Sender::new(deadline),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those who wait for something to happen.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn deadline(&self) -> Duration {
        *self.deadline.borrow()
    }

    pub(crate) fn set_deadline(&self, deadline: Duration) {
        self.deadline.send_replace(deadline);
    }

    /// Sends a webhook; what became of it.
    pub(crate) async fn send(&self, mut order: Order) -> oneshot::Receiver<Delivery> {
        let (done, receiver) = oneshot::channel();
        order.done = Some(done);
        // Nobody takes it once the host has ended; then nobody waits for it, either.
        let _ = self.outbox.send(order).await;
        receiver
    }

    /// Does what a call asks for.
    pub(crate) async fn serve(&self, place: usize, request: &Request) -> Answer {
        let reply = decide(&mut self.state(), place, request);
        let Reply {
            answer,
            orders,
            judge,
        } = reply;
        let mut answer = answer;
        for order in orders {
            let delivery = self.send(order).await;
            if let Some(judge) = judge
                && let Ok(delivery) = delivery.await
            {
                answer = judge(&delivery);
            }
        }
        answer
    }
}

fn decide(state: &mut State, place: usize, request: &Request) -> Reply {
    let caller = match identify(state, request) {
        Ok(caller) => caller,
        Err(refused) if state.kind == Kind::GitHub => {
            return github::dress(state, &Caller::Nobody, refused).into();
        }
        Err(refused) => return refused.into(),
    };
    state.journal.served_for(place, caller.name());
    let told = match state.charge(&caller, request) {
        Ok(told) => told,
        Err(refused) => return refused.into(),
    };
    let outcome = match state.kind {
        Kind::GitHub => github::serve(state, &caller, request),
        Kind::GitLab => gitlab::serve(state, &caller, request),
        Kind::Gitea | Kind::Forgejo => gitea::serve(state, &caller, request),
    };
    let mut reply = outcome.unwrap_or_else(Reply::from);
    if state.kind == Kind::GitHub {
        reply.answer = github::dress(state, &caller, reply.answer);
    }
    reply.answer.headers.extend(told);
    reply
}

fn identify(state: &mut State, request: &Request) -> Result<Caller, Answer> {
    match state.kind {
        Kind::GitHub => github::identify(state, request),
        Kind::GitLab => gitlab::identify(state, request),
        Kind::Gitea | Kind::Forgejo => gitea::identify(state, request),
    }
}

/// The body that a host has for a status which tells of trouble of its own.
pub(crate) fn trouble(kind: Kind, status: u16) -> Answer {
    match kind {
        Kind::GitHub => github::trouble(status),
        Kind::GitLab => gitlab::trouble(status),
        Kind::Gitea | Kind::Forgejo => gitea::trouble(status),
    }
}
