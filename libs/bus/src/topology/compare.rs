//! The contract part of the table against what stands on the bus.

use std::fmt;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::{BucketSpec, Discard, StreamSpec, Topology};
use crate::{Bus, LookupError, Namespace};

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
            Some(config) => found.extend(of_bucket(spec, &config)),
            None => found.extend(missing(name, spec.since, topology.version)),
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

pub(super) fn of_stream(
    spec: &StreamSpec,
    version: u32,
    config: &Config,
    namespace: &Namespace,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut expect = |holds: bool, problem: String| {
        if !holds {
            found.push(Difference {
                what: config.name.clone(),
                problem,
            });
        }
    };
    for (family, since) in &spec.families {
        let subject = namespace.subject(&format!("sluice.v1.{family}.>"));
        let tolerated = *since == version && version > 1;
        expect(
            config.subjects.contains(&subject) || tolerated,
            format!("does not keep subject `{subject}`"),
        );
    }
    let discard = match spec.discard {
        Discard::New => DiscardPolicy::New,
        Discard::Old => DiscardPolicy::Old,
    };
    expect(
        config.duplicate_window == spec.duplicate_window,
        format!(
            "duplicate window is {:?}, expected {:?}",
            config.duplicate_window, spec.duplicate_window
        ),
    );
    expect(
        config.discard == discard,
        format!("discards {:?}, expected {discard:?}", config.discard),
    );
    expect(
        config.allow_atomic_publish,
        "does not allow atomic batches".into(),
    );
    expect(
        config.allow_message_ttl,
        "does not allow a message's own age".into(),
    );
    expect(
        config.retention == RetentionPolicy::Limits,
        format!("retention is {:?}, expected Limits", config.retention),
    );
    expect(
        config.storage == StorageType::File,
        format!("storage is {:?}, expected File", config.storage),
    );
    found
}

fn of_bucket(spec: &BucketSpec, config: &Config) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut expect = |holds: bool, problem: String| {
        if !holds {
            found.push(Difference {
                what: config.name.clone(),
                problem: format!("{}: {problem}", spec.about),
            });
        }
    };
    expect(
        config.max_messages_per_subject == 1,
        format!(
            "keeps {} values a key, expected 1",
            config.max_messages_per_subject
        ),
    );
    expect(
        config.allow_atomic_publish,
        "does not allow atomic batches".into(),
    );
    expect(config.allow_direct, "does not allow direct reads".into());
    expect(
        config.max_age.is_zero(),
        format!("forgets after {:?}", config.max_age),
    );
    expect(
        config.storage == StorageType::File,
        format!("storage is {:?}, expected File", config.storage),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::apply::stream_config;

    fn topology(version: u32) -> Topology {
        Topology {
            version,
            ..Topology::current()
        }
    }

    fn git() -> (StreamSpec, Config) {
        let spec = topology(1).streams.remove(0);
        let config = stream_config(&spec, 1, &Namespace::default());
        (spec, config)
    }

    fn problems(spec: &StreamSpec, version: u32, config: &Config) -> Vec<String> {
        of_stream(spec, version, config, &Namespace::default())
            .into_iter()
            .map(|found| found.problem)
            .collect()
    }

    #[test]
    fn what_we_create_keeps_the_contract() {
        let (spec, config) = git();
        assert_eq!(problems(&spec, 1, &config), Vec::<String>::new());
    }

    #[test]
    fn sizes_ages_and_further_subjects_are_the_operators() {
        let (spec, mut config) = git();
        config.max_bytes = 1;
        config.max_age = super::super::DAY;
        config.num_replicas = 3;
        config.subjects.push("sluice.v1.later.>".into());
        assert_eq!(problems(&spec, 1, &config), Vec::<String>::new());
    }

    #[test]
    fn each_broken_point_is_named() {
        let (spec, mut config) = git();
        config.subjects.clear();
        config.discard = DiscardPolicy::Old;
        config.allow_atomic_publish = false;
        config.storage = StorageType::Memory;
        let problems = problems(&spec, 1, &config);
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[0].contains("sluice.v1.git.>"));
    }

    #[test]
    fn a_family_of_the_newest_version_may_still_be_missing() {
        let (mut spec, config) = git();
        spec.families.push(("later".into(), 2));
        assert_eq!(problems(&spec, 2, &config), Vec::<String>::new());
        assert_eq!(problems(&spec, 3, &config).len(), 1);
    }
}
