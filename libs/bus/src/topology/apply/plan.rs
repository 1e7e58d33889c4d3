//! What has to be done, decided from what stands there.

use async_nats::jetstream::{
    consumer::{AckPolicy, FromConsumer, pull},
    stream::{Config, RetentionPolicy},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AT_ONCE, Planned, Step};
use crate::{
    Bus, LookupError,
    topology::{
        ConsumerSpec, Difference, Remedy, StreamSpec, Topology, compare,
        config::{bucket_config, stream_config},
    },
};

/// What of the table is not there yet or not as it must be, streams first. What an update cannot mend is not in it.
pub(in crate::topology) async fn plan(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<Planned>, LookupError> {
    let mut planned = Vec::new();
    let replicas = bus.durability().replicas();
    for spec in &topology.streams {
        let config = stream_config(spec, replicas, bus.namespace());
        planned.extend(plan_stream(bus, spec, topology.version, config).await?);
    }
    for spec in &topology.buckets {
        let config = bucket_config(spec, replicas, bus.namespace());
        planned.extend(plan_bucket(bus, config).await?);
    }
    let consumers = topology.consumers.iter();
    let consumers = consumers.map(|spec| plan_consumer(bus, spec, replicas));
    let consumers: Vec<_> = stream::iter(consumers)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    planned.extend(consumers.into_iter().flatten());
    Ok(planned)
}

async fn plan_stream(
    bus: &Bus,
    spec: &StreamSpec,
    version: u32,
    config: Config,
) -> Result<Option<Planned>, LookupError> {
    let Some(present) = bus.stream_config(&config.name).await? else {
        return Ok(Some(create(config)));
    };
    let missing: Vec<_> = config
        .subjects
        .iter()
        .filter(|subject| !present.subjects.contains(subject))
        .cloned()
        .collect();
    let mut because = mended(compare::of_stream(spec, version, &present, bus.namespace()));
    if missing.is_empty() && because.is_empty() {
        return Ok(None);
    }
    // What the newest version brought may be missing, and is no difference yet.
    if because.is_empty() {
        because = vec![format!("does not keep {missing:?}")];
    }
    // Only what the contract fixes changes; sizes, ages, replicas and placement stay the operator's.
    let mut mended = present;
    mended.subjects.extend(missing);
    mended.duplicate_window = config.duplicate_window;
    mended.discard = config.discard;
    mended.allow_atomic_publish = true;
    mended.allow_message_ttl = true;
    mended.allow_direct = true;
    mended.max_messages_per_subject = config.max_messages_per_subject;
    mended.sources = config.sources;
    mended.subject_transform = config.subject_transform;
    if mended.retention == RetentionPolicy::Interest {
        mended.retention = config.retention;
    }
    Ok(Some(update(mended, because)))
}

async fn plan_bucket(bus: &Bus, config: Config) -> Result<Option<Planned>, LookupError> {
    let Some(present) = bus.stream_config(&config.name).await? else {
        return Ok(Some(create(config)));
    };
    let because = mended(compare::of_bucket(&present));
    if because.is_empty() {
        return Ok(None);
    }
    let mended = Config {
        max_bytes: present.max_bytes,
        storage: present.storage,
        num_replicas: present.num_replicas,
        placement: present.placement,
        metadata: present.metadata,
        ..config
    };
    Ok(Some(update(mended, because)))
}

async fn plan_consumer(
    bus: &Bus,
    spec: &ConsumerSpec,
    replicas: usize,
) -> Result<Option<Planned>, LookupError> {
    let stream = bus.namespace().stream(&spec.stream);
    let Some(present) = bus.consumer_info(&stream, &spec.name).await? else {
        let base = pull::Config {
            num_replicas: replicas,
            ..Default::default()
        };
        let because = vec![compare::MISSING.to_owned()];
        return Ok(Some(put_consumer(bus, spec, base, ("create", because))));
    };
    let present = present.config;
    let found = compare::of_consumer(spec, &stream, &present, bus.namespace());
    // Where one point cannot be changed it has to be made anew, and all of it at once.
    if found.is_empty() || found.iter().any(|found| found.remedy != Remedy::Apply) {
        return Ok(None);
    }
    let base = pull::Config::try_from_consumer_config(present);
    let base =
        base.map_err(|error| LookupError::new(format!("consumer {stream}.{}", spec.name), error))?;
    Ok(Some(put_consumer(
        bus,
        spec,
        base,
        ("update", mended(found)),
    )))
}

fn put_consumer(
    bus: &Bus,
    spec: &ConsumerSpec,
    base: pull::Config,
    (action, because): (&'static str, Vec<String>),
) -> Planned {
    let stream = bus.namespace().stream(&spec.stream);
    let config = pull::Config {
        durable_name: Some(spec.name.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: spec.ack_wait,
        backoff: Vec::new(),
        // Never given up by the server: a worker that gives up stores a dead letter first.
        max_deliver: -1,
        max_ack_pending: spec.max_in_hand,
        filter_subject: String::new(),
        filter_subjects: spec.filters(bus.namespace()),
        ..base
    };
    Planned {
        what: format!("{stream}.{}", spec.name),
        action,
        because,
        step: Step::PutConsumer(stream, Box::new(config)),
    }
}

fn create(config: Config) -> Planned {
    Planned {
        what: config.name.clone(),
        action: "create",
        because: vec![compare::MISSING.to_owned()],
        step: Step::CreateStream(Box::new(config)),
    }
}

fn update(config: Config, because: Vec<String>) -> Planned {
    Planned {
        what: config.name.clone(),
        action: "update",
        because,
        step: Step::UpdateStream(Box::new(config)),
    }
}

/// Those problems that an update mends.
fn mended(found: Vec<Difference>) -> Vec<String> {
    let found = found.into_iter();
    let found = found.filter(|found| found.remedy == Remedy::Apply);
    found.map(|found| found.problem).collect()
}
