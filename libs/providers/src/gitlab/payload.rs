//! What several kinds of payload have alike.

use serde::Deserialize;
use sluice_events::v1::{Actor, Visibility};

use crate::{
    NotUnderstood, ObservedRepository, clipped,
    wire::{Id, Text, id_text, mail, said},
};

#[derive(Deserialize)]
pub(super) struct Project<'a> {
    /// Absent in older versions, which tell it elsewhere.
    id: Option<Id>,
    #[serde(borrow)]
    path_with_namespace: Option<Text<'a>>,
    #[serde(borrow)]
    default_branch: Option<Text<'a>>,
    visibility_level: Option<u64>,
}

impl Project<'_> {
    /// The repository, if id and name are told.
    pub(super) fn observed(&self, project_id: Option<&Id>) -> Option<ObservedRepository> {
        let id = self.id.as_ref().or(project_id)?;
        let full_name = self.path_with_namespace.as_ref()?;
        Some(ObservedRepository {
            host_id: id.0.clone(),
            full_name: clipped(full_name.as_str()),
            default_branch: said(&self.default_branch),
            visibility: self.visibility(),
        })
    }

    /// The same where nothing can be told without it.
    pub(super) fn required(
        &self,
        kind: &str,
        project_id: Option<&Id>,
    ) -> Result<ObservedRepository, NotUnderstood> {
        self.observed(project_id).ok_or_else(|| {
            let missing = match self.path_with_namespace {
                Some(_) => "project: missing field `id`",
                None => "project: missing field `path_with_namespace`",
            };
            NotUnderstood::new(kind, missing)
        })
    }

    fn visibility(&self) -> Visibility {
        match self.visibility_level {
            Some(0) => Visibility::Private,
            Some(10) => Visibility::Internal,
            Some(20) => Visibility::Public,
            _ => Visibility::Unspecified,
        }
    }
}

/// Whoever acts, or somebody assigned.
#[derive(Deserialize)]
pub(super) struct User<'a> {
    pub(super) id: Option<Id>,
    #[serde(borrow)]
    pub(super) username: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) email: Option<Text<'a>>,
}

impl User<'_> {
    /// The user as an actor. GitLab does not say which of them are bots.
    pub(super) fn actor(&self) -> Actor {
        Actor {
            login: said(&self.username),
            host_id: id_text(&self.id),
            name: said(&self.name),
            email: mail(&self.email),
            ..Actor::default()
        }
    }
}
