//! `repository`: it was created, renamed, transferred, archived, shown to others, deleted.
//!
//! GitHub does not say who could see it before, nor when it happened: `updated_at` is when anything of it last changed.

use serde::Deserialize;
use sluice_events::v1::{FieldChange, OtherEvent, RepositoryAction, RepositoryEvent, Visibility};

use super::payload::{Account, Repository, actor};
use crate::{Happening, NotUnderstood, Observation, became, bounded, read::read, wire::Text};

/// The name of the kind.
pub(super) const KIND: &str = "repository";

/// What its bodies have. The header that names the kind is not signed, and other kinds have the same actions: the body
/// of a deleted label must not tell of a deleted repository.
const FIELDS: &[&str] = &[
    "action",
    "changes",
    "enterprise",
    "installation",
    "organization",
    "repository",
    "sender",
    "sluice_sample",
];

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    changes: Option<Changes<'a>>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

#[derive(Deserialize)]
struct Changes<'a> {
    #[serde(borrow)]
    default_branch: Option<From<Text<'a>>>,
    #[serde(borrow)]
    repository: Option<Renamed<'a>>,
    #[serde(borrow)]
    owner: Option<From<Owner<'a>>>,
}

#[derive(Deserialize)]
struct From<T> {
    from: Option<T>,
}

#[derive(Deserialize)]
struct Renamed<'a> {
    #[serde(borrow)]
    name: Option<From<Text<'a>>>,
}

/// The owner before: one of the two.
#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    organization: Option<Account<'a>>,
}

/// Whether a body with that action is one of this kind.
pub(super) fn has_shape(action: &str, payload: &[u8]) -> bool {
    (action == "edited" || action_of(action).is_some()) && became::has_only(payload, FIELDS)
}

/// Reads a body of that shape.
pub(super) fn observe(payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let body: Payload<'_> = read(KIND, payload)?;
    let told = body.told();
    let mut repository = body.repository.observed();
    if let Some((RepositoryAction::VisibilityChanged, _)) = told {
        repository.visibility = body.shown_to();
    }
    Ok(Observation {
        happenings: vec![body.happening(told)],
        repository: Some(repository),
        owner: String::new(),
        occurred_at: None,
        native_kind: KIND.to_owned(),
        native_action: bounded(body.action.as_str()),
        sample: body.sluice_sample,
    })
}

/// What an action is in our words; `edited` says it in what it changed.
fn action_of(word: &str) -> Option<RepositoryAction> {
    Some(match word {
        "created" => RepositoryAction::Created,
        "deleted" => RepositoryAction::Deleted,
        "archived" => RepositoryAction::Archived,
        "unarchived" => RepositoryAction::Unarchived,
        "renamed" => RepositoryAction::Renamed,
        "transferred" => RepositoryAction::Transferred,
        "publicized" | "privatized" => RepositoryAction::VisibilityChanged,
        _ => return None,
    })
}

impl Payload<'_> {
    fn happening(&self, told: Option<(RepositoryAction, Vec<FieldChange>)>) -> Happening {
        let actor = actor(&self.sender);
        let Some((action, changed)) = told else {
            return Happening::Other(OtherEvent {
                actor,
                ..OtherEvent::default()
            });
        };
        Happening::Repository(Box::new(RepositoryEvent {
            action: action.into(),
            changed,
            actor,
            updated_at: self.repository.updated_at.and_then(|time| time.0),
            ..RepositoryEvent::default()
        }))
    }

    /// `None`: something that is not modelled, such as another description.
    fn told(&self) -> Option<(RepositoryAction, Vec<FieldChange>)> {
        use RepositoryAction as Action;
        let now = self.repository.full_name();
        let Some(action) = action_of(self.action.as_str()) else {
            return Some((Action::DefaultBranchChanged, self.default_branch()?));
        };
        let changed = match action {
            Action::Renamed => became::renamed(self.old_name(&now).as_deref(), &now),
            Action::Transferred => became::transferred(self.old_owner(&now).as_deref(), &now),
            Action::Archived => became::archived(true),
            Action::Unarchived => became::archived(false),
            Action::VisibilityChanged => became::shown_to(self.shown_to()),
            _ => Vec::new(),
        };
        Some((action, changed))
    }

    fn default_branch(&self) -> Option<Vec<FieldChange>> {
        let from = self.changes.as_ref()?.default_branch.as_ref()?;
        let from = from.from.as_ref().map(Text::as_str);
        let now = self.repository.observed().default_branch;
        (self.action.as_str() == "edited").then(|| became::default_branch(from, &now))
    }

    /// The full name before a rename, of which the short one is told.
    fn old_name(&self, now: &str) -> Option<String> {
        let name = self.changes.as_ref()?.repository.as_ref()?.name.as_ref()?;
        let (owner, _) = now.split_once('/')?;
        Some(format!("{owner}/{}", name.from.as_ref()?.as_str()))
    }

    /// The full name before a transfer, of which the owner is told.
    fn old_owner(&self, now: &str) -> Option<String> {
        let from = self.changes.as_ref()?.owner.as_ref()?.from.as_ref()?;
        let owner = from.user.as_ref().or(from.organization.as_ref())?;
        let (_, name) = now.split_once('/')?;
        Some(format!("{}/{name}", owner.login()))
    }

    /// Who can see it after `publicized` and `privatized`, whatever else the body says.
    fn shown_to(&self) -> Visibility {
        match (self.action.as_str(), self.repository.observed().visibility) {
            ("publicized", _) => Visibility::Public,
            (_, Visibility::Internal) => Visibility::Internal,
            _ => Visibility::Private,
        }
    }
}
