//! The table as configuration of JetStream.

use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RetentionPolicy, Source, StorageType, SubjectTransform,
};

use super::{BucketSpec, Discard, Sources, StreamSpec};
use crate::Namespace;

pub(super) fn stream_config(spec: &StreamSpec, replicas: usize, namespace: &Namespace) -> Config {
    Config {
        name: namespace.stream(&spec.name),
        description: Some(spec.about.clone()),
        subjects: namespace.subjects_of(spec),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: match spec.discard {
            Discard::New => DiscardPolicy::New,
            Discard::Old => DiscardPolicy::Old,
        },
        duplicate_window: spec.duplicate_window,
        max_age: spec.max_age,
        max_bytes: spec.max_bytes,
        max_messages_per_subject: spec.max_per_subject(),
        sources: spec
            .sources
            .as_ref()
            .map(|sources| vec![source(sources, namespace)]),
        subject_transform: spec
            .sources
            .as_ref()
            .map(|sources| transform(&sources.own, namespace)),
        num_replicas: replicas,
        allow_direct: true,
        allow_atomic_publish: true,
        allow_message_ttl: true,
        ..Default::default()
    }
}

fn source(sources: &Sources, namespace: &Namespace) -> Source {
    let renames = sources.renames.iter();
    Source {
        name: namespace.stream(&sources.stream),
        subject_transforms: renames.map(|rename| transform(rename, namespace)).collect(),
        ..Default::default()
    }
}

fn transform((from, to): &(String, String), namespace: &Namespace) -> SubjectTransform {
    SubjectTransform {
        source: namespace.subject(from),
        destination: namespace.subject(to),
    }
}

/// A KV bucket as the KV convention lays it out, and atomic batches besides.
pub(super) fn bucket_config(spec: &BucketSpec, replicas: usize, namespace: &Namespace) -> Config {
    let bucket = namespace.bucket(&spec.name);
    Config {
        name: format!("KV_{bucket}"),
        description: Some(spec.about.clone()),
        subjects: vec![format!("$KV.{bucket}.>")],
        max_messages_per_subject: 1,
        max_bytes: spec.max_bytes,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        num_replicas: replicas,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        allow_atomic_publish: true,
        allow_message_ttl: true,
        ..Default::default()
    }
}
