//! Brings the table about: creates what is missing, adds subjects, mends flags that can only be added.

use async_nats::jetstream::{
    consumer::{AckPolicy, FromConsumer, pull},
    stream::Config,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use thiserror::Error;

use super::{
    ConsumerSpec, Difference, StreamSpec, Topology, compare,
    config::{bucket_config, stream_config},
};
use crate::{Bus, LookupError};

/// What was done to one part of the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The stream, bucket or consumer, by its name on the bus.
    pub what: String,
    /// What was done.
    pub action: &'static str,
}

/// Why the topology could not be brought about.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The present state could not be read.
    #[error("cannot read the topology")]
    Read(#[from] LookupError),
    /// The server refused.
    #[error("cannot {action} `{what}`: {reason}{hint}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// On what.
        what: String,
        /// The server's words.
        reason: String,
        /// What to do about it, if it is a known case.
        hint: &'static str,
    },
}

pub(super) async fn apply(bus: &Bus, topology: &Topology) -> Result<Vec<Applied>, ApplyError> {
    let mut done = Vec::new();
    let replicas = bus.durability().replicas();
    for spec in &topology.streams {
        let config = stream_config(spec, replicas, bus.namespace());
        done.extend(apply_stream(bus, spec, topology.version, config).await?);
    }
    for spec in &topology.buckets {
        let config = bucket_config(spec, replicas, bus.namespace());
        done.extend(apply_bucket(bus, config).await?);
    }
    // There are many, and each waits for a disk.
    let consumers = topology.consumers.iter();
    let consumers = consumers.map(|spec| apply_consumer(bus, spec, replicas));
    let applied: Vec<_> = stream::iter(consumers).buffered(16).try_collect().await?;
    done.extend(applied.into_iter().flatten());
    Ok(done)
}

async fn apply_stream(
    bus: &Bus,
    spec: &StreamSpec,
    version: u32,
    config: Config,
) -> Result<Option<Applied>, ApplyError> {
    let Some(present) = bus.stream_config(&config.name).await? else {
        return create(bus, config).await.map(Some);
    };
    let missing: Vec<_> = config
        .subjects
        .iter()
        .filter(|subject| !present.subjects.contains(subject))
        .cloned()
        .collect();
    let broken: Vec<Difference> = compare::of_stream(spec, version, &present, bus.namespace());
    if missing.is_empty() && broken.is_empty() {
        return Ok(None);
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
    update(bus, mended).await.map(Some)
}

async fn apply_bucket(bus: &Bus, config: Config) -> Result<Option<Applied>, ApplyError> {
    let Some(present) = bus.stream_config(&config.name).await? else {
        return create(bus, config).await.map(Some);
    };
    if compare::of_bucket(&present).is_empty() {
        return Ok(None);
    }
    let mended = Config {
        max_bytes: present.max_bytes,
        num_replicas: present.num_replicas,
        placement: present.placement,
        metadata: present.metadata,
        ..config
    };
    update(bus, mended).await.map(Some)
}

async fn update(bus: &Bus, config: Config) -> Result<Applied, ApplyError> {
    let what = config.name.clone();
    match bus.jetstream().update_stream(&config).await {
        Ok(_) => Ok(Applied {
            what,
            action: "update",
        }),
        Err(error) => Err(refused("update", what, &error)),
    }
}

async fn create(bus: &Bus, config: Config) -> Result<Applied, ApplyError> {
    let what = config.name.clone();
    match bus.jetstream().create_stream(config).await {
        Ok(_) => Ok(Applied {
            what,
            action: "create",
        }),
        Err(error) => Err(refused("create", what, &error)),
    }
}

async fn apply_consumer(
    bus: &Bus,
    spec: &ConsumerSpec,
    replicas: usize,
) -> Result<Option<Applied>, ApplyError> {
    let stream = bus.namespace().stream(&spec.stream);
    let what = format!("{stream}.{}", spec.name);
    let present = bus.consumer_info(&stream, &spec.name).await?;
    let present = present.map(|info| info.config);
    let (action, base) = match present {
        Some(config)
            if compare::of_consumer(spec, &stream, &config, bus.namespace()).is_empty() =>
        {
            return Ok(None);
        }
        Some(config) => match pull::Config::try_from_consumer_config(config) {
            Ok(config) => ("update", config),
            Err(error) => return Err(refused("update", what, error.as_ref())),
        },
        None => {
            let config = pull::Config {
                num_replicas: replicas,
                ..Default::default()
            };
            ("create", config)
        }
    };
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
    match bus
        .jetstream()
        .create_consumer_on_stream(config, stream)
        .await
    {
        Ok(_) => Ok(Some(Applied { what, action })),
        Err(error) => Err(refused(action, what, &error)),
    }
}

fn refused(action: &'static str, what: String, error: &dyn std::error::Error) -> ApplyError {
    let reason = error.to_string();
    let hint = if reason.contains("10047") || reason.contains("insufficient storage") {
        "; the sum of all size limits must fit the server's max_file_store: raise it, or lower the limits"
    } else {
        ""
    };
    ApplyError::Refused {
        action,
        what,
        reason,
        hint,
    }
}
