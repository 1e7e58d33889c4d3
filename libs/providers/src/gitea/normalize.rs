//! From a verified delivery to what it says.

use super::{Dialect, change, create_delete, first_of, other, push};
use crate::{NotUnderstood, Observation, Verified, bounded};

/// Goes by the coarse kind: reviews are `pull_request_approved` and the like there, and plain comments are not.
///
/// It stands in a header that nobody signed. So each kind asks for fields that no other kind has, and what is not
/// modelled must not have them.
pub(super) fn normalize(
    dialect: &Dialect,
    delivery: &Verified<'_>,
) -> Result<Observation, NotUnderstood> {
    let event = first_of(dialect.event, delivery.headers());
    let exact = first_of(dialect.event_type, delivery.headers());
    let kind = bounded(if exact.is_empty() { event } else { exact });
    let payload = delivery.payload();
    match event {
        "push" => push::observe(&kind, payload),
        "create" => create_delete::observe_create(&kind, payload),
        "delete" => create_delete::observe_delete(&kind, payload),
        _ if event.starts_with("pull_request") => change::observe(&kind, payload),
        _ => other::observe(event, &kind, payload),
    }
}
