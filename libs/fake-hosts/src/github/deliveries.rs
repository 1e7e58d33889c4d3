//! The log of deliveries, kept for three days, and sending again.

use serde_json::{Map, Value, json};

use super::{GitHub, not_found, problem};
use crate::{
    Delivery,
    clock::{later, written},
    deliver,
    http::Answer,
    serve::{Outcome, Reply},
    state::{Hook, Scope},
};

/// How long it is kept.
const KEPT: std::time::Duration = std::time::Duration::from_secs(3 * 24 * 3600);

impl GitHub<'_> {
    /// Newest first, paged by a cursor: the next page begins below the id that it names.
    pub(super) fn deliveries(&self, hook: u64) -> Outcome {
        let size = self.request.parameter("per_page");
        let size = size.and_then(|size| size.parse().ok()).unwrap_or(30);
        let size = usize::clamp(size, 1, 100);
        let mut all = self.kept(hook);
        if let Some(cursor) = self.request.parameter("cursor") {
            let cursor = cursor
                .strip_prefix("v1_")
                .and_then(|id| id.parse::<u64>().ok());
            let cursor = cursor.ok_or_else(|| problem(422, "Invalid cursor"))?;
            all.retain(|delivery| delivery.id < cursor);
        }
        let more = all.len() > size;
        all.truncate(size);
        let items: Vec<_> = all.iter().map(|delivery| self.item(delivery)).collect();
        let answer = Answer::json(200, &Value::Array(items));
        Ok(match all.last().filter(|_| more) {
            Some(last) => {
                let api = self.state.api();
                let path = &self.request.path;
                let link = format!(
                    "<{api}{path}?per_page={size}&cursor=v1_{}>; rel=\"next\"",
                    last.id
                );
                answer.with("link", link)
            }
            None => answer,
        }
        .into())
    }

    pub(super) fn delivery(&self, hook: u64, id: &str) -> Outcome {
        let delivery = self.kept_one(hook, id)?;
        let mut item = self.item(&delivery);
        item["url"] = json!(delivery.url);
        item["request"] =
            json!({"headers": object(&delivery.headers), "payload": delivery.message});
        item["response"] = json!({
            "headers": object(&delivery.answer_headers),
            "payload": delivery.answer_body,
        });
        Ok(Answer::json(200, &item).into())
    }

    /// With the same id, and signed with the secret that the hook has now.
    pub(super) fn redeliver(&self, hook: u64, id: &str) -> Outcome {
        let delivery = self.kept_one(hook, id)?;
        let hook = self.known(hook)?;
        let message = delivery.message();
        let order = deliver::compose(self.state, hook, &message, Some(&delivery.guid));
        Ok(Reply::and_then(Answer::json(202, &json!({})), order))
    }

    fn kept(&self, hook: u64) -> Vec<Delivery> {
        let now = self.state.now();
        let mut kept = self.state.deliveries_of(hook);
        kept.retain(|delivery| later(delivery.at, KEPT) > now);
        kept.sort_unstable_by_key(|delivery| std::cmp::Reverse(delivery.id));
        kept
    }

    fn kept_one(&self, hook: u64, id: &str) -> Result<Delivery, Answer> {
        let id: u64 = id.parse().map_err(|_| not_found())?;
        let mut kept = self.kept(hook).into_iter();
        kept.find(|delivery| delivery.id == id)
            .ok_or_else(not_found)
    }

    fn item(&self, delivery: &Delivery) -> Value {
        let status = match delivery.status {
            None => "timed out",
            Some(code) if (200..300).contains(&code) => "OK",
            Some(_) => "Invalid HTTP Response",
        };
        let installation: Option<u64> = None;
        json!({
            "id": delivery.id,
            "guid": delivery.guid,
            "delivered_at": written(delivery.at),
            "redelivery": delivery.redelivery,
            "duration": delivery.seconds,
            "status": status,
            "status_code": delivery.status.unwrap_or(0),
            "event": delivery.event,
            "action": delivery.message["action"],
            "installation_id": installation,
            "repository_id": delivery.repository,
            "throttled_at": null,
        })
    }
}

fn object(headers: &[(String, String)]) -> Map<String, Value> {
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect()
}

/// What stands in deliveries about the hook's place.
pub(super) fn target(hook: &Hook) -> (&'static str, u64) {
    match hook.scope {
        Scope::Repository(id) => ("repository", id),
        Scope::Owner(id) => ("organization", id),
    }
}
