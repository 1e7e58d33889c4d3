//! Who the caller is, what its token is worth, and the token made anew.

use std::time::Duration;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{GitLab, problem, wrong};
use crate::{
    clock::{later, written},
    http::Answer,
    random,
    secret::Secret,
    serve::Outcome,
    state::Token,
};

/// How long a token lives that was rotated without a word about it.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl GitLab<'_> {
    pub(super) fn version(&self) -> Outcome {
        self.known()?;
        let version = format!("{}-ee", self.state.version_text());
        let body = json!({"version": version, "revision": "fa4e000fa4e", "enterprise": true});
        Ok(Answer::json(200, &body).into())
    }

    pub(super) fn user(&self) -> Outcome {
        let login = self.known()?;
        let account = self.state.account(login);
        let account = account.ok_or_else(|| problem(404, "404 User Not Found"))?;
        let body = json!({
            "id": account.id,
            "username": account.path,
            "name": account.path,
            "state": "active",
            "created_at": written(account.created_at),
            "web_url": format!("{}/{}", self.state.origin, account.path),
            "bot": false,
        });
        Ok(Answer::json(200, &body).into())
    }

    pub(super) fn own_token(&self) -> Outcome {
        Ok(Answer::json(200, &self.token_json(self.own()?)).into())
    }

    /// A new value; the old one is worth nothing from this moment on.
    pub(super) fn rotate(&mut self) -> Outcome {
        let wished = self.parameters()?["expires_at"].as_str().map(str::to_owned);
        let expires_at = match wished {
            Some(date) => midnight(&date).ok_or_else(|| wrong("expires_at is invalid"))?,
            None => start_of_day(later(self.state.now(), WEEK)),
        };
        let (id, now, old) = (self.state.id(), self.state.now(), self.own()?.id);
        let Some(token) = self.state.token_mut(old) else {
            return Err(problem(401, "401 Unauthorized"));
        };
        token.revoked = true;
        let new = Token {
            id,
            value: Secret::new(format!("glpat-{}", random::word(20))),
            name: token.name.clone(),
            user: token.user.clone(),
            scopes: token.scopes.clone(),
            expires_at: Some(expires_at),
            revoked: false,
            family: token.family,
            created_at: now,
            reach: None,
        };
        let mut body = self.token_json(&new);
        body["token"] = json!(new.value.expose());
        self.state.tokens.push(new);
        Ok(Answer::json(200, &body).into())
    }

    fn token_json(&self, token: &Token) -> Value {
        let scopes = token.scopes.clone();
        json!({
            "id": token.id,
            "name": token.name,
            "revoked": token.revoked,
            "created_at": written(token.created_at),
            "description": "",
            "scopes": scopes.unwrap_or_else(|| vec!["api".to_owned()]),
            "user_id": self.state.account(&token.user).map(|user| user.id),
            "last_used_at": written(self.state.now()),
            "active": !token.revoked && !self.state.expired(token),
            "expires_at": token.expires_at.map(|at| at.strftime("%Y-%m-%d").to_string()),
        })
    }

    fn own(&self) -> Result<&Token, Answer> {
        let token = self.state.token_of(self.caller);
        token.ok_or_else(|| problem(401, "401 Unauthorized"))
    }

    fn known(&self) -> Result<&str, Answer> {
        let login = self.caller.login();
        login.ok_or_else(|| problem(401, "401 Unauthorized"))
    }
}

/// Tokens end as a day begins, in UTC.
fn midnight(date: &str) -> Option<Timestamp> {
    let date: Date = date.parse().ok()?;
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

fn start_of_day(time: Timestamp) -> Timestamp {
    midnight(&time.strftime("%Y-%m-%d").to_string()).unwrap_or(time)
}
