//! Who a token is at GitHub.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::Timestamp;

use super::GitHubApi;
use crate::{
    ApiError, Identities, Identity, Need, Rights,
    client::{Call, Route},
    identity::{missing_role, missing_scope},
    wire::{Id, Name},
};

/// The scopes of a classic token. Fine-grained and App tokens have none, and no header.
const SCOPES: &str = "x-oauth-scopes";

/// When the token ends, if it does.
const EXPIRATION: &str = "github-authentication-token-expiration";

#[derive(Deserialize)]
struct User {
    login: Name,
    id: Id,
}

impl GitHubApi {
    /// The credential's own user.
    pub(super) async fn login(&self) -> Result<String, ApiError> {
        let user: User = self.session.get(Route::of(["user"])).await?;
        Ok(user.login.0)
    }

    async fn identity(&self) -> Result<Identity, ApiError> {
        let call = Call::get(Route::of(["user"])).anew();
        let answer = self.session.call(call).await?;
        let user: User = answer.json()?;
        Ok(Identity {
            login: user.login.0,
            id: user.id.0,
            scopes: answer.header(SCOPES).map(scopes),
            expires_at: answer.header(EXPIRATION).and_then(expiration),
        })
    }
}

impl Identities for GitHubApi {
    fn whoami(&self) -> BoxFuture<'_, Result<Identity, ApiError>> {
        self.identity().boxed()
    }
}

fn scopes(header: &str) -> Vec<String> {
    let scopes = header.split(',').map(str::trim);
    let scopes = scopes.filter(|scope| !scope.is_empty() && scope.len() <= 100);
    scopes.take(100).map(str::to_owned).collect()
}

/// `2022-08-14 08:15:54 UTC`, or with an offset in digits.
fn expiration(header: &str) -> Option<Timestamp> {
    let mut words = header.split_ascii_whitespace();
    let (date, time) = (words.next()?, words.next()?);
    let offset = match words.next() {
        None | Some("UTC" | "GMT" | "Z") => "Z".to_owned(),
        Some(digits) => {
            let (hours, minutes) = digits.split_at_checked(3)?;
            format!("{hours}:{}", minutes.trim_start_matches(':'))
        }
    };
    Timestamp::parse(&format!("{date}T{time}{offset}"))
}

/// What a token lacks. Only classic ones tell their scopes; of the others only the role in the repository is known.
pub(super) fn missing(need: Need, identity: &Identity, rights: Option<&Rights>) -> Option<String> {
    let wanted: &[&str] = match need {
        // What is public needs no scope, so only who sees nothing lacks one.
        Need::Read if rights.is_some_and(|rights| rights.read) => &[],
        Need::Read => &["repo"],
        Need::RepositoryHooks => &["admin:repo_hook", "repo"],
        Need::OwnerHooks => &["admin:org_hook"],
    };
    if let Some(scope) = missing_scope(wanted, identity) {
        return Some(scope);
    }
    match (need, rights) {
        (Need::Read, Some(rights)) if !rights.read => Some(missing_role("pull", &rights.said)),
        (Need::RepositoryHooks, Some(rights)) if !rights.administer => {
            Some(missing_role("admin", &rights.said))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(scopes: Option<&[&str]>) -> Identity {
        Identity {
            login: "bot".into(),
            id: "7".into(),
            scopes: scopes.map(|scopes| scopes.iter().map(ToString::to_string).collect()),
            expires_at: None,
        }
    }

    fn role(said: &str) -> Rights {
        Rights {
            administer: said == "admin",
            write: said != "pull",
            read: true,
            said: said.into(),
        }
    }

    #[test]
    fn an_expiry_is_read_in_every_form_it_is_seen_in() {
        let moment = Timestamp::parse("2022-08-14T08:15:54Z");
        for text in [
            "2022-08-14 08:15:54 UTC",
            "2022-08-14 10:15:54 +0200",
            "2022-08-14 01:15:54 -07:00",
            "2022-08-14 08:15:54",
        ] {
            assert_eq!(expiration(text), moment, "{text}");
        }
        for text in ["", "never", "2022-08-14", "2022-08-14 08:15:54 é2"] {
            assert_eq!(expiration(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_said_in_githubs_words() {
        let hooks =
            |scopes, said| missing(Need::RepositoryHooks, &token(scopes), Some(&role(said)));
        assert_eq!(
            hooks(Some(&["read:user"]), "admin").as_deref(),
            Some("needs the scope `admin:repo_hook` (or `repo`); the token has `read:user`")
        );
        assert_eq!(
            hooks(Some(&["repo"]), "push").as_deref(),
            Some("needs the role admin in the repository; the credential has push")
        );
        assert_eq!(hooks(Some(&["admin:repo_hook"]), "admin"), None);
        assert_eq!(hooks(None, "admin"), None);
        assert_eq!(
            missing(Need::Read, &token(Some(&[])), None).as_deref(),
            Some("needs the scope `repo`; the token has no scope")
        );
        assert_eq!(
            missing(Need::Read, &token(Some(&[])), Some(&role("pull"))),
            None
        );
        assert!(missing(Need::OwnerHooks, &token(Some(&["repo"])), None).is_some());
    }
}
