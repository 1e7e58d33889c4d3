//! The contract part of the table against what stands on the bus.

mod consumers;
mod streams;

use std::fmt;

pub(super) use self::{
    consumers::of_consumer,
    streams::{of_bucket, of_stream},
};
use super::Topology;
use crate::{Bus, LookupError};

/// One point where the bus breaks the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The stream, bucket or consumer, by its name on the bus.
    pub what: String,
    /// What differs: expected and found.
    pub problem: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.problem)
    }
}

pub(super) async fn differences(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<Difference>, LookupError> {
    let mut found = Vec::new();
    for spec in &topology.streams {
        let name = bus.namespace().stream(&spec.name);
        match bus.stream_config(&name).await? {
            Some(config) => {
                found.extend(of_stream(spec, topology.version, &config, bus.namespace()))
            }
            None => found.extend(missing(name, spec.since, topology.version)),
        }
    }
    for spec in &topology.buckets {
        let name = format!("KV_{}", bus.namespace().bucket(&spec.name));
        match bus.stream_config(&name).await? {
            Some(config) => found.extend(of_bucket(&config)),
            None => found.extend(missing(name, spec.since, topology.version)),
        }
    }
    for spec in &topology.consumers {
        let stream = bus.namespace().stream(&spec.stream);
        match bus.consumer_info(&stream, &spec.name).await? {
            Some(info) => found.extend(of_consumer(spec, &stream, &info.config, bus.namespace())),
            None => {
                let name = format!("{stream}.{}", spec.name);
                found.extend(missing(name, spec.since, topology.version));
            }
        }
    }
    Ok(found)
}

/// Something that came with the newest version may be missing; anything older may not.
fn missing(what: String, since: u32, version: u32) -> Option<Difference> {
    (since < version || version == 1).then(|| Difference {
        what,
        problem: "does not exist".into(),
    })
}

/// The differences of one part of the bus.
struct Found<'c> {
    what: &'c str,
    differences: Vec<Difference>,
}

impl<'c> Found<'c> {
    fn of(what: &'c str) -> Self {
        Self {
            what,
            differences: Vec::new(),
        }
    }

    fn unless(&mut self, holds: bool, problem: String) {
        if !holds {
            self.differences.push(Difference {
                what: self.what.to_owned(),
                problem,
            });
        }
    }
}
