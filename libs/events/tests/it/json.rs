//! Our proto-JSON against another implementation's, prost-reflect's.

use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::Value;

use crate::{
    fill::{Bytes, Full, fill},
    messages::{descriptors, kind, pool, reference_json},
};

/// Both write the same, and each reads what the other wrote.
fn agree(descriptor: &MessageDescriptor, message: &DynamicMessage) {
    let kind = kind(descriptor.full_name());
    let ours = (kind.decode)(&message.encode_to_vec());
    let reference = reference_json(message);
    assert_eq!(
        serde_json::from_str::<Value>(&ours.json).unwrap(),
        reference,
        "{}",
        kind.name
    );

    let read_by_us = (kind.from_json)(&reference.to_string()).unwrap();
    assert_eq!(read_by_us.encoded, ours.encoded, "{}", kind.name);
    let mut json = serde_json::Deserializer::from_str(&ours.json);
    let read_by_reference = DynamicMessage::deserialize(descriptor.clone(), &mut json).unwrap();
    assert_eq!(
        reference_json(&read_by_reference),
        reference,
        "{}",
        kind.name
    );
}

#[test]
fn empty_and_full_messages_are_the_same_json_everywhere() {
    for descriptor in descriptors(&pool()) {
        agree(&descriptor, &DynamicMessage::new(descriptor.clone()));
        agree(&descriptor, &fill(&descriptor, &mut Full));
    }
}

#[test]
fn an_empty_message_is_an_empty_object() {
    for descriptor in descriptors(&pool()) {
        assert_eq!((kind(descriptor.full_name()).decode)(&[]).json, "{}");
    }
}

#[test]
fn times_are_in_utc() {
    let descriptor = pool().get_message_by_name("sluice.v1.Commit").unwrap();
    let offset = r#"{"time":"2026-11-21T09:30:00.5+01:30"}"#;
    let read = (kind(descriptor.full_name()).from_json)(offset).unwrap();
    assert_eq!(read.json, r#"{"time":"2026-11-21T08:00:00.500Z"}"#);
}

#[test]
fn a_time_outside_the_years_that_json_has_is_no_time() {
    let commit = kind("sluice.v1.Commit");
    for time in ["-000001-12-31T00:00:00Z", "0000-12-31T23:59:59Z"] {
        let json = format!(r#"{{"time":"{time}"}}"#);
        assert!((commit.from_json)(&json).is_err(), "{time}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_message_is_the_same_json_everywhere(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        for descriptor in descriptors(&pool()) {
            agree(&descriptor, &fill(&descriptor, &mut Bytes(&bytes)));
        }
    }
}
