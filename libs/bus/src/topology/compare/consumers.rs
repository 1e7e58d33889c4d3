//! Consumers against their part of the table.

use async_nats::jetstream::consumer::{AckPolicy, Config, DeliverPolicy};

use super::{Difference, Found};
use crate::{Namespace, topology::ConsumerSpec};

/// What to do about what the server changes on no consumer.
const BY_HAND: &str = "nothing changes this on a consumer that exists: stop its service, remove it, then `sluice topology apply`; the service reads its stream from the beginning";

pub(in crate::topology) fn of_consumer(
    spec: &ConsumerSpec,
    stream: &str,
    config: &Config,
    namespace: &Namespace,
) -> Vec<Difference> {
    let what = format!("{stream}.{}", spec.name);
    let mut found = Found::of(&what);
    let expected = spec.filters(namespace);
    let filters = filters_of(config);
    found.unless(
        filters == expected,
        format!("reads {filters:?}, expected {expected:?}"),
    );
    found.fixed(
        config.deliver_subject.is_none(),
        "pushes its messages, expected pull".into(),
        BY_HAND,
    );
    found.fixed(
        config.deliver_policy == DeliverPolicy::All,
        format!("begins at {:?}, expected All", config.deliver_policy),
        BY_HAND,
    );
    found.fixed(
        config.ack_policy == AckPolicy::Explicit,
        format!("acks are {:?}, expected Explicit", config.ack_policy),
        BY_HAND,
    );
    found.unless(
        config.ack_wait == spec.ack_wait && config.backoff.is_empty(),
        format!(
            "waits {:?} for an ack, expected {:?}",
            config.ack_wait, spec.ack_wait
        ),
    );
    found.unless(
        config.max_deliver <= 0,
        format!("gives up after {} deliveries", config.max_deliver),
    );
    found.unless(
        config.max_ack_pending == spec.max_in_hand,
        format!(
            "has {} messages in hand at once, expected {}",
            config.max_ack_pending, spec.max_in_hand
        ),
    );
    found.differences
}

/// What a consumer reads, in order.
fn filters_of(config: &Config) -> Vec<String> {
    let one = Some(&config.filter_subject).filter(|filter| !filter.is_empty());
    let mut filters: Vec<_> = one
        .into_iter()
        .chain(&config.filter_subjects)
        .cloned()
        .collect();
    filters.sort();
    filters
}
