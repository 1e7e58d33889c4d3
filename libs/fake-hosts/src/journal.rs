//! Who called what.

use jiff::Timestamp;

/// How many calls are kept. A client that loops must not fill the memory of a test.
const KEPT: usize = 100_000;

/// One call of the API, answered or refused.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST` …
    pub method: String,
    /// Below the base of the API, as it was sent: `/projects/acme%2Fweb/hooks`.
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    /// What was answered; `None` while it is served, and where the connection was cut instead.
    pub status: Option<u16>,
    /// Whom the host took the caller for: a login, `app/1` or `installation/1`.
    pub user: Option<String>,
    /// When, by the host's clock.
    pub at: Timestamp,
}

/// All calls so far.
#[derive(Default)]
pub(crate) struct Journal {
    calls: Vec<Call>,
}

impl Journal {
    /// A call came in. The place is for what is known later.
    pub(crate) fn arrived(&mut self, call: Call) -> usize {
        if self.calls.len() < KEPT {
            self.calls.push(call);
            return self.calls.len() - 1;
        }
        KEPT
    }

    pub(crate) fn served_for(&mut self, place: usize, user: Option<String>) {
        if let Some(call) = self.calls.get_mut(place) {
            call.user = user;
        }
    }

    pub(crate) fn answered(&mut self, place: usize, status: u16) {
        if let Some(call) = self.calls.get_mut(place) {
            call.status = Some(status);
        }
    }

    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }
}
