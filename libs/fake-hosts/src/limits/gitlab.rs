//! GitLab, as on gitlab.com: calls of a user by the minute, fewer for reading one project, very few for testing hooks.

use serde_json::json;

use crate::{
    http::{Answer, Request},
    limits::{Spent, Told},
    state::{Caller, State},
};

const MINUTE: i64 = 60;

/// Calls of a user.
const CALLS: (&str, u64) = ("throttle_authenticated_api", 2000);

/// Calls of nobody.
const UNKNOWN: (&str, u64) = ("throttle_unauthenticated_api", 500);

/// Reading one project.
const PROJECT: (&str, u64) = ("projects_api_rate_limit_authenticated", 400);

/// Tests of hooks, and sending again.
const TESTS: (&str, u64) = ("web_hook_test", 5);

impl State {
    pub(super) fn charge_gitlab(
        &mut self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Told, Answer> {
        let general = match caller {
            Caller::Nobody => UNKNOWN,
            _ => CALLS,
        };
        let spent = self.spend(general.0, caller, general.1, MINUTE);
        let told = self.told_to(general.0, &spent);
        if spent.refused() {
            return Err(self.too_many(refusal(), &spent, told));
        }
        if let Some((name, limit)) = special(request) {
            let spent = self.spend(name, caller, limit, MINUTE);
            if spent.refused() {
                let told = self.told_to(name, &spent);
                return Err(self.too_many(inside(), &spent, told));
            }
        }
        Ok(told)
    }

    fn told_to(&self, name: &str, spent: &Spent) -> Told {
        let reset = self.told_time(spent.ends);
        let time = jiff::Timestamp::from_second(reset).unwrap_or(spent.ends);
        let values = [
            ("Name", name.to_owned()),
            ("Limit", spent.limit.to_string()),
            ("Observed", spent.used.to_string()),
            ("Remaining", spent.remaining().to_string()),
            ("Reset", reset.to_string()),
            (
                "ResetTime",
                time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
        ];
        let values = values.into_iter();
        values
            .map(|(name, value)| (format!("RateLimit-{name}"), value))
            .collect()
    }

    fn too_many(&self, refusal: Answer, spent: &Spent, told: Told) -> Answer {
        let seconds = self.told_seconds(spent.ends);
        let mut answer = refusal.with("retry-after", seconds.to_string());
        answer.headers.extend(told);
        answer
    }
}

/// What the application itself says of the limits of single calls.
fn inside() -> Answer {
    let message = "This endpoint has been requested too many times. Try again later.";
    Answer::json(429, &json!({"message": {"error": message}}))
}

/// What is said in front of it: no JSON.
pub(super) fn refusal() -> Answer {
    Answer {
        body: b"Retry later\n".to_vec(),
        ..Answer::empty(429).with("content-type", "text/plain")
    }
}

/// The limit that a call has beside the general one.
fn special(request: &Request) -> Option<(&'static str, u64)> {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["projects", _]) => Some(PROJECT),
        ("POST", ["projects" | "groups", _, "hooks", _, "test", _]) => Some(TESTS),
        ("POST", ["projects" | "groups", _, "hooks", _, "events", _, "resend"]) => Some(TESTS),
        _ => None,
    }
}
