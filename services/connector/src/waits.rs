//! What imports wait for: until when their host takes nothing new, so that what they have registered is not begun.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sluice_events::Timestamp;

/// Until when, by the keys of imports.
#[derive(Default)]
pub(crate) struct Waits(Mutex<HashMap<String, Timestamp>>);

impl Waits {
    /// Notes that something of an import has to wait so long.
    pub(crate) fn note(&self, import: String, wait: Duration) {
        let until = Timestamp::now().plus(wait);
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.insert(import, until);
    }

    /// What was noted since the last time.
    pub(crate) fn take(&self) -> HashMap<String, Timestamp> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
