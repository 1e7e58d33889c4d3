//! Refusals of changes go into the audit (rule S1), as many as it has room for.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sluice_declared::Author;

use crate::{Api, SERVICE, access::Holder, problem::Problem};

/// How many refusals of one access token are noted in [`SPAN`]. The audit refuses everybody's changes when it is full, so
/// nobody may fill it by asking for what they may not.
const MOST: u32 = 20;

/// The time that they are counted in.
const SPAN: Duration = Duration::from_secs(60 * 60);

/// How many refusals of each access token were noted lately.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<String, (Instant, u32)>>);

impl Refusals {
    /// Whether one more may be noted.
    fn take(&self, holder: &str, now: Instant) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, (begun, _)| now.duration_since(*begun) < SPAN);
        let (_, count) = counts.entry(holder.to_owned()).or_insert((now, 0));
        *count += 1;
        *count <= MOST
    }
}

impl Api {
    /// Notes that somebody was refused a change. Their answer does not depend on it.
    pub(crate) async fn note_refusal(
        &self,
        holder: &Holder,
        action: &str,
        object: &str,
        refusal: &Problem,
    ) {
        tracing::warn!(holder = holder.name(), action, object, "{refusal}: refused");
        if !self.refusals.take(holder.name(), Instant::now()) {
            return;
        }
        let Ok(author) = Author::new(SERVICE.name, holder.name()) else {
            return;
        };
        let (own, reason) = (holder.own(), refusal.to_string());
        let noted = author.note_refusal(&self.bus, action, own, object, &reason);
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the audit does not say that a change was refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_is_refused_all_the_time_does_not_fill_the_audit() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let noted = (0..1000).filter(|_| refusals.take("ci", now)).count();
        assert_eq!(noted, MOST as usize);
        assert!(refusals.take("other", now), "others are");
        assert!(refusals.take("ci", now + SPAN), "and it is, later");
    }
}
