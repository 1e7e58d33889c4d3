//! The log of deliveries, kept for seven days, and sending again.

use serde_json::{Map, Value, json};

use super::{GitLab, problem};
use crate::{
    Delivery,
    clock::{later, written},
    deliver,
    http::Answer,
    serve::{Outcome, Reply},
};

/// How long it is kept.
const KEPT: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

/// Headers whose values are never told again.
const REDACTED: &[&str] = &["x-gitlab-token", "webhook-signature"];

impl GitLab<'_> {
    /// Newest first. `status` is a number, or one of three words.
    pub(super) fn events(&self, hook: u64) -> Outcome {
        let wanted = self.request.parameter("status");
        let mut kept = self.kept(hook);
        kept.retain(|delivery| {
            wanted
                .as_deref()
                .is_none_or(|wanted| fits(wanted, delivery))
        });
        self.page(kept, |delivery| item(&delivery))
    }

    /// With the same id. Not to another address than it was sent to at first.
    pub(super) fn resend(&self, hook: u64, event: &str) -> Outcome {
        let event: Option<u64> = event.parse().ok();
        let mut kept = self.kept(hook).into_iter();
        let found = kept.find(|delivery| Some(delivery.id) == event);
        let delivery = found.ok_or_else(|| problem(404, "404 Not Found"))?;
        let hook = self.hook(hook)?;
        if hook.url != delivery.url {
            let message = "The hook URL has changed. Unable to resend.";
            return Err(problem(422, message));
        }
        let order = deliver::compose(self.state, hook, &delivery.message(), Some(&delivery.guid));
        Ok(Reply::judged(order, |delivery| {
            Answer::json(201, &json!({"response_status": delivery.status}))
        }))
    }

    fn kept(&self, hook: u64) -> Vec<Delivery> {
        let now = self.state.now();
        let mut kept = self.state.deliveries_of(hook);
        kept.retain(|delivery| later(delivery.at, KEPT) > now);
        kept.reverse();
        kept
    }
}

fn fits(wanted: &str, delivery: &Delivery) -> bool {
    match (wanted, delivery.status) {
        ("successful", Some(status)) => (200..300).contains(&status),
        ("client_failure", Some(status)) => (400..500).contains(&status),
        ("server_failure", Some(status)) => (500..600).contains(&status),
        ("server_failure" | "internal_error", None) => true,
        (wanted, Some(status)) => wanted == status.to_string(),
        _ => false,
    }
}

fn item(delivery: &Delivery) -> Value {
    let status = delivery.status.map(|status| status.to_string());
    json!({
        "id": delivery.id,
        "url": delivery.url,
        "trigger": delivery.event.replace("_events", "_hooks"),
        "created_at": written(delivery.at),
        "request_headers": object(&delivery.headers),
        "request_data": delivery.message,
        "response_headers": object(&delivery.answer_headers),
        "response_body": delivery.answer_body,
        "execution_duration": delivery.seconds,
        "response_status": status.unwrap_or_else(|| "internal error".to_owned()),
    })
}

fn object(headers: &[(String, String)]) -> Map<String, Value> {
    let told = headers
        .iter()
        .map(|(name, value)| match REDACTED.contains(&name.as_str()) {
            true => (name.clone(), json!("[REDACTED]")),
            false => (name.clone(), json!(value)),
        });
    told.collect()
}
