//! Hooks: listed, created, read, deleted.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{GitLab, json::of_hook, problem, wrong};
use crate::{
    http::Answer,
    secret::Secret,
    serve::Outcome,
    state::{Hook, Scope},
};

/// How many hooks a project and a group may have.
const PER_PROJECT: usize = 100;
const PER_GROUP: usize = 50;

/// What a hook can listen to.
pub(super) const FLAGS: &[&str] = &[
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "feature_flag_events",
    "releases_events",
    "milestone_events",
    "emoji_events",
    "resource_access_token_events",
    "vulnerability_events",
];

/// What those of groups can listen to besides.
const OF_GROUPS: &[&str] = &["member_events", "project_events", "subgroup_events"];

/// What versions before 16.10 have never heard of.
const LATE: &str = "resource_access_token_events";

/// What a hook there can listen to, at a version.
pub(super) fn flags(scope: Scope, version: (u32, u32)) -> impl Iterator<Item = &'static str> {
    let of_groups = match scope {
        Scope::Repository(_) => &[],
        Scope::Owner(_) => OF_GROUPS,
    };
    let all = FLAGS.iter().chain(of_groups).copied();
    all.filter(move |flag| *flag != LATE || version >= (16, 10))
}

impl GitLab<'_> {
    pub(super) fn list_hooks(&self, scope: Scope) -> Outcome {
        self.page(self.state.hooks_of(scope), |hook| of_hook(self.state, hook))
    }

    pub(super) fn read_hook(&self, id: u64) -> Outcome {
        Ok(Answer::json(200, &of_hook(self.state, self.hook(id)?)).into())
    }

    pub(super) fn delete_hook(&mut self, id: u64) -> Outcome {
        self.state.delete_hook(id);
        Ok(Answer::empty(204).into())
    }

    /// A new one, which listens to pushes unless it is told not to. As many of one address as anybody likes.
    pub(super) fn create_hook(&mut self, scope: Scope) -> Outcome {
        let given = self.parameters()?;
        let url = address(&given)?;
        let (most, what) = match scope {
            Scope::Repository(_) => (PER_PROJECT, "project"),
            Scope::Owner(_) => (PER_GROUP, "group"),
        };
        if self.state.hooks_of(scope).len() >= most {
            let message = format!("Maximum number of {what} hooks ({most}) exceeded");
            return Err(Answer::json(422, &json!({"message": {"base": [message]}})));
        }
        let signing = self.signing(&given)?;
        let mut hook = self.state.new_hook(scope, &url);
        hook.content_type = "json".to_owned();
        hook.events = vec!["push_events".to_owned()];
        hook.signing = signing.flatten();
        take(&mut hook, &given, self.state.version);
        let json = of_hook(self.state, &hook);
        self.state.hooks.push(hook);
        Ok(Answer::json(201, &json).into())
    }

    /// The signing token that was sent: `whsec_` and 32 bytes. Versions before 19 have never heard of it.
    pub(super) fn signing(&self, given: &Value) -> Result<Option<Option<Secret>>, Answer> {
        if self.state.version < (19, 0) {
            return Ok(None);
        }
        let value = match &given["signing_token"] {
            Value::String(value) if !value.is_empty() => value,
            Value::Null if given.get("signing_token").is_none() => return Ok(None),
            _ => return Ok(Some(None)),
        };
        let encoded = value.strip_prefix("whsec_");
        let key = encoded.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        if key.is_none_or(|key| key.len() != 32) {
            let message = "must be a whsec_ prefix followed by 32 base64-encoded bytes";
            return Err(Answer::json(
                422,
                &json!({"message": {"signing_token": [message]}}),
            ));
        }
        Ok(Some(Some(Secret::new(value.clone()))))
    }

    pub(super) fn hook(&self, id: u64) -> Result<&Hook, Answer> {
        let mut hooks = self.state.hooks.iter();
        let found = hooks.find(|hook| hook.id == id);
        found.ok_or_else(|| problem(404, "404 Not found"))
    }
}

/// The address, without which nothing is created or changed.
pub(super) fn address(given: &Value) -> Result<String, Answer> {
    let url = given["url"].as_str();
    let url = url.ok_or_else(|| wrong("url is missing"))?;
    let parsed = url::Url::parse(url);
    match parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        true => Ok(url.to_owned()),
        false => Err(problem(422, "Invalid url given")),
    }
}

/// What else was sent; what was not stays as it is. An empty token is none.
pub(super) fn take(hook: &mut Hook, given: &Value, version: (u32, u32)) {
    for flag in flags(hook.scope, version) {
        if let Some(wanted) = truth(&given[flag]) {
            hook.events.retain(|event| event != flag);
            if wanted {
                hook.events.push(flag.to_owned());
            }
        }
    }
    match &given["token"] {
        Value::String(token) => {
            hook.secret = (!token.is_empty()).then(|| Secret::new(token.clone()))
        }
        Value::Null if given.get("token").is_some() => hook.secret = None,
        _ => {}
    }
    if let Some(verified) = truth(&given["enable_ssl_verification"]) {
        hook.insecure_ssl = if verified { "0" } else { "1" }.to_owned();
    }
    if let Some(filter) = given["push_events_branch_filter"].as_str() {
        filter.clone_into(&mut hook.branch_filter);
    }
    if let Some(name) = given["name"].as_str() {
        name.clone_into(&mut hook.label);
    }
}

/// A flag, of JSON or of a form.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}
