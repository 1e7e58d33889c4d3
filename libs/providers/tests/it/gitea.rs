//! Gitea's and Forgejo's own: proofs, branches and tags, pull requests.

mod changes;
mod proofs;
mod refs;
mod repositories;

use sluice_providers::fact_of;

use crate::deliveries::{ANY, Delivery, secret};

const OLD: &str = "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a";
const NEW: &str = "2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn sample(event: &str) -> Delivery {
    Delivery::signed("gitea", event)
}

/// The fact of the one thing that it tells of.
fn fact(delivery: &Delivery) -> String {
    let verified = delivery.verify(&[secret(delivery.kind(), 1)], ANY).unwrap();
    let observation = delivery.observe().unwrap();
    let happening = delivery.happening();
    let payload = verified.payload();
    fact_of(
        delivery.provider,
        "forge",
        &observation,
        &happening,
        payload,
    )
    .to_string()
}
