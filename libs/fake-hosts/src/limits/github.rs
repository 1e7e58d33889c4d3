//! GitHub: a budget by the hour, and secondary limits on calls that create.

use serde_json::{Value, json};

use super::Told;
use crate::{
    http::{Answer, Request},
    limits::Spent,
    state::{Caller, State},
};

const HOUR: i64 = 3600;
const MINUTE: i64 = 60;

/// Calls of a user or an installation in an hour; without a token 60.
const PER_HOUR: u64 = 5000;
const PER_HOUR_UNKNOWN: u64 = 60;

/// Points of a secondary limit in a minute: reading costs one, writing five.
const POINTS: u64 = 900;

/// Calls that create content, in a minute and in an hour.
const CREATING_PER_MINUTE: u64 = 80;
const CREATING_PER_HOUR: u64 = 500;

impl State {
    pub(super) fn charge_github(
        &mut self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Told, Answer> {
        if request.path == "/rate_limit" {
            return Ok(Told::new());
        }
        let limit = match caller {
            Caller::Nobody => PER_HOUR_UNKNOWN,
            _ => PER_HOUR,
        };
        let spent = self.spend("core", caller, limit, HOUR);
        let told = self.told_of(&spent);
        if spent.refused() {
            let mut refusal = refusal(
                403,
                "API rate limit exceeded. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)",
            );
            refusal.headers.extend(told);
            return Err(refusal);
        }
        let refused = self.secondary_refusal(caller, request);
        match refused {
            Some(mut refusal) => {
                refusal.headers.extend(told);
                Err(refusal)
            }
            None => Ok(told),
        }
    }

    /// How the budget stands, for the call that is not charged.
    pub(crate) fn peek_github(&self, caller: &Caller) -> Vec<(String, Value)> {
        let limit = match caller {
            Caller::Nobody => PER_HOUR_UNKNOWN,
            _ => PER_HOUR,
        };
        let who = caller.name().unwrap_or_default();
        let spent = self
            .limiter
            .windows
            .peek("core", &who, limit, HOUR, self.now());
        let told = self.told_of(&spent).into_iter();
        let told = told.map(|(name, value)| {
            let name = name.trim_start_matches("x-ratelimit-").to_owned();
            let number = value.parse::<i64>();
            (
                name,
                number.map_or_else(|_| json!(value), |number| json!(number)),
            )
        });
        told.collect()
    }

    fn told_of(&self, spent: &Spent) -> Told {
        let values = [
            ("limit", spent.limit.to_string()),
            ("remaining", spent.remaining().to_string()),
            ("used", spent.used.min(spent.limit).to_string()),
            ("reset", self.told_time(spent.ends).to_string()),
            ("resource", "core".to_owned()),
        ];
        let values = values.into_iter();
        values
            .map(|(name, value)| (format!("x-ratelimit-{name}"), value))
            .collect()
    }

    fn secondary_refusal(&mut self, caller: &Caller, request: &Request) -> Option<Answer> {
        let writes = request.method != "GET";
        let points = if writes { 5 } else { 1 };
        for _ in 0..points {
            let spent = self.spend("points", caller, POINTS, MINUTE);
            if spent.refused() {
                return Some(secondary(429, self.told_seconds(spent.ends)));
            }
        }
        let mut spent = Vec::new();
        if request.method == "POST" {
            spent.push(self.spend("creating", caller, CREATING_PER_MINUTE, MINUTE));
            spent.push(self.spend("creating by the hour", caller, CREATING_PER_HOUR, HOUR));
        }
        let refused = spent.into_iter().find(Spent::refused)?;
        Some(secondary(403, self.told_seconds(refused.ends)))
    }
}

/// The refusal by a secondary limit, 403 or 429: which, a client cannot know; and the core budget is not used up.
pub(super) fn secondary(status: u16, seconds: i64) -> Answer {
    let message =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    refusal(status, message).with("retry-after", seconds.to_string())
}

fn refusal(status: u16, message: &str) -> Answer {
    let page = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
    Answer::json(
        status,
        &json!({"message": message, "documentation_url": page, "status": status.to_string()}),
    )
}
