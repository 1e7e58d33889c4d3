//! Who a token is at GitLab.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::Timestamp;

use super::GitLabApi;
use crate::{
    ApiError, Identities, Identity, Need, Problem, Rights,
    client::{Call, Route},
    identity::{missing_role, missing_scope},
    wire::{Id, Name, Words},
};

#[derive(Deserialize)]
struct Token {
    user_id: Id,
    scopes: Vec<Words>,
    /// A date; it ends as that day begins in UTC.
    expires_at: Option<Words>,
}

#[derive(Deserialize)]
struct User {
    username: Name,
}

impl GitLabApi {
    async fn identity(&self) -> Result<Identity, ApiError> {
        let itself = Route::of(["personal_access_tokens", "self"]);
        let token: Token = self.session.call(Call::get(itself).anew()).await?.json()?;
        // A token for hooks alone may not read who it is.
        let login = match self.session.get::<User>(Route::of(["user"])).await {
            Ok(user) => user.username.0,
            Err(error) if error.problem == Problem::Forbidden => String::new(),
            Err(error) => return Err(error),
        };
        Ok(Identity {
            login,
            id: token.user_id.0,
            scopes: Some(token.scopes.into_iter().map(|scope| scope.0).collect()),
            expires_at: token.expires_at.and_then(|date| expiration(&date.0)),
        })
    }
}

impl Identities for GitLabApi {
    fn whoami(&self) -> BoxFuture<'_, Result<Identity, ApiError>> {
        self.identity().boxed()
    }
}

fn expiration(date: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{date}T00:00:00Z"))
}

/// What a token lacks.
pub(super) fn missing(need: Need, identity: &Identity, rights: Option<&Rights>) -> Option<String> {
    let wanted: &[&str] = match need {
        Need::Read => &["read_api", "api"],
        Need::RepositoryHooks | Need::OwnerHooks => &["api"],
    };
    if let Some(scope) = missing_scope(wanted, identity) {
        return Some(scope);
    }
    match (need, rights) {
        (Need::Read, Some(rights)) if !rights.read => Some(missing_role("Reporter", &rights.said)),
        (Need::RepositoryHooks, Some(rights)) if !rights.administer => {
            Some(missing_role("Maintainer", &rights.said))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_for(need: Need, scope: &str, role: &str) -> Option<String> {
        let identity = Identity {
            login: String::new(),
            id: "7".into(),
            scopes: Some(vec![scope.into()]),
            expires_at: None,
        };
        let rights = Rights {
            administer: role == "Maintainer",
            read: role != "Guest",
            said: role.into(),
            ..Rights::default()
        };
        missing(need, &identity, Some(&rights))
    }

    #[test]
    fn what_is_missing_is_said_in_gitlabs_words() {
        assert_eq!(
            missing_for(Need::RepositoryHooks, "read_api", "Maintainer").as_deref(),
            Some("needs the scope `api`; the token has `read_api`")
        );
        assert_eq!(
            missing_for(Need::RepositoryHooks, "api", "Developer").as_deref(),
            Some("needs the role Maintainer in the repository; the credential has Developer")
        );
        assert_eq!(
            missing_for(Need::Read, "read_repository", "Guest").as_deref(),
            Some("needs the scope `read_api` (or `api`); the token has `read_repository`")
        );
        assert!(missing_for(Need::Read, "read_api", "Guest").is_some());
        assert_eq!(missing_for(Need::Read, "read_api", "Reporter"), None);
        assert_eq!(
            missing_for(Need::RepositoryHooks, "api", "Maintainer"),
            None
        );
    }

    #[test]
    fn a_token_ends_as_its_day_begins() {
        assert_eq!(
            expiration("2027-01-31"),
            Timestamp::parse("2027-01-31T00:00:00Z")
        );
        assert_eq!(expiration("never"), None);
    }
}
