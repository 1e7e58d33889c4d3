//! What every kind of payload has alike.

use serde::Deserialize;
use sluice_events::v1::{Actor, ActorKind, OtherEvent, PingEvent, Visibility};

use crate::{
    Happening, Observation, ObservedRepository, clipped,
    time::Time,
    wire::{Id, Text, said},
};

/// The id of the account that the host's own workflows act as.
const WORKFLOWS: i64 = -2;

#[derive(Deserialize)]
pub(super) struct Repository<'a> {
    id: Id,
    #[serde(borrow)]
    full_name: Text<'a>,
    #[serde(borrow)]
    default_branch: Option<Text<'a>>,
    private: Option<bool>,
    /// True for what is open to a closed organization.
    internal: Option<bool>,
    #[serde(borrow)]
    owner: Option<Owner<'a>>,
    /// When anything of it last changed.
    pub(super) updated_at: Option<Time>,
}

#[derive(Deserialize)]
struct Owner<'a> {
    /// `public`, `limited` to who is signed in, or `private`. Not sent by older versions.
    #[serde(borrow)]
    visibility: Option<Text<'a>>,
}

impl Repository<'_> {
    pub(super) fn full_name(&self) -> &str {
        self.full_name.as_str()
    }

    pub(super) fn observed(&self) -> ObservedRepository {
        ObservedRepository {
            host_id: self.id.0.clone(),
            full_name: clipped(self.full_name()),
            default_branch: said(&self.default_branch),
            visibility: self.visibility(),
        }
    }

    fn visibility(&self) -> Visibility {
        let owner = self
            .owner
            .as_ref()
            .and_then(|owner| owner.visibility.as_ref());
        match (self.private, self.internal, owner.map(Text::as_str)) {
            (None, ..) => Visibility::Unspecified,
            (Some(true), ..) => Visibility::Private,
            (_, Some(true), _) | (_, _, Some("limited" | "private")) => Visibility::Internal,
            _ => Visibility::Public,
        }
    }

    /// One happening in this repository.
    pub(super) fn observation(
        &self,
        native_kind: &str,
        happening: Happening,
        sample: bool,
    ) -> Observation {
        Observation {
            happenings: vec![happening],
            repository: Some(self.observed()),
            owner: String::new(),
            occurred_at: None,
            native_kind: native_kind.to_owned(),
            native_action: String::new(),
            sample,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Account<'a> {
    /// Below zero for the host's own accounts.
    id: Option<i64>,
    #[serde(borrow)]
    login: Option<Text<'a>>,
    #[serde(borrow)]
    full_name: Option<Text<'a>>,
    #[serde(borrow)]
    email: Option<Text<'a>>,
}

impl Account<'_> {
    pub(super) fn login(&self) -> String {
        said(&self.login)
    }

    fn actor(&self) -> Actor {
        let kind = match self.id {
            Some(WORKFLOWS) => ActorKind::Bot,
            _ => ActorKind::User,
        };
        Actor {
            login: self.login(),
            host_id: self.id.map_or_else(String::new, |id| id.to_string()),
            name: said(&self.full_name),
            email: said(&self.email),
            kind: kind.into(),
        }
    }
}

pub(super) fn actor(account: &Option<Account<'_>>) -> Option<Actor> {
    account.as_ref().map(Account::actor)
}

pub(super) fn other(sender: &Option<Account<'_>>) -> Happening {
    Happening::Other(OtherEvent {
        actor: actor(sender),
        ..OtherEvent::default()
    })
}

pub(super) fn ping(sender: &Option<Account<'_>>) -> Happening {
    Happening::Ping(PingEvent {
        actor: actor(sender),
        ..PingEvent::default()
    })
}
