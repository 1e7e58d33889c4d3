//! The contract part of the table against what stands on the bus.

mod chosen;
mod consumers;
mod streams;

use std::fmt;

pub(super) use self::{
    chosen::{chosen, short_of_replicas},
    consumers::of_consumer,
    streams::{of_bucket, of_stream},
};
use super::Topology;
use crate::{Bus, LookupError};

/// What is said of what is not there.
pub(super) const MISSING: &str = "does not exist";

/// One point where the bus is not as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The stream, bucket or consumer, by its name on the bus.
    pub what: String,
    /// What differs: expected and found.
    pub problem: String,
    /// What to do about it.
    pub remedy: Remedy,
}

/// What to do about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Applying the table mends it.
    Apply,
    /// The server changes it on nothing that exists: somebody has to, in these words.
    ByHand(&'static str),
    /// Nothing: the operator has chosen so.
    Nothing,
}

impl Remedy {
    /// What to do, in words.
    pub fn words(self) -> &'static str {
        match self {
            Remedy::Apply => "`sluice topology apply` mends it",
            Remedy::ByHand(words) => words,
            Remedy::Nothing => "yours to choose",
        }
    }
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
        problem: MISSING.into(),
        remedy: Remedy::Apply,
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

    /// What applying the table mends.
    fn unless(&mut self, holds: bool, problem: String) {
        self.add(holds, problem, Remedy::Apply);
    }

    /// What it cannot.
    fn fixed(&mut self, holds: bool, problem: String, by_hand: &'static str) {
        self.add(holds, problem, Remedy::ByHand(by_hand));
    }

    fn add(&mut self, holds: bool, problem: String, remedy: Remedy) {
        if !holds {
            self.differences.push(Difference {
                what: self.what.to_owned(),
                problem,
                remedy,
            });
        }
    }
}
