//! From a verified delivery to what it says.

use serde::{Deserialize, de::IgnoredAny};
use sluice_events::v1::{OtherEvent, PingEvent};

use super::{
    change,
    payload::{Account, Repository, actor},
    push, repository,
};
use crate::{
    Happening, Headers, NotUnderstood, Observation, Verified, bounded,
    read::read,
    wire::{Id, Text, id_text, said},
};

pub(super) fn normalize(delivery: &Verified<'_>) -> Result<Observation, NotUnderstood> {
    match kind(delivery.headers())? {
        "push" => push::observe(delivery.payload()),
        "pull_request" => change::observe(delivery.payload()),
        kind => statement(kind, delivery.payload()),
    }
}

fn kind<'a>(headers: &Headers<'a>) -> Result<&'a str, NotUnderstood> {
    const EVENT: &str = "x-github-event";
    match headers.single(EVENT) {
        Ok(Some(kind)) if !kind.is_empty() => Ok(kind),
        Ok(_) => Err(NotUnderstood::new("", "header `x-github-event` is missing")),
        Err(repeated) => Err(NotUnderstood::new("", repeated.to_string())),
    }
}

/// The body of a ping and of every kind that is not modelled.
#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(borrow)]
    action: Option<Text<'a>>,
    #[serde(borrow)]
    repository: Option<Repository<'a>>,
    #[serde(borrow)]
    organization: Option<Organization<'a>>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    hook_id: Option<Id>,
    #[serde(default)]
    sluice_sample: bool,
    /// These tell the shapes of other kinds.
    zen: Option<IgnoredAny>,
    after: Option<IgnoredAny>,
    commits: Option<IgnoredAny>,
    number: Option<IgnoredAny>,
    pull_request: Option<IgnoredAny>,
    comment: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Organization<'a> {
    #[serde(borrow)]
    login: Option<Text<'a>>,
}

fn statement(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let statement: Statement<'_> = read(kind, payload)?;
    let shape = statement.shape(payload);
    if shape != Some(kind) && (shape.is_some() || kind == "ping") {
        let shape = shape.unwrap_or("something else");
        let problem = format!("the body is that of `{shape}`");
        return Err(NotUnderstood::new(kind, problem));
    }
    if shape == Some(repository::KIND) {
        return repository::observe(payload);
    }
    let organization = statement.organization.as_ref();
    let owner = organization.filter(|_| statement.repository.is_none());
    Ok(Observation {
        happenings: vec![statement.happening(kind)],
        repository: statement.repository.as_ref().map(Repository::observed),
        owner: owner.map(|owner| said(&owner.login)).unwrap_or_default(),
        occurred_at: None,
        native_kind: bounded(kind),
        native_action: bounded(statement.action.as_ref().map_or("", Text::as_str)),
        sample: statement.sluice_sample,
    })
}

impl Statement<'_> {
    /// Which of the kinds that matter has a body like this. The header is not signed: without this a captured push
    /// could come again as something else.
    fn shape(&self, payload: &[u8]) -> Option<&'static str> {
        let change = self.pull_request.is_some() && self.number.is_some();
        if self.after.is_some() && self.commits.is_some() {
            Some("push")
        } else if change && self.comment.is_none() {
            Some("pull_request")
        } else if self.zen.is_some() && self.hook_id.is_some() {
            Some("ping")
        } else {
            let action = self.action.as_ref().filter(|_| self.repository.is_some())?;
            repository::has_shape(action.as_str(), payload).then_some(repository::KIND)
        }
    }

    fn happening(&self, kind: &str) -> Happening {
        let actor = actor(&self.sender);
        match kind {
            "ping" => Happening::Ping(PingEvent {
                hook_id: id_text(&self.hook_id),
                actor,
                ..PingEvent::default()
            }),
            _ => Happening::Other(OtherEvent {
                actor,
                ..OtherEvent::default()
            }),
        }
    }
}
