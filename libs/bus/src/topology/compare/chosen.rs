//! What the table leaves to the operator: sizes, ages, replicas, placement and metadata.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::stream::Config;

use super::{Difference, Remedy};
use crate::{
    Bus, LookupError,
    topology::{
        Topology,
        config::{bucket_config, stream_config},
    },
};

/// Where what stands on the bus is not what [`apply`](crate::topology::apply) would create today.
pub(in crate::topology) async fn chosen(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<Difference>, LookupError> {
    let (replicas, namespace) = (bus.durability().replicas(), bus.namespace());
    let streams = topology.streams.iter();
    let streams = streams.map(|spec| stream_config(spec, replicas, namespace));
    let buckets = topology.buckets.iter();
    let buckets = buckets.map(|spec| bucket_config(spec, replicas, namespace));
    let mut found = Vec::new();
    for ours in streams.chain(buckets) {
        if let Some(theirs) = bus.stream_config(&ours.name).await? {
            found.extend(of_stream(&ours, &theirs));
        }
    }
    for (what, theirs) in consumers(bus, topology).await? {
        found.extend(of_replicas(&what, replicas, theirs));
    }
    Ok(found)
}

/// What has fewer replicas than the declared durability needs.
pub(in crate::topology) async fn short_of_replicas(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<String>, LookupError> {
    let namespace = bus.namespace();
    let streams = topology.streams.iter();
    let streams = streams.map(|spec| namespace.stream(&spec.name));
    let buckets = topology.buckets.iter();
    let buckets = buckets.map(|spec| format!("KV_{}", namespace.bucket(&spec.name)));
    let mut all = Vec::new();
    for name in streams.chain(buckets) {
        let config = bus.stream_config(&name).await?;
        all.extend(config.map(|config| (name, config.num_replicas)));
    }
    all.extend(consumers(bus, topology).await?);
    let needed = bus.durability().replicas();
    // A consumer with 0 has as many as its stream.
    let short = all
        .into_iter()
        .filter(|(_, number)| (1..needed).contains(number));
    Ok(short.map(|(what, _)| what).collect())
}

/// How many replicas which consumer has.
async fn consumers(bus: &Bus, topology: &Topology) -> Result<Vec<(String, usize)>, LookupError> {
    let mut found = Vec::new();
    for spec in &topology.consumers {
        let stream = bus.namespace().stream(&spec.stream);
        if let Some(info) = bus.consumer_info(&stream, &spec.name).await? {
            found.push((format!("{stream}.{}", spec.name), info.config.num_replicas));
        }
    }
    Ok(found)
}

fn of_stream(ours: &Config, theirs: &Config) -> Vec<Difference> {
    let what = ours.name.as_str();
    let numbers = [
        ("bytes", ours.max_bytes, theirs.max_bytes),
        ("messages", ours.max_messages, theirs.max_messages),
        (
            "bytes a message",
            ours.max_message_size.into(),
            theirs.max_message_size.into(),
        ),
    ];
    let sizes = numbers.into_iter().filter_map(|(what, ours, theirs)| {
        let (ours, theirs) = (limit(ours), limit(theirs));
        (ours != theirs).then(|| format!("keeps {theirs} {what}, by the table {ours}"))
    });
    let mut found: Vec<_> = sizes.map(|problem| yours(what, problem)).collect();
    if ours.max_age != theirs.max_age {
        let (ours, theirs) = (age(ours.max_age), age(theirs.max_age));
        found.push(yours(
            what,
            format!("keeps messages {theirs}, by the table {ours}"),
        ));
    }
    found.extend(of_replicas(what, ours.num_replicas, theirs.num_replicas));
    if let Some(placement) = &theirs.placement {
        let cluster = placement.cluster.as_deref().unwrap_or("any");
        let tags = placement.tags.join(", ");
        let problem =
            format!("is placed in cluster {cluster}, tags [{tags}]; by the table anywhere");
        found.push(yours(what, problem));
    }
    let metadata = names(&theirs.metadata);
    if !metadata.is_empty() {
        let problem = format!("has metadata {}, by the table none", metadata.join(", "));
        found.push(yours(what, problem));
    }
    found
}

fn of_replicas(what: &str, ours: usize, theirs: usize) -> Option<Difference> {
    // A consumer with 0 has as many as its stream.
    let differ = ours != theirs && theirs != 0;
    differ.then(|| {
        let problem = format!("has {theirs} replicas, by the declared durability {ours}");
        yours(what, problem)
    })
}

fn yours(what: &str, problem: String) -> Difference {
    Difference {
        what: what.to_owned(),
        problem,
        remedy: Remedy::Nothing,
    }
}

/// None is written as -1 and as 0.
fn limit(number: impl Into<i64>) -> String {
    let number = number.into();
    if number <= 0 {
        "any number of".into()
    } else {
        number.to_string()
    }
}

fn age(age: Duration) -> String {
    if age.is_zero() {
        "for ever".into()
    } else {
        format!("for {age:?}")
    }
}

/// What an operator wrote; the server notes things of its own there, too.
fn names(metadata: &HashMap<String, String>) -> Vec<&str> {
    let names = metadata.keys().map(String::as_str);
    let mut names: Vec<_> = names.filter(|name| !name.starts_with("_nats.")).collect();
    names.sort_unstable();
    names
}
