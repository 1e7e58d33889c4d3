//! Streams and buckets against their part of the table.

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::{Difference, Found};
use crate::{
    Namespace,
    topology::{Discard, StreamSpec, config::stream_config},
};

/// What to do about what the server changes on no stream.
const BY_HAND: &str = "nothing changes this on a stream that exists: stop the services, back it up and remove it, then `sluice topology apply`";

pub(in crate::topology) fn of_stream(
    spec: &StreamSpec,
    version: u32,
    config: &Config,
    namespace: &Namespace,
) -> Vec<Difference> {
    let mut found = Found::of(&config.name);
    for (family, since) in &spec.families {
        let subject = namespace.subject(&format!("sluice.v1.{family}.>"));
        let tolerated = *since == version && version > 1;
        found.unless(
            config.subjects.contains(&subject) || tolerated,
            format!("does not keep subject `{subject}`"),
        );
    }
    let discard = match spec.discard {
        Discard::New => DiscardPolicy::New,
        Discard::Old => DiscardPolicy::Old,
    };
    found.unless(
        config.duplicate_window == spec.duplicate_window,
        format!(
            "duplicate window is {:?}, expected {:?}",
            config.duplicate_window, spec.duplicate_window
        ),
    );
    found.unless(
        config.discard == discard,
        format!("discards {:?}, expected {discard:?}", config.discard),
    );
    found.unless(
        config.allow_atomic_publish,
        "does not allow atomic batches".into(),
    );
    found.unless(
        config.allow_message_ttl,
        "does not allow a message's own age".into(),
    );
    found.unless(config.allow_direct, "does not allow direct reads".into());
    let expected = stream_config(spec, 1, namespace);
    // None is written as -1 and as 0.
    let per_subject = config.max_messages_per_subject.max(-1);
    found.unless(
        per_subject == expected.max_messages_per_subject
            || (per_subject == 0 && expected.max_messages_per_subject < 0),
        format!(
            "keeps {per_subject} messages a subject, expected {}",
            expected.max_messages_per_subject
        ),
    );
    found.unless(
        renames(config) == renames(&expected),
        format!(
            "takes {:?}, expected {:?}",
            renames(config),
            renames(&expected)
        ),
    );
    let retention = format!("retention is {:?}, expected Limits", config.retention);
    found.fixed(
        config.retention != RetentionPolicy::WorkQueue,
        retention.clone(),
        BY_HAND,
    );
    found.unless(config.retention != RetentionPolicy::Interest, retention);
    storage(&mut found, config);
    found.differences
}

/// What becomes of which messages: those of other streams, and its own.
fn renames(config: &Config) -> Vec<(Option<String>, String, String)> {
    let sources = config.sources.iter().flatten();
    let theirs = sources.flat_map(|source| {
        let name = Some(source.name.clone());
        let transforms = source.subject_transforms.iter();
        transforms.map(move |rename| {
            (
                name.clone(),
                rename.source.clone(),
                rename.destination.clone(),
            )
        })
    });
    let own = config.subject_transform.iter();
    let own = own.map(|rename| (None, rename.source.clone(), rename.destination.clone()));
    let mut all: Vec<_> = theirs.chain(own).collect();
    all.sort();
    all
}

pub(in crate::topology) fn of_bucket(config: &Config) -> Vec<Difference> {
    let mut found = Found::of(&config.name);
    let subject = format!("$KV.{}.>", config.name.trim_start_matches("KV_"));
    found.unless(
        config.subjects.contains(&subject),
        format!("does not keep subject `{subject}`"),
    );
    found.unless(
        config.max_messages_per_subject == 1,
        format!(
            "keeps {} values a key, expected 1",
            config.max_messages_per_subject
        ),
    );
    found.unless(
        config.allow_atomic_publish,
        "does not allow atomic batches".into(),
    );
    found.unless(config.allow_direct, "does not allow direct reads".into());
    found.unless(
        config.allow_message_ttl,
        "does not allow a record's own age".into(),
    );
    found.unless(
        config.allow_rollup,
        "does not allow records to be deleted with their past".into(),
    );
    found.unless(
        config.discard == DiscardPolicy::New,
        format!("discards {:?}, expected New", config.discard),
    );
    found.unless(
        config.max_age.is_zero(),
        format!("forgets after {:?}", config.max_age),
    );
    storage(&mut found, config);
    found.differences
}

fn storage(found: &mut Found<'_>, config: &Config) {
    found.fixed(
        config.storage == StorageType::File,
        format!("storage is {:?}, expected File", config.storage),
        BY_HAND,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{DAY, Remedy, Topology};

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
        config.max_age = DAY;
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
    fn what_no_update_changes_is_for_somebodys_hand() {
        let (spec, mut config) = git();
        config.discard = DiscardPolicy::Old;
        config.storage = StorageType::Memory;
        for (retention, by_hand) in [
            (RetentionPolicy::Limits, false),
            (RetentionPolicy::Interest, false),
            (RetentionPolicy::WorkQueue, true),
        ] {
            config.retention = retention;
            let found = of_stream(&spec, 1, &config, &Namespace::default());
            let mut found = found.into_iter();
            let mut remedy = |start: &str| {
                let found = found.find(|found| found.problem.starts_with(start));
                found.map(|found| matches!(found.remedy, Remedy::ByHand(_)))
            };
            assert_eq!(remedy("discards"), Some(false));
            let expected = (retention != RetentionPolicy::Limits).then_some(by_hand);
            if expected.is_some() {
                assert_eq!(remedy("retention"), expected, "{retention:?}");
            }
            assert_eq!(remedy("storage"), Some(true));
        }
    }

    #[test]
    fn a_family_of_the_newest_version_may_still_be_missing() {
        let (mut spec, config) = git();
        spec.families.push(("later".into(), 2));
        assert_eq!(problems(&spec, 2, &config), Vec::<String>::new());
        assert_eq!(problems(&spec, 3, &config).len(), 1);
    }
}
