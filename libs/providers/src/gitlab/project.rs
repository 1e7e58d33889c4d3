//! `project_create`, `project_destroy`, `project_rename` and `project_transfer`, which hooks of groups and of the instance
//! tell of.
//!
//! `project_update` does not say what it changed, so it is none of them. Nobody says who acted, nor which branch is the
//! default one; that something was archived or shown to others is not told at all.

use serde::Deserialize;
use sluice_events::v1::{FieldChange, RepositoryAction, RepositoryEvent, Visibility};

use crate::{
    Happening, NotUnderstood, Observation, ObservedRepository, became, clipped,
    read::read,
    time::Time,
    wire::{Id, Text},
};

#[derive(Deserialize)]
struct Payload<'a> {
    project_id: Id,
    #[serde(borrow)]
    path_with_namespace: Text<'a>,
    /// After a rename or a transfer.
    #[serde(borrow)]
    old_path_with_namespace: Option<Text<'a>>,
    #[serde(borrow)]
    project_visibility: Option<Text<'a>>,
    updated_at: Option<Time>,
    #[serde(default)]
    sluice_sample: bool,
}

/// What such an event tells of; `None` for every other kind.
pub(super) fn action(kind: &str) -> Option<RepositoryAction> {
    match kind {
        "project_create" => Some(RepositoryAction::Created),
        "project_destroy" => Some(RepositoryAction::Deleted),
        "project_rename" => Some(RepositoryAction::Renamed),
        "project_transfer" => Some(RepositoryAction::Transferred),
        _ => None,
    }
}

pub(super) fn observe(
    kind: &str,
    action: RepositoryAction,
    payload: &[u8],
) -> Result<Observation, NotUnderstood> {
    let body: Payload<'_> = read(kind, payload)?;
    let happening = Happening::Repository(Box::new(RepositoryEvent {
        action: action.into(),
        changed: body.changed(action),
        updated_at: body.updated_at.and_then(|time| time.0),
        ..RepositoryEvent::default()
    }));
    Ok(Observation {
        happenings: vec![happening],
        repository: Some(ObservedRepository {
            host_id: body.project_id.0.clone(),
            full_name: clipped(body.path_with_namespace.as_str()),
            default_branch: String::new(),
            visibility: body.visibility(),
        }),
        owner: String::new(),
        occurred_at: None,
        native_kind: kind.to_owned(),
        native_action: String::new(),
        sample: body.sluice_sample,
    })
}

impl Payload<'_> {
    fn changed(&self, action: RepositoryAction) -> Vec<FieldChange> {
        let (from, to) = (
            &self.old_path_with_namespace,
            self.path_with_namespace.as_str(),
        );
        let from = from.as_ref().map(Text::as_str);
        match action {
            RepositoryAction::Renamed => became::renamed(from, to),
            RepositoryAction::Transferred => became::transferred(from, to),
            _ => Vec::new(),
        }
    }

    /// Some versions write the name of a constant before it: `visibilitylevel|private`.
    fn visibility(&self) -> Visibility {
        let said = self.project_visibility.as_ref().map_or("", Text::as_str);
        match said.rsplit('|').next() {
            Some("public") => Visibility::Public,
            Some("internal") => Visibility::Internal,
            Some("private") => Visibility::Private,
            _ => Visibility::Unspecified,
        }
    }
}
