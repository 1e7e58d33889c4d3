//! Tokens of a user, for whoever knows the password.

use serde_json::{Value, json};

use super::{Gitea, not_found, problem};
use crate::{
    Kind,
    clock::written,
    http::Answer,
    random,
    secret::Secret,
    serve::Outcome,
    state::{Caller, Token},
};

impl Gitea<'_> {
    pub(super) fn tokens(&mut self, login: &str, method: &str, rest: &[&str]) -> Outcome {
        // A token is refused here, whatever it may do elsewhere.
        let Caller::User {
            login: caller,
            token: None,
        } = self.caller
        else {
            return Err(problem(401, "auth required"));
        };
        if !caller.eq_ignore_ascii_case(login) {
            return Err(problem(
                403,
                "doer should be the site admin or be same as the contextUser",
            ));
        }
        match (method, rest) {
            ("GET", []) => self.list_tokens(login),
            ("POST", []) => self.create_token(login),
            ("DELETE", [token]) => self.delete_token(login, token),
            _ => Err(not_found()),
        }
    }

    fn list_tokens(&self, login: &str) -> Outcome {
        let own = self.state.tokens.iter().filter(|token| is_of(token, login));
        let page = self.unlinked_page(own.collect(), |token| token_json(token, ""));
        Ok(page.into())
    }

    /// The only answer that holds its value.
    fn create_token(&mut self, login: &str) -> Outcome {
        let body = self.body()?;
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(problem(422, "[Name]: Required"));
        }
        let mut known = self.state.tokens.iter();
        if known.any(|token| is_of(token, login) && token.name == name) {
            return Err(problem(400, "access token name has been used already"));
        }
        let scopes: Vec<_> = body["scopes"].as_array().into_iter().flatten().collect();
        let scopes: Vec<_> = scopes.iter().filter_map(|scope| scope.as_str()).collect();
        if scopes.is_empty() && self.state.kind == Kind::Gitea {
            return Err(problem(400, "access token must have a scope"));
        }
        let scopes = scopes.into_iter().map(str::to_owned).collect();
        let value = random::word(40);
        let id = self.state.add_token(&value);
        let Some(token) = self.state.token_mut(id) else {
            return Err(not_found());
        };
        token.name = name;
        login.clone_into(&mut token.user);
        token.scopes = Some(scopes);
        Ok(Answer::json(201, &token_json(token, &value)).into())
    }

    /// By name or by id.
    fn delete_token(&mut self, login: &str, named: &str) -> Outcome {
        let mut own = self.state.tokens.iter().filter(|token| is_of(token, login));
        let found = own.find(|token| token.name == named || token.id.to_string() == named);
        let id = found.map(|token| token.id).ok_or_else(not_found)?;
        self.state.tokens.retain(|token| token.id != id);
        Ok(Answer::empty(204).into())
    }
}

fn is_of(token: &Token, login: &str) -> bool {
    token.user.eq_ignore_ascii_case(login)
}

fn token_json(token: &Token, value: &str) -> Value {
    let scopes = token.scopes.clone();
    json!({
        "id": token.id,
        "name": token.name,
        "sha1": value,
        "token_last_eight": last_eight(&token.value),
        "scopes": scopes.unwrap_or_else(|| vec!["all".to_owned()]),
        "created_at": written(token.created_at),
    })
}

fn last_eight(value: &Secret) -> &str {
    let value = value.expose();
    value
        .get(value.len().saturating_sub(8)..)
        .unwrap_or_default()
}
