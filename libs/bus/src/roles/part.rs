//! What a role needs of the topology: what it compares before it is ready.

use super::{Grant, Role};
use crate::topology::{Topology, work_consumers};

impl Role {
    /// The part of a topology that this role works with.
    pub fn part_of(&self, mut topology: Topology) -> Topology {
        let needs = |needed: &dyn Fn(&Grant) -> bool| {
            let grants = self.grants.iter();
            grants.clone().any(|grant| *grant == Grant::Inspect) || grants.clone().any(needed)
        };
        topology.streams.retain(|stream| {
            let keeps = |family: &str| stream.families.iter().any(|(kept, _)| kept == family);
            needs(&|grant| match grant {
                Grant::Publish(family) | Grant::Follow(family) => keeps(family),
                Grant::Command(_) | Grant::CommandFor(_) => keeps("command"),
                Grant::Read(name) | Grant::Consume(name, _) => *name == stream.name,
                Grant::Work(_) => keeps("wake"),
                _ => false,
            })
        });
        topology.buckets.retain(|bucket| {
            needs(&|grant| match grant {
                Grant::Watch(name) | Grant::Write(name) => *name == bucket.name,
                _ => false,
            })
        });
        topology.consumers.retain(|consumer| {
            needs(&|grant| match grant {
                Grant::Consume(stream, name) => {
                    *stream == consumer.stream && *name == consumer.name
                }
                Grant::Work(service) => {
                    work_consumers(service).any(|own| own.name == consumer.name)
                }
                _ => false,
            })
        });
        topology
    }
}
