//! What each sample says, written down.

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};
use sluice_providers::{Happening, Observation, PROVIDERS, fact_of};

use crate::deliveries::Delivery;

#[test]
fn every_sample_says_what_is_written_down() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for provider in PROVIDERS {
            for event in provider.sample_events() {
                let delivery = Delivery::signed(provider.name(), event);
                let said = serde_json::to_string_pretty(&described(&delivery)).unwrap();
                assert_snapshot!(format!("{}-{event}", provider.name()), said);
            }
        }
    });
}

/// An observation as JSON: what the provider read, and the events as they go out but for what the gateway adds.
fn described(delivery: &Delivery) -> Value {
    let observation = delivery.observe().unwrap();
    let repository = observation.repository.as_ref().map(|repository| {
        json!({
            "host_id": repository.host_id,
            "full_name": repository.full_name,
            "default_branch": repository.default_branch,
            "visibility": repository.visibility.as_str_name(),
        })
    });
    let happenings = observation.happenings.iter();
    json!({
        "kind": observation.native_kind,
        "action": observation.native_action,
        "sample": observation.sample,
        "occurred_at": observation.occurred_at,
        "owner": observation.owner,
        "repository": repository,
        "happenings": happenings.map(|happening| happened(delivery, &observation, happening)).collect::<Vec<_>>(),
    })
}

fn happened(delivery: &Delivery, observation: &Observation, happening: &Happening) -> Value {
    let body = &delivery.sample.body;
    let fact = fact_of(delivery.provider, "host", observation, happening, body);
    let (name, event) = match happening {
        Happening::Ref(event) => ("ref", serde_json::to_value(event)),
        Happening::Change(event) => ("change", serde_json::to_value(event)),
        Happening::Repository(event) => ("repository", serde_json::to_value(event)),
        Happening::Ping(event) => ("ping", serde_json::to_value(event)),
        Happening::Other(event) => ("other", serde_json::to_value(event)),
    };
    json!({name: event.unwrap(), "fact": fact.as_str()})
}
