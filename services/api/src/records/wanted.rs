//! What is wanted of a list: by its parameters, and behind the last page.

use sluice_registry::{Record, find_repository};

use super::facts::Facts;
use crate::{
    directory::{Listed, Neighbours, Summary},
    page::Cursor,
    problem::Problem,
    serve::Asked,
};

/// What is wanted of a list, by somebody.
pub(super) struct Wanted<'a> {
    asked: &'a Asked,
    after: Option<Cursor>,
    host: Option<&'a str>,
    /// How a repository stands, in a word.
    status: Option<&'a str>,
    called: Option<Called>,
}

/// What it is looked for by, in lower case.
struct Called {
    /// Part of a name.
    part: String,
    /// Where what was given is the address of a repository: the name of its host, and its full name there.
    address: Option<(String, String)>,
}

impl Called {
    fn of(given: &str, asked: &Asked) -> Self {
        let found = find_repository(given, &asked.api.directory.snapshot());
        let found = found.ok().filter(|found| !found.full_name.is_empty());
        Self {
            part: given.to_lowercase(),
            address: found.map(|found| (found.host.name, found.full_name.to_lowercase())),
        }
    }

    /// Whether one of them may be called so. `names`: whatever they are called, in lower case.
    fn may_be_among(&self, names: &str) -> bool {
        let part = match &self.address {
            Some((_, full_name)) => full_name,
            None => &self.part,
        };
        // A third of the time of std's search, over megabytes of names that are all alike.
        memchr::memmem::find(names.as_bytes(), part.as_bytes()).is_some()
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn of(asked: &'a Asked) -> Result<Self, Problem> {
        let given = |name: &str| asked.parameters.text(name);
        Ok(Self {
            asked,
            after: given("after").map(Cursor::read).transpose()?,
            host: given("host"),
            status: given("status"),
            called: given("q").map(|part| Called::of(part, asked)),
        })
    }

    /// Whether it is the first page.
    pub(super) fn is_first(&self) -> bool {
        self.after.is_none()
    }

    /// Whether a record is wanted, and for the eyes of who asks.
    pub(super) fn has(&self, facts: &Facts<'_>) -> bool {
        self.after
            .as_ref()
            .is_none_or(|after| after.is_before(facts.project, facts.name))
            && self.asked.may_see(facts)
            && self.host.is_none_or(|host| host == facts.host)
            && self.status.is_none_or(|status| facts.state == Some(status))
            && self
                .called
                .as_ref()
                .is_none_or(|called| is_called(called, facts))
    }

    /// The repositories that are wanted, by project and name, as many as these. Where neighbours have nothing of it, they
    /// are passed over: there may be very many.
    pub(super) fn repositories(&self, most: usize) -> Vec<Record> {
        let all = self.asked.api.directory.repositories();
        let after = self.after.as_ref().map(Cursor::place);
        let some = all.parts_after(after.as_ref());
        let some = some.filter(|neighbours| self.may_be_among(neighbours));
        let found = some
            .flat_map(Neighbours::values)
            .filter(|listed| self.has(&Facts::of_listed(listed)));
        found
            .take(most)
            .map(|Listed { record, .. }| Record::Repository((**record).clone()))
            .collect()
    }

    /// Whether one of them may be wanted.
    fn may_be_among(&self, neighbours: &Neighbours) -> bool {
        let summary = neighbours.noted(Summary::of);
        let projects = neighbours.first().zip(neighbours.last());
        let sees = projects.is_some_and(|((first, _), (last, _))| {
            self.asked.reach.may_see_between(first, last, summary.shown)
        });
        let mut statuses = summary.statuses.iter();
        sees && self
            .status
            .is_none_or(|status| statuses.any(|one| super::STATES.word(*one) == status))
            && self
                .called
                .as_ref()
                .is_none_or(|called| called.may_be_among(&summary.names))
    }
}

/// Whether it has that address, or a name of it has this in it, in letters of either case.
fn is_called(called: &Called, facts: &Facts<'_>) -> bool {
    let full_name = facts.full_name.to_lowercase();
    let address = called.address.as_ref();
    facts.name.contains(&called.part)
        || full_name.contains(&called.part)
        || address.is_some_and(|(host, name)| *host == facts.host && *name == full_name)
}
