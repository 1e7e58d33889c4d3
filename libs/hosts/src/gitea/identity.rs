//! Who a token is at Gitea and Forgejo.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;

use super::GiteaApi;
use crate::{
    ApiError, Identities, Identity, Need, Rights,
    client::{Call, Route},
    identity::missing_role,
    wire::{Id, Name},
};

#[derive(Deserialize)]
struct User {
    login: Name,
    id: Id,
}

impl Identities for GiteaApi {
    /// The account alone: neither the scopes of a token nor an end is told to the token itself.
    fn whoami(&self) -> BoxFuture<'_, Result<Identity, ApiError>> {
        async move {
            let call = Call::get(Route::of(["user"])).anew();
            let user: User = self.session.call(call).await?.json()?;
            Ok(Identity {
                login: user.login.0,
                id: user.id.0,
                scopes: None,
                expires_at: None,
            })
        }
        .boxed()
    }
}

/// What a token lacks: its scopes are not known, so only the role in the repository is judged.
pub(super) fn missing(need: Need, _: &Identity, rights: Option<&Rights>) -> Option<String> {
    let rights = rights?;
    match need {
        Need::Read if !rights.read => Some(missing_role("pull", &rights.said)),
        Need::RepositoryHooks if !rights.administer => Some(missing_role("admin", &rights.said)),
        Need::Read | Need::RepositoryHooks | Need::OwnerHooks => None,
    }
}
