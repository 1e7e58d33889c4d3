//! Every kind that is not modelled, and that of repositories: other kinds have the same fields and more.

use serde::{Deserialize, de::IgnoredAny};

use super::{
    payload::{self, Account, Repository},
    repository,
};
use crate::{
    NotUnderstood, Observation, bounded,
    read::read,
    wire::{Text, said},
};

#[derive(Deserialize)]
struct Other<'a> {
    #[serde(borrow)]
    action: Option<Text<'a>>,
    #[serde(borrow)]
    repository: Option<Repository<'a>>,
    #[serde(borrow)]
    organization: Option<Organization<'a>>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
    // What only the modelled kinds have.
    after: Option<IgnoredAny>,
    ref_type: Option<IgnoredAny>,
    number: Option<IgnoredAny>,
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Organization<'a> {
    #[serde(borrow)]
    username: Option<Text<'a>>,
}

/// `event` is the coarse kind, `kind` the exact one.
pub(super) fn observe(
    event: &str,
    kind: &str,
    payload: &[u8],
) -> Result<Observation, NotUnderstood> {
    let other: Other<'_> = read(kind, payload)?;
    let became = other.is_of_repository(payload);
    if became && event == repository::KIND {
        return repository::observe(kind, payload);
    }
    if became || other.is_modelled() {
        return Err(NotUnderstood::new(kind, "the body is one of another kind"));
    }
    let repository = other.repository.as_ref().map(Repository::observed);
    let organization = other.organization.filter(|_| repository.is_none());
    Ok(Observation {
        happenings: vec![payload::other(&other.sender)],
        repository,
        owner: organization.map_or_else(String::new, |organization| said(&organization.username)),
        occurred_at: None,
        native_kind: kind.to_owned(),
        native_action: bounded(&said(&other.action)),
        sample: other.sluice_sample,
    })
}

impl Other<'_> {
    fn is_modelled(&self) -> bool {
        let change = self.number.is_some() && self.pull_request.is_some();
        change || self.after.is_some() || self.ref_type.is_some()
    }

    fn is_of_repository(&self, payload: &[u8]) -> bool {
        let action = self.action.as_ref().filter(|_| self.repository.is_some());
        action.is_some_and(|action| repository::has_shape(action.as_str(), payload))
    }
}
