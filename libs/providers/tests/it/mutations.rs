//! Bodies with a right signature and anything inside: understood or not, but never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use sluice_providers::{Happening, PROVIDERS};

use crate::deliveries::{ANY, Delivery, secret};

/// Stands in a mutated body and must not come back in an error.
const CANARY: &str = "CANARY, expected \"CANARY\" at line 1";

fn each_sample(check: impl Fn(&dyn Fn() -> Delivery)) {
    for provider in PROVIDERS {
        for event in provider.sample_events() {
            check(&|| Delivery::unsigned(provider.name(), event));
        }
    }
}

/// Normalizes; what is understood must be publishable, what is not must be said without the body's values.
fn survives(delivery: &Delivery) {
    match delivery.observe() {
        Ok(observation) => observation.happenings.iter().for_each(is_publishable),
        Err(error) => {
            assert!(!error.problem.contains("CANARY"), "{error}");
            assert!(
                (1..300).contains(&error.problem.len()) && error.kind.len() <= 100,
                "{error}"
            );
        }
    }
}

fn is_publishable(happening: &Happening) {
    let written = match happening {
        Happening::Ref(event) => serde_json::to_vec(event),
        Happening::Change(event) => serde_json::to_vec(event),
        Happening::Repository(event) => serde_json::to_vec(event),
        Happening::Ping(event) => serde_json::to_vec(event),
        Happening::Other(event) => serde_json::to_vec(event),
    };
    assert!(written.unwrap().len() < 256 * 1024);
}

/// All JSON pointers into a value.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (key, value) in children {
        let pointer = format!("{here}/{key}");
        pointers(value, &pointer, found);
        found.push(pointer);
    }
}

fn remove(body: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.remove(key)),
        Value::Array(list) => drop(list.remove(key.parse().unwrap())),
        _ => unreachable!("a parent has children"),
    }
}

#[test]
fn any_part_may_be_missing_null_or_of_another_type() {
    // XW16 XW17
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!(CANARY),
        json!([CANARY]),
        json!({CANARY: CANARY}),
    ];
    each_sample(|sample| {
        let body: Value = serde_json::from_slice(&sample().sample.body).unwrap();
        let mut found = Vec::new();
        pointers(&body, "", &mut found);
        for pointer in &found {
            survives(&sample().edited(|body| remove(body, pointer)));
            for other in &others {
                survives(
                    &sample().edited(|body| *body.pointer_mut(pointer).unwrap() = other.clone()),
                );
            }
        }
        for other in &others {
            survives(&sample().edited(|body| *body = other.clone()));
        }
    });
}

#[test]
fn long_texts_make_no_long_events() {
    // XW16
    let long = "é\\\"\n".repeat(100_000);
    for pointer in [
        "/commits/0/message",
        "/commits/0/author/name",
        "/pusher/name",
        "/sender/login",
        "/repository/full_name",
    ] {
        let delivery = Delivery::unsigned("github", "push");
        survives(&delivery.edited(|body| *body.pointer_mut(pointer).unwrap() = json!(long)));
    }
}

fn with_body(mut delivery: Delivery, body: &[u8]) -> Delivery {
    delivery.sample.body = body.to_vec();
    let kind = delivery.kind();
    delivery.sign(kind)
}

#[test]
fn a_body_cut_anywhere_is_not_understood() {
    // XW16
    each_sample(|sample| {
        let whole = sample().sample.body;
        for length in (0..whole.len()).step_by(7) {
            let cut = with_body(sample(), &whole[..length]);
            assert!(cut.observe().is_err());
            survives(&cut);
        }
    });
}

#[test]
fn a_body_that_is_not_utf8_is_not_understood() {
    // XW16
    each_sample(|sample| {
        let body = sample().sample.body;
        let mut broken = body[..body.len() - 1].to_vec();
        broken.extend(b",\"x\":\"\xff\"}");
        assert!(with_body(sample(), &broken).observe().is_err());
    });
}

proptest! {
    #[test]
    fn random_bodies_are_survived(body in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..64) {
        let provider = PROVIDERS[at % PROVIDERS.len()];
        let event = provider.sample_events()[at % provider.sample_events().len()];
        survives(&with_body(Delivery::unsigned(provider.name(), event), &body));
    }

    #[test]
    fn random_headers_are_survived(value in "\\PC{0,60}", at in 0usize..400) {
        let provider = PROVIDERS[at % PROVIDERS.len()];
        let delivery = Delivery::signed(provider.name(), provider.sample_events()[0]);
        let name = delivery.sample.headers[at % delivery.sample.headers.len()].0.clone();
        let delivery = delivery.with_header(&name, &value);
        let verified = delivery.verify(&[secret(delivery.kind(), 1)], ANY);
        if let Ok(verified) = verified {
            let _ = delivery.provider.normalize(&verified);
        }
    }
}
