//! From a verified delivery to what it says.

use serde::Deserialize;
use sluice_events::v1::OtherEvent;

use super::{
    change,
    payload::{Project, User},
    project, push,
};
use crate::{
    Happening, Headers, NotUnderstood, Observation, ObservedRepository, Verified, bounded, clipped,
    read::read,
    wire::{Id, Text},
};

pub(super) fn normalize(delivery: &Verified<'_>) -> Result<Observation, NotUnderstood> {
    let header = header(delivery.headers())?;
    let payload = delivery.payload();
    let named: Kind<'_> = read(header, payload)?;
    let kind = named.kind().ok_or_else(|| {
        let problem = "neither `object_kind` nor `event_name`: has the hook a payload template?";
        NotUnderstood::new(header, problem)
    })?;
    if !agree(header, kind) {
        let problem = "header `x-gitlab-event` and the body's kind differ";
        return Err(NotUnderstood::new(kind, problem));
    }
    match kind {
        "push" | "tag_push" => push::observe(kind, payload),
        "merge_request" => change::observe(kind, payload),
        kind => match project::action(kind) {
            Some(action) => project::observe(kind, action, payload),
            None => statement(kind, payload),
        },
    }
}

fn header<'a>(headers: &Headers<'a>) -> Result<&'a str, NotUnderstood> {
    match headers.single("x-gitlab-event") {
        Ok(Some(header)) => Ok(header),
        Ok(None) => Err(NotUnderstood::new("", "header `x-gitlab-event` is missing")),
        Err(repeated) => Err(NotUnderstood::new("", repeated.to_string())),
    }
}

/// Whether the header can stand over such a body. The two of pushes are one: the ref says which it is.
fn agree(header: &str, kind: &str) -> bool {
    match header {
        // Hooks of an instance and integrations: the body alone says it.
        "System Hook" | "Service Hook" => true,
        "Push Hook" | "Tag Push Hook" => matches!(kind, "push" | "tag_push"),
        "Merge Request Hook" => kind == "merge_request",
        "Project Hook" => kind.starts_with("project_"),
        _ => !is_modelled(kind),
    }
}

fn is_modelled(kind: &str) -> bool {
    matches!(kind, "push" | "tag_push" | "merge_request") || project::action(kind).is_some()
}

/// The names of the kind. System hooks have the second alone.
#[derive(Deserialize)]
#[serde(expecting = "an object with `object_kind` or `event_name`")]
struct Kind<'a> {
    #[serde(borrow)]
    object_kind: Option<Text<'a>>,
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
}

impl Kind<'_> {
    fn kind(&self) -> Option<&str> {
        let name = self.object_kind.as_ref().or(self.event_name.as_ref());
        name.map(Text::as_str).filter(|kind| !kind.is_empty())
    }
}

/// The body of every kind that is not modelled.
#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
    #[serde(borrow)]
    object_attributes: Option<Attributes<'a>>,
    #[serde(borrow)]
    action: Option<Text<'a>>,
    #[serde(borrow)]
    user: Option<User<'a>>,
    project_id: Option<Id>,
    #[serde(borrow)]
    project: Option<Project<'a>>,
    /// Beside `project_id` in system hooks about projects and their members, instead of a project.
    #[serde(borrow, alias = "project_path_with_namespace")]
    path_with_namespace: Option<Text<'a>>,
    #[serde(borrow)]
    group: Option<Group<'a>>,
    /// In system hooks about groups.
    #[serde(borrow)]
    full_path: Option<Text<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow)]
    action: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    full_path: Option<Text<'a>>,
}

fn statement(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let statement: Statement<'_> = read(kind, payload)?;
    let repository = statement.repository();
    let owner = statement.owner().filter(|_| repository.is_none());
    Ok(Observation {
        happenings: vec![Happening::Other(OtherEvent {
            actor: statement.user.as_ref().map(User::actor),
            ..OtherEvent::default()
        })],
        owner: owner.map(clipped).unwrap_or_default(),
        repository,
        occurred_at: None,
        native_kind: bounded(kind),
        native_action: bounded(
            statement
                .action()
                .filter(|&action| action != kind)
                .unwrap_or_default(),
        ),
        sample: statement.sluice_sample,
    })
}

impl Statement<'_> {
    fn repository(&self) -> Option<ObservedRepository> {
        let project_id = self.project_id.as_ref();
        if let Some(project) = &self.project {
            return project.observed(project_id);
        }
        Some(ObservedRepository {
            host_id: project_id?.0.clone(),
            full_name: clipped(self.path_with_namespace.as_ref()?.as_str()),
            ..ObservedRepository::default()
        })
    }

    /// The top of the group's path. Only a full path has it: `group_path` of a subgroup is its last part.
    fn owner(&self) -> Option<&str> {
        let group = self.group.as_ref();
        let path = group.and_then(|group| group.full_path.as_ref());
        let path = path.or(self.full_path.as_ref())?;
        path.as_str().split('/').next()
    }

    /// Where kinds name the action differs; of tokens and members it is the event.
    fn action(&self) -> Option<&str> {
        let attributes = self.object_attributes.as_ref();
        let action = attributes.and_then(|attributes| attributes.action.as_ref());
        let action = action.or(self.action.as_ref()).or(self.event_name.as_ref());
        action.map(Text::as_str)
    }
}
