//! Pushes: a ref moves, and every hook that listens is told.

use crate::{
    Delivery, FakeHost,
    deliver::{self, Order},
    gitea, github, gitlab,
    state::State,
};

/// A push to be.
pub struct PushBuilder<'h> {
    host: &'h FakeHost,
    repository: u64,
    full_ref: Option<String>,
    to: Option<String>,
    by: String,
}

/// A ref that moved.
pub(crate) struct Moved {
    pub(crate) repository: u64,
    pub(crate) full_ref: String,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) by: String,
}

/// What stands for no object where objects have such ids: as many zeros.
pub(crate) fn nothing_like(sha: &str) -> String {
    "0".repeat(sha.len().max(40))
}

fn is_nothing(sha: &str) -> bool {
    sha.bytes().all(|byte| byte == b'0')
}

impl Moved {
    pub(crate) fn created(&self) -> bool {
        is_nothing(&self.before)
    }

    pub(crate) fn deleted(&self) -> bool {
        is_nothing(&self.after)
    }

    /// `branch` or `tag`, and the short name.
    pub(crate) fn short(&self) -> (&'static str, &str) {
        match self.full_ref.strip_prefix("refs/tags/") {
            Some(tag) => ("tag", tag),
            None => {
                let branch = self.full_ref.strip_prefix("refs/heads/");
                ("branch", branch.unwrap_or(&self.full_ref))
            }
        }
    }
}

impl<'h> PushBuilder<'h> {
    pub(crate) fn new(host: &'h FakeHost, full_name: &str) -> Self {
        Self {
            host,
            repository: host.repository_id(full_name),
            full_ref: None,
            to: None,
            by: "octavia".to_owned(),
        }
    }

    /// Of this branch. Otherwise it is of the default one.
    #[must_use]
    pub fn branch(mut self, name: &str) -> Self {
        self.full_ref = Some(format!("refs/heads/{name}"));
        self
    }

    /// Of this tag.
    #[must_use]
    pub fn tag(mut self, name: &str) -> Self {
        self.full_ref = Some(format!("refs/tags/{name}"));
        self
    }

    /// To this object. Without it the ref is deleted.
    #[must_use]
    pub fn to(mut self, sha: &str) -> Self {
        self.to = Some(sha.to_owned());
        self
    }

    /// By this user.
    #[must_use]
    pub fn by(mut self, login: &str) -> Self {
        login.clone_into(&mut self.by);
        self
    }

    /// Moves the ref and sends the webhooks; what was sent, with the answers, in the order of sending.
    pub async fn deliver(self) -> Vec<Delivery> {
        let host = self.host;
        let orders = {
            let mut state = host.state();
            let moved = self.move_ref(&mut state);
            orders(&mut state, &moved)
        };
        let mut waiting = Vec::new();
        for order in orders {
            waiting.push(host.shared.send(order).await);
        }
        let mut deliveries = Vec::new();
        for delivery in waiting {
            deliveries.push(delivery.await.expect("every delivery comes to an end"));
        }
        deliveries
    }

    fn move_ref(self, state: &mut State) -> Moved {
        state.user(&self.by);
        let repository = state.repository_mut(self.repository);
        let repository = repository.expect("nobody deletes it meanwhile");
        let default = || format!("refs/heads/{}", repository.default_branch);
        let full_ref = self.full_ref.unwrap_or_else(default);
        let before = match &self.to {
            Some(sha) => repository.refs.insert(full_ref.clone(), sha.clone()),
            None => repository.refs.remove(&full_ref),
        };
        let either = self.to.as_deref().or(before.as_deref());
        let nothing = nothing_like(either.unwrap_or_default());
        let before = before.unwrap_or_else(|| nothing.clone());
        repository.last_push = Some((full_ref.clone(), before.clone()));
        Moved {
            repository: self.repository,
            full_ref,
            before,
            after: self.to.unwrap_or(nothing),
            by: self.by,
        }
    }
}

/// The webhooks of a push: event after event, each for every hook that hears it.
fn orders(state: &mut State, moved: &Moved) -> Vec<Order> {
    let kind = state.kind;
    let messages = match kind {
        crate::Kind::GitHub => github::pushed(state, moved),
        crate::Kind::GitLab => gitlab::pushed(state, moved),
        crate::Kind::Gitea | crate::Kind::Forgejo => gitea::pushed(state, moved),
    };
    let mut orders = Vec::new();
    for message in &messages {
        for hook in state.hooks_hearing(moved.repository) {
            if deliver::listens(state, hook, message, moved) {
                orders.push(deliver::compose(state, hook, message, None));
            }
        }
    }
    orders
}
