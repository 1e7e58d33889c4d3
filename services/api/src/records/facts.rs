//! What decides whether a record is for the eyes of who asks, and whether it is wanted: borrowed, since most are not.

use sluice_events::v1::{AccessLevel, Credential, Endpoint, RegisteredRepository};
use sluice_registry::Record;

use super::shown::state;
use crate::{page::Cursor, serve::Asked};

/// Facts of a record.
#[derive(Default)]
pub(super) struct Facts<'r> {
    /// Empty for what belongs to no project.
    project: &'r str,
    name: &'r str,
    host: &'r str,
    /// A repository's, on its host.
    full_name: &'r str,
    repository: Option<&'r RegisteredRepository>,
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
            repository: Some(repository),
            about: match repository.level() {
                AccessLevel::Organization => About::ShownToAll,
                AccessLevel::Private | AccessLevel::Unspecified => About::Project,
            },
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

    /// Whether a name of it has this in it, in letters of either case.
    fn is_called(&self, part: &str) -> bool {
        let part = part.to_lowercase();
        self.name.contains(&part) || self.full_name.to_lowercase().contains(&part)
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

    /// Whether it stands behind the last page and is as the parameters say.
    pub(super) fn is_wanted(&self, facts: &Facts<'_>, after: Option<&Cursor>) -> bool {
        let asked = |name: &str| self.parameters.text(name);
        after.is_none_or(|after| after.is_before(facts.project, facts.name))
            && self.may_see(facts)
            && asked("host").is_none_or(|host| host == facts.host)
            && asked("q").is_none_or(|part| facts.is_called(part))
            && asked("status").is_none_or(|status| {
                let repository = facts.repository;
                repository.is_some_and(|repository| state(&self.api, repository) == status)
            })
    }
}
