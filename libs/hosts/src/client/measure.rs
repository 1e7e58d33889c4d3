//! What is counted of calls. No repository is a label.

use std::time::Duration;

use metrics::{counter, histogram};

const REQUESTS: &str = "sluice_host_api_requests_total";
const SECONDS: &str = "sluice_host_api_request_seconds";

/// One try of a call, with the status of its answer, if there was one.
pub(super) fn tried(provider: &'static str, status: Option<u16>, time: Duration) {
    counter!(REQUESTS, "provider" => provider, "status" => class(status)).increment(1);
    histogram!(SECONDS, "provider" => provider).record(time);
}

fn class(status: Option<u16>) -> &'static str {
    match status {
        Some(429) => "429",
        Some(..300) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(500..) => "5xx",
        None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_few_labels() {
        let statuses = [Some(204), Some(304), Some(404), Some(429), Some(599), None];
        let labels = statuses.map(class);
        assert_eq!(labels, ["2xx", "3xx", "4xx", "429", "5xx", "none"]);
    }
}
