//! Webhooks to be sent: what they tell, composed and signed for one hook.

use serde_json::Value;
use tokio::sync::oneshot;

use super::Delivery;
use crate::{
    Kind, gitea, github, gitlab,
    push::Moved,
    random,
    state::{Hook, State},
};

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
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Who waits for what becomes of it.
    pub(crate) done: Option<oneshot::Sender<Delivery>>,
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
