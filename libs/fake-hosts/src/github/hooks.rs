//! Hooks: listed, created, read, deleted, tried.

use serde_json::Value;

use super::{
    GitHub,
    access::Want,
    config::{Config, EVENTS},
    invalid, not_found, payload, problem,
};
use crate::{
    deliver,
    http::Answer,
    serve::{Outcome, Reply},
    state::{Hook, Scope},
};

/// How many hooks may hear of one event.
const PER_EVENT: usize = 20;

impl GitHub<'_> {
    pub(super) fn repository_hooks(&mut self, id: u64, method: &str, rest: &[&str]) -> Outcome {
        self.may_hooks(id, Want::of(method))?;
        self.hooks(Scope::Repository(id), method, rest)
    }

    pub(super) fn owner_hooks(&mut self, login: &str, method: &str, rest: &[&str]) -> Outcome {
        let scope = self.owner_scope(login, Want::of(method))?;
        self.hooks(scope, method, rest)
    }

    pub(super) fn list_hooks(&self, scope: Scope) -> Outcome {
        self.page(self.state.hooks_of(scope), |hook| self.hook_json(hook))
    }

    pub(super) fn read_hook(&self, id: u64) -> Outcome {
        Ok(Answer::json(200, &self.hook_json(self.known(id)?)).into())
    }

    pub(super) fn delete_hook(&mut self, id: u64) -> Outcome {
        self.state.delete_hook(id);
        Ok(Answer::empty(204).into())
    }

    /// A new one, and a ping behind the answer.
    pub(super) fn create_hook(&mut self, scope: Scope) -> Outcome {
        let body = self.body()?;
        if !matches!(body["name"].as_str(), None | Some("web")) {
            return Err(invalid("Hook", "Name must be \"web\""));
        }
        let config = Config::of(&body["config"])?;
        let url = config.url.clone();
        let url = url.ok_or_else(|| invalid("Hook", "Config must contain URL for webhooks"))?;
        let events = events(&body["events"])?;
        let events = events.unwrap_or_else(|| vec!["push".to_owned()]);
        self.is_new(scope, None, &url, &events)?;
        let mut hook = self.state.new_hook(scope, &url);
        config.replace(&mut hook);
        hook.events = events;
        hook.active = body["active"].as_bool().unwrap_or(true);
        let order = deliver::compose(self.state, &hook, &payload::ping(self.state, &hook), None);
        self.state.hooks.push(hook.clone());
        let json = self.hook_json(&hook);
        let location = json["url"].as_str().unwrap_or_default().to_owned();
        let answer = Answer::json(201, &json).with("location", location);
        Ok(Reply::and_then(answer, order))
    }

    /// Whether, beside the hook that is to become so, there is neither one of the same address and events, nor an event
    /// that has enough hooks.
    pub(super) fn is_new(
        &self,
        scope: Scope,
        beside: Option<u64>,
        url: &str,
        events: &[String],
    ) -> Result<(), Answer> {
        let mut hooks = self.state.hooks_of(scope);
        hooks.retain(|hook| Some(hook.id) != beside);
        let sorted = |events: &[String]| {
            let mut events = events.to_vec();
            events.sort_unstable();
            events
        };
        let same = |hook: &&Hook| hook.url == url && sorted(&hook.events) == sorted(events);
        if hooks.iter().any(same) {
            let what = match scope {
                Scope::Repository(_) => "repository",
                Scope::Owner(_) => "organization",
            };
            let message = format!("Hook already exists on this {what}");
            return Err(invalid("Hook", &message));
        }
        for event in events {
            let hearing = hooks.iter().filter(|hook| hook.events.contains(event));
            if hearing.count() >= PER_EVENT {
                let message =
                    format!("The \"{event}\" event cannot have more than {PER_EVENT} hooks");
                return Err(invalid("Hook", &message));
            }
        }
        Ok(())
    }

    pub(super) fn ping(&self, id: u64) -> Outcome {
        let hook = self.known(id)?;
        let order = deliver::compose(self.state, hook, &payload::ping(self.state, hook), None);
        Ok(Reply::and_then(Answer::empty(204), order))
    }

    /// Sends the latest push once more, if there was one and the hook listens to pushes.
    pub(super) fn test(&self, id: u64) -> Outcome {
        let hook = self.known(id)?;
        let Scope::Repository(repository) = hook.scope else {
            return Err(not_found());
        };
        let message = payload::latest_push(self.state, repository);
        let message = message.filter(|message| hook.events.contains(&message.event));
        let answer = Answer::empty(204);
        Ok(match message {
            Some(message) => {
                let order = deliver::compose(self.state, hook, &message, None);
                Reply::and_then(answer, order)
            }
            None => answer.into(),
        })
    }

    pub(super) fn known(&self, id: u64) -> Result<&Hook, Answer> {
        let mut hooks = self.state.hooks.iter();
        hooks.find(|hook| hook.id == id).ok_or_else(not_found)
    }

    pub(super) fn body(&self) -> Result<Value, Answer> {
        let body = self.request.json().filter(Value::is_object);
        body.ok_or_else(|| problem(400, "Problems parsing JSON"))
    }
}

/// A list of events; `None` if none is given. All must be known.
pub(super) fn events(given: &Value) -> Result<Option<Vec<String>>, Answer> {
    let Some(given) = given.as_array() else {
        return Ok(None);
    };
    let mut events = Vec::new();
    for event in given {
        let event = event.as_str().unwrap_or_default();
        if !EVENTS.contains(&event) {
            let message = format!("Events contains an invalid event: {event}");
            return Err(invalid("Hook", &message));
        }
        if !events.iter().any(|known| known == event) {
            events.push(event.to_owned());
        }
    }
    Ok(Some(events))
}
