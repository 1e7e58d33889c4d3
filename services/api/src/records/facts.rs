//! What decides whether a record is for the eyes of who asks, and whether it is wanted: borrowed, since most are not.

use sluice_events::v1::{AccessLevel, Credential, Endpoint, RegisteredRepository};
use sluice_registry::Record;

use super::STATES;
use crate::{directory::Listed, serve::Asked};

/// Facts of a record.
#[derive(Default)]
pub(super) struct Facts<'r> {
    /// Empty for what belongs to no project.
    pub(super) project: &'r str,
    pub(super) name: &'r str,
    pub(super) host: &'r str,
    /// A repository's, on its host.
    pub(super) full_name: &'r str,
    /// How a repository stands, in a word, where that is asked for.
    pub(super) state: Option<&'static str>,
    about: About,
}

/// Who may see it.
#[derive(Default)]
enum About {
    /// Those to whom its project is open; others, if it is shown to all.
    #[default]
    Project,
    ShownToAll,
    /// Those to whom the project is open that it is itself.
    Itself,
    Everybody,
}

impl<'r> Facts<'r> {
    pub(super) fn of(record: &'r Record) -> Self {
        match record {
            Record::Project(project) => Self {
                name: &project.name,
                about: About::Itself,
                ..Self::default()
            },
            Record::Host(host) => Self {
                name: &host.name,
                about: About::Everybody,
                ..Self::default()
            },
            Record::Credential(credential) => Self::of_credential(credential),
            Record::Repository(repository) => Self::of_repository(repository),
            Record::Endpoint(endpoint) => Self::of_endpoint(endpoint),
        }
    }

    pub(super) fn of_credential(credential: &'r Credential) -> Self {
        Self {
            project: &credential.project,
            name: &credential.name,
            host: &credential.host,
            ..Self::default()
        }
    }

    pub(super) fn of_repository(repository: &'r RegisteredRepository) -> Self {
        Self {
            project: &repository.project,
            name: &repository.name,
            host: &repository.host,
            full_name: &repository.full_name,
            state: None,
            about: match repository.level() {
                AccessLevel::Organization => About::ShownToAll,
                AccessLevel::Private | AccessLevel::Unspecified => About::Project,
            },
        }
    }

    pub(super) fn of_listed(listed: &'r Listed) -> Self {
        Self {
            state: Some(STATES.word(listed.status)),
            ..Self::of_repository(&listed.record)
        }
    }

    pub(super) fn of_endpoint(endpoint: &'r Endpoint) -> Self {
        Self {
            project: &endpoint.project,
            name: &endpoint.name,
            host: &endpoint.host,
            ..Self::default()
        }
    }
}

impl Asked {
    /// Whether it is for the eyes of who asks, and of what they ask about.
    pub(super) fn may_see(&self, facts: &Facts<'_>) -> bool {
        match facts.about {
            About::Project => self.reach.sees(facts.project, false),
            About::ShownToAll => self.reach.sees(facts.project, true),
            About::Itself => self.holder.opens(facts.name),
            About::Everybody => true,
        }
    }
}
