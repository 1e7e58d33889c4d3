//! Who calls, and what is told to whoever has a token.

use super::problem;
use crate::{
    apps,
    http::{Answer, Request},
    state::{Caller, State, Token},
};

/// Whom the caller is taken for. A password is none, whatever it is.
pub(crate) fn identify(state: &State, request: &Request) -> Result<Caller, Answer> {
    let basic = request.basic();
    let bearer = request.scheme(&["bearer", "token"]);
    let value = match (&bearer, &basic) {
        (Some(value), _) => *value,
        // A token may stand on either side.
        (None, Some((user, password))) if password.is_empty() || password == "x-oauth-basic" => {
            user
        }
        (None, Some((_, password))) => password,
        (None, None) if request.header("authorization").is_none() => return Ok(Caller::Nobody),
        (None, None) => return Err(problem(401, "Bad credentials")),
    };
    if apps::is_jwt(value) {
        return apps::identify(state, value);
    }
    let token = state.token_valued(value);
    let token = token.filter(|token| !token.revoked && !state.expired(token));
    let token = token.ok_or_else(|| problem(401, "Bad credentials"))?;
    let installation = token.reach.as_ref();
    let installation = installation.and_then(|reach| state.installation(reach.installation));
    if installation.is_some_and(|(_, installation)| installation.suspended_at.is_some()) {
        return Err(super::app::suspended());
    }
    Ok(match &token.reach {
        Some(reach) => Caller::Installation {
            id: reach.installation,
            token: token.id,
        },
        None => Caller::User {
            login: token.user.clone(),
            token: Some(token.id),
        },
    })
}

/// The headers that go with every answer to somebody with a token.
pub(crate) fn dress(state: &State, caller: &Caller, answer: Answer) -> Answer {
    let date = state
        .now()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let mut answer = answer
        .with("date", date)
        .with("x-github-media-type", "github.v3; format=json");
    let Some(token) = state.token_of(caller).filter(|token| token.reach.is_none()) else {
        return answer;
    };
    if !is_fine_grained(token) {
        let scopes = token.scopes.clone();
        let scopes = scopes.unwrap_or_else(|| ALL_SCOPES.map(str::to_owned).to_vec());
        answer = answer.with("x-oauth-scopes", scopes.join(", "));
        answer = answer.with("x-accepted-oauth-scopes", "");
    }
    match token.expires_at {
        Some(at) => {
            let at = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
            answer.with("github-authentication-token-expiration", at)
        }
        None => answer,
    }
}

/// What a token bears that nobody narrowed.
const ALL_SCOPES: [&str; 3] = ["admin:org_hook", "admin:repo_hook", "repo"];

pub(super) fn is_fine_grained(token: &Token) -> bool {
    token.value.expose().starts_with("github_pat_")
}
