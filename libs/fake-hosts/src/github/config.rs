//! The configuration of a hook, and the two ways to change it.

use serde_json::Value;

use super::{GitHub, invalid, json};
use crate::{http::Answer, secret::Secret, serve::Outcome, state::Hook};

/// The events that repositories and organizations have here.
pub(super) const EVENTS: &[&str] = &[
    "*",
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "commit_comment",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "fork",
    "issue_comment",
    "issues",
    "label",
    "member",
    "membership",
    "meta",
    "milestone",
    "organization",
    "package",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "release",
    "repository",
    "repository_ruleset",
    "star",
    "status",
    "team",
    "team_add",
    "watch",
    "workflow_job",
    "workflow_run",
];

/// A configuration as it was sent.
pub(super) struct Config {
    pub(super) url: Option<String>,
    content_type: Option<String>,
    insecure_ssl: Option<String>,
    secret: Option<String>,
}

impl Config {
    pub(super) fn of(given: &Value) -> Result<Self, Answer> {
        let text = |name: &str| match &given[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let config = Self {
            url: text("url"),
            content_type: text("content_type"),
            insecure_ssl: text("insecure_ssl"),
            secret: text("secret"),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Answer> {
        let is_http = |url: &String| {
            url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        if !self.url.as_ref().is_none_or(is_http) {
            return Err(invalid("Hook", "Url is not valid"));
        }
        let known = |content_type: &String| matches!(content_type.as_str(), "json" | "form");
        if !self.content_type.as_ref().is_none_or(known) {
            return Err(invalid("Hook", "Content type must be json or form"));
        }
        Ok(())
    }

    /// All of it anew: what is not said is as at the beginning, and a secret that is not said is gone.
    pub(super) fn replace(self, hook: &mut Hook) {
        hook.content_type = "form".to_owned();
        hook.insecure_ssl = "0".to_owned();
        hook.secret = None;
        self.merge(hook);
    }

    /// What is said. Asterisks are a secret like any other.
    fn merge(self, hook: &mut Hook) {
        hook.url = self.url.unwrap_or_else(|| hook.url.clone());
        if let Some(content_type) = self.content_type {
            hook.content_type = content_type;
        }
        if let Some(insecure_ssl) = self.insecure_ssl {
            hook.insecure_ssl = insecure_ssl;
        }
        if let Some(secret) = self.secret {
            hook.secret = (!secret.is_empty()).then(|| Secret::new(secret));
        }
    }
}

impl GitHub<'_> {
    pub(super) fn read_config(&self, id: u64) -> Outcome {
        Ok(Answer::json(200, &json::of_config(self.known(id)?)).into())
    }

    pub(super) fn edit_config(&mut self, id: u64) -> Outcome {
        let config = Config::of(&self.body()?)?;
        if let Some(hook) = self.state.hook_mut(id) {
            config.merge(hook);
        }
        self.read_config(id)
    }
}
