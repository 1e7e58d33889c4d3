//! Apps that somebody registers by a manifest: the page that a form is posted to, and what is told for the code.
//!
//! Whoever posts is taken to be signed in and to agree, which people do on a page in between.

use std::time::Duration;

use serde_json::{Value, json};

use super::{GitHub, invalid, json::of_account, not_found};
use crate::{
    apps::{App, Registered},
    clock,
    http::{Answer, encoded, form},
    random,
    serve::Outcome,
};

/// How long a code is good for.
const LIFE: Duration = Duration::from_secs(3600);

/// The permission that an event needs.
const NEEDS: [(&str, &str); 5] = [
    ("push", "contents"),
    ("pull_request", "pull_requests"),
    ("repository", "metadata"),
    ("member", "members"),
    ("organization", "members"),
];

impl GitHub<'_> {
    /// What is asked of the pages, and not of the API.
    pub(super) fn web_page(&mut self) -> Option<Outcome> {
        let parts: Vec<_> = self.request.path.split('/').skip(1).collect();
        let owner = match (self.request.method.as_str(), parts.as_slice()) {
            ("POST", ["organizations", owner, "settings", "apps", "new"]) => Some(*owner),
            ("POST", ["settings", "apps", "new"]) => None,
            _ => return None,
        };
        let owner = owner.unwrap_or("somebody").to_owned();
        Some(self.register(&owner))
    }

    fn register(&mut self, owner: &str) -> Outcome {
        let fields = form(&self.request.body);
        let manifest = fields.iter().find(|(name, _)| name == "manifest");
        let manifest = manifest.and_then(|(_, text)| serde_json::from_str::<Value>(text).ok());
        let manifest = manifest.ok_or_else(|| invalid("Integration", "manifest is missing"))?;
        check(&manifest)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (private_key, key) = self.state.next_app_keys.take().ok_or_else(not_found)?;
        let (id, owner) = (self.state.id(), self.state.owner(owner));
        self.state.apps.push(App {
            id,
            slug: text(&manifest["name"]),
            client_id: format!("Iv23li{}", random::word(14)),
            key,
            installations: Vec::new(),
            hook_url: text(&manifest["hook_attributes"]["url"]),
        });
        let code = random::word(40);
        self.state.registered_apps.push(Registered {
            code: code.clone(),
            app: id,
            owner,
            private_key,
            webhook_secret: random::word(40),
            until: clock::later(self.state.now(), LIFE),
        });
        let state = self.request.parameter("state").unwrap_or_default();
        let to = text(&manifest["redirect_url"]);
        let to = format!("{to}?code={code}&state={}", encoded(&state));
        Ok(Answer::empty(302).with("location", to).into())
    }

    /// Tells what an App proves itself by, once.
    pub(super) fn convert(&mut self, code: &str) -> Outcome {
        let now = self.state.now();
        let waiting = &mut self.state.registered_apps;
        let found = waiting
            .iter()
            .position(|one| one.code == code && now < one.until);
        let registered = waiting.remove(found.ok_or_else(not_found)?);
        let mut apps = self.state.apps.iter();
        let app = apps
            .find(|app| app.id == registered.app)
            .ok_or_else(not_found)?;
        let owner = self.state.account_by_id(registered.owner);
        let body = json!({
            "id": app.id,
            "slug": app.slug,
            "name": app.slug,
            "owner": owner.map(|owner| of_account(self.state, owner)),
            "html_url": format!("{}/apps/{}", self.state.origin, app.slug),
            "client_id": app.client_id,
            "client_secret": random::word(40),
            "webhook_secret": registered.webhook_secret,
            "pem": registered.private_key,
        });
        Ok(Answer::json(201, &body).into())
    }
}

/// Says what is wrong with a manifest.
fn check(manifest: &Value) -> Result<(), Answer> {
    let wrong = |what: String| Err(invalid("Integration", &what));
    for (name, value) in [
        ("name", &manifest["name"]),
        ("url", &manifest["url"]),
        ("redirect_url", &manifest["redirect_url"]),
        ("hook_attributes.url", &manifest["hook_attributes"]["url"]),
    ] {
        if value.as_str().is_none_or(str::is_empty) {
            return wrong(format!("{name} is missing"));
        }
    }
    if manifest["name"]
        .as_str()
        .is_some_and(|name| name.len() > 34)
    {
        return wrong("Name is too long (maximum is 34 characters)".to_owned());
    }
    let events = manifest["default_events"].as_array();
    for event in events.into_iter().flatten() {
        let need = NEEDS.iter().find(|(name, _)| event == name);
        let granted = need.map(|(_, permission)| &manifest["default_permissions"][permission]);
        if granted.is_none_or(Value::is_null) {
            return wrong(format!("Default events unsupported: {event}"));
        }
    }
    Ok(())
}
