//! Hooks: listed, created, read, deleted.

use serde_json::Value;

use super::{Gitea, events, json::of_hook, not_found, problem};
use crate::{
    Kind,
    http::Answer,
    secret::Secret,
    serve::Outcome,
    state::{Hook, Scope},
};

/// The types that both have. Forgejo has one more, named after itself.
const TYPES: &[&str] = &[
    "dingtalk",
    "discord",
    "feishu",
    "gitea",
    "gogs",
    "matrix",
    "msteams",
    "packagist",
    "slack",
    "telegram",
    "wechatwork",
];

impl Gitea<'_> {
    pub(super) fn list_hooks(&self, scope: Scope) -> Outcome {
        Ok(self
            .unlinked_page(self.state.hooks_of(scope), of_hook)
            .into())
    }

    pub(super) fn read_hook(&self, id: u64) -> Outcome {
        Ok(Answer::json(200, &of_hook(self.hook(id)?)).into())
    }

    pub(super) fn delete_hook(&mut self, id: u64) -> Outcome {
        self.state.delete_hook(id);
        Ok(Answer::empty(204).into())
    }

    /// A new one, which does nothing unless it is told to be active. As many of one address as anybody likes.
    pub(super) fn create_hook(&mut self, scope: Scope) -> Outcome {
        let body = self.body()?;
        let label = body["type"].as_str().unwrap_or_default();
        let own = self.state.kind == Kind::Forgejo && label == "forgejo";
        if !own && !TYPES.contains(&label) {
            return Err(problem(422, &format!("Invalid hook type: {label}")));
        }
        let config = |name: &str| {
            let value = body["config"][name].as_str();
            value.ok_or_else(|| problem(422, &format!("Missing config option: {name}")))
        };
        let (url, content_type) = (config("url")?, config("content_type")?);
        if !is_http(url) {
            return Err(problem(422, "Invalid url"));
        }
        if !matches!(content_type, "json" | "form") {
            return Err(problem(422, "Invalid content type"));
        }
        let mut hook = self.state.new_hook(scope, url);
        content_type.clone_into(&mut hook.content_type);
        label.clone_into(&mut hook.label);
        let secret = body["config"]["secret"].as_str().unwrap_or_default();
        hook.secret = (!secret.is_empty()).then(|| Secret::new(secret));
        hook.active = body["active"].as_bool().unwrap_or(false);
        self.take(&mut hook, &body);
        let json = of_hook(&hook);
        self.state.hooks.push(hook);
        Ok(Answer::json(201, &json).into())
    }

    /// What is replaced as a whole by creating and by editing, whether it was sent or not.
    pub(super) fn take(&self, hook: &mut Hook, body: &Value) {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        hook.branch_filter = text("branch_filter");
        hook.authorization = text("authorization_header");
        let given = body["events"].as_array().into_iter().flatten();
        let given: Vec<_> = given.filter_map(Value::as_str).collect();
        hook.events = events::chosen(&given, self.state.kind);
    }

    pub(super) fn hook(&self, id: u64) -> Result<&Hook, Answer> {
        let mut hooks = self.state.hooks.iter();
        hooks.find(|hook| hook.id == id).ok_or_else(not_found)
    }

    pub(super) fn body(&self) -> Result<Value, Answer> {
        let body = self.request.json().filter(Value::is_object);
        body.ok_or_else(|| problem(422, "the body is no JSON object"))
    }
}

pub(super) fn is_http(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
