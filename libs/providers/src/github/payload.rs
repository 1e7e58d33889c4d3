//! What every kind of payload has alike.

use serde::Deserialize;
use sluice_events::v1::{Actor, ActorKind, Visibility};

use crate::{
    ObservedRepository, clipped,
    time::Time,
    wire::{Id, Text, id_text, said},
};

#[derive(Deserialize)]
pub(super) struct Repository<'a> {
    id: Id,
    #[serde(borrow)]
    full_name: Text<'a>,
    #[serde(borrow)]
    default_branch: Option<Text<'a>>,
    private: Option<bool>,
    /// Not sent by older servers, nor with every kind.
    #[serde(borrow)]
    visibility: Option<Text<'a>>,
    /// In a push: when it was received.
    pub(super) pushed_at: Option<Time>,
    /// When anything of it last changed.
    pub(super) updated_at: Option<Time>,
}

impl Repository<'_> {
    pub(super) fn full_name(&self) -> String {
        clipped(self.full_name.as_str())
    }

    pub(super) fn observed(&self) -> ObservedRepository {
        ObservedRepository {
            host_id: self.id.0.clone(),
            full_name: self.full_name(),
            default_branch: said(&self.default_branch),
            visibility: self.visibility(),
        }
    }

    fn visibility(&self) -> Visibility {
        match (self.visibility.as_ref().map(Text::as_str), self.private) {
            (Some("public"), _) => Visibility::Public,
            (Some("internal"), _) => Visibility::Internal,
            (Some("private"), _) | (None, Some(true)) => Visibility::Private,
            (None, Some(false)) => Visibility::Public,
            _ => Visibility::Unspecified,
        }
    }
}

/// A user, an organization, or an App in the shape of a user.
#[derive(Deserialize)]
pub(super) struct Account<'a> {
    #[serde(borrow)]
    login: Text<'a>,
    id: Option<Id>,
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
}

impl Account<'_> {
    pub(super) fn login(&self) -> &str {
        self.login.as_str()
    }

    pub(super) fn actor(&self) -> Actor {
        Actor {
            login: clipped(self.login()),
            host_id: id_text(&self.id),
            kind: self.kind().into(),
            ..Actor::default()
        }
    }

    fn kind(&self) -> ActorKind {
        match self.r#type.as_ref().map(Text::as_str) {
            Some("User") => ActorKind::User,
            // Apps act as bots whose names nobody else can have: brackets are not allowed in one.
            Some("Bot") if self.login().ends_with("[bot]") => ActorKind::App,
            Some("Bot") => ActorKind::Bot,
            _ => ActorKind::Unspecified,
        }
    }
}

pub(super) fn actor(account: &Option<Account<'_>>) -> Option<Actor> {
    account.as_ref().map(Account::actor)
}

/// A label or a team.
#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
}

/// A milestone.
#[derive(Deserialize)]
pub(super) struct Titled<'a> {
    #[serde(borrow)]
    pub(super) title: Text<'a>,
}

/// One side of a pull request.
#[derive(Deserialize)]
pub(super) struct RepositoryName<'a> {
    #[serde(borrow)]
    pub(super) full_name: Text<'a>,
}
