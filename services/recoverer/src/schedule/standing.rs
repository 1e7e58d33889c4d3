//! When something is to be done about a repository.

use sluice_events::{
    Timestamp,
    v1::{KnownRefs, SyncHalt},
};
use sluice_hosts::Key;
use sluice_repositories::Registered;

/// What is done about a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Work {
    /// Its refs are read.
    Sweep,
    /// Its host's API is asked for it.
    Ask,
}

/// How a repository stands, as far as the schedule is concerned.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    due_at: Option<Timestamp>,
    halt: Option<SyncHalt>,
    /// Since when the refs could not be read.
    failing_since: Option<Timestamp>,
    /// When the host is asked.
    ask_at: Option<Timestamp>,
}

impl Standing {
    pub(super) fn of(record: &KnownRefs) -> Self {
        Self {
            due_at: record.due_at,
            halt: record.halt,
            failing_since: record.failure.as_ref().and_then(|failure| failure.since),
            ask_at: record.repository.as_ref().and_then(|known| known.due_at),
        }
    }

    /// When a work is due; `None` as long as there is nothing to do. One that was never done is due.
    pub(super) fn due(
        &self,
        work: Work,
        registered: &Registered,
        reached: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match work {
            Work::Sweep => self.sweep_at(registered, reached),
            Work::Ask => opens_api(registered).then_some(self.ask_at.unwrap_or_default()),
        }
    }

    /// `None` as long as it waits for somebody. `reached`: when sync last reached it, if it does; somebody may have asked it
    /// to try.
    fn sweep_at(&self, registered: &Registered, reached: Option<Timestamp>) -> Option<Timestamp> {
        let is_over = reached.is_some_and(|at| self.failing_since.is_some_and(|since| since < at));
        match self.halt {
            Some(halt) if halt == registered.versions.halt() && !is_over => None,
            Some(_) => Some(Timestamp::default()),
            None => Some(self.due_at.unwrap_or_default()),
        }
    }

    /// A work begins: it is not due before the record's watch tells, or this time is over.
    pub(super) fn claim(&mut self, work: Work, until: Timestamp) {
        match work {
            Work::Sweep => {
                self.due_at = Some(until);
                (self.halt, self.failing_since) = (None, None);
            }
            Work::Ask => self.ask_at = Some(until),
        }
    }
}

/// Whether its credential opens its host's API.
fn opens_api(registered: &Registered) -> bool {
    let credential = registered.credential.as_ref().ok();
    credential
        .and_then(Option::as_ref)
        .is_some_and(|credential| Key::can_be(&credential.record))
}
