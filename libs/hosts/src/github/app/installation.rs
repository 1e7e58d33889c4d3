//! Installations of an App, and tokens of them.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};
use sluice_events::Timestamp;
use sluice_registry::Plaintext;

use super::App;
use crate::{
    ApiError, Key, Problem,
    client::{Call, Route, Session},
    error::problem,
    names,
    wire::{Id, Moment, Name},
};

/// The longest time that a token is believed to live. GitHub's live for an hour.
const LONGEST_LIFE: i64 = 2 * 60 * 60;

/// An App installed for an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The host's own id of it, as text.
    pub id: String,
    /// The name of whom the App is installed for.
    pub owner: String,
    /// The App's name in addresses. What it does, `<slug>[bot]` does.
    pub slug: String,
}

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opens<'a> {
    /// The host's ids of the repositories, at most 500. `None`: all of the installation.
    pub repositories: Option<&'a [String]>,
    /// What it may do with them, in the host's words: `("contents", "read")`.
    pub permissions: &'a [(&'a str, &'a str)],
}

/// A token of an installation.
#[derive(Clone)]
pub struct Minted {
    /// The token.
    pub token: Plaintext,
    /// How long it lives from now on.
    pub life: Duration,
}

#[derive(Deserialize)]
struct Described {
    id: Id,
    account: Account,
    app_slug: Option<Name>,
}

#[derive(Deserialize)]
struct Account {
    login: Name,
}

#[derive(Serialize)]
struct Wanted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_ids: Option<Vec<u64>>,
    permissions: BTreeMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
struct Token {
    token: Plaintext,
    expires_at: Moment,
}

#[derive(Deserialize)]
struct Covered {
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    id: Id,
}

impl Described {
    fn described(self) -> Installation {
        Installation {
            id: self.id.0,
            owner: self.account.login.0,
            slug: self.app_slug.map(|slug| slug.0).unwrap_or_default(),
        }
    }
}

impl App {
    /// The installation with this id.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if there is none; otherwise if the host does not take the App's proof, or cannot be asked.
    pub async fn installation(&self, id: &str) -> Result<Installation, ApiError> {
        let route = Route::of(["app", "installations", names::id(id)?]);
        self.find(route).await
    }

    /// The installation for an owner: an organization, or else a user.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if there is none; otherwise if the host does not take the App's proof, or cannot be asked.
    pub async fn installation_of(&self, owner: &str) -> Result<Installation, ApiError> {
        let owner = names::whole(owner)?;
        let organization = self.find(Route::of(["orgs", owner, "installation"])).await;
        match organization {
            Err(error) if error.problem == Problem::NotFound => {
                self.find(Route::of(["users", owner, "installation"])).await
            }
            found => found,
        }
    }

    async fn find(&self, route: Route) -> Result<Installation, ApiError> {
        let answer = self.ask(|| Ok(Call::get(route.clone()))).await?;
        Ok(answer.json::<Described>()?.described())
    }

    /// Makes a token of an installation that opens this and nothing else.
    ///
    /// # Errors
    /// [`Problem::Refused`] if the installation has not so much; otherwise if it is suspended or gone, the host does not
    /// take the App's proof, or cannot be asked.
    pub async fn mint(&self, installation: &str, opens: Opens<'_>) -> Result<Minted, ApiError> {
        let id = names::id(installation)?;
        let route = Route::of(["app", "installations", id, "access_tokens"]);
        let number = |id: &String| {
            let number = id.parse::<u64>();
            number.map_err(|_| problem!(Address, "an id of a repository is no number"))
        };
        let ids = opens.repositories.map(|ids| ids.iter().map(number));
        let wanted = Wanted {
            repository_ids: ids.map(Iterator::collect).transpose()?,
            permissions: opens.permissions.iter().copied().collect(),
        };
        let answer = self
            .ask(|| Ok(Call::post(route.clone()).with(&wanted)?.repeatable()))
            .await?;
        let minted: Token = answer.json()?;
        let ends = minted.expires_at.0;
        let ends = ends.ok_or_else(|| answer.not_understood("the token does not say its end"))?;
        let host_now = answer.host_time().unwrap_or_else(Timestamp::now);
        let life = (ends.seconds - host_now.seconds).clamp(0, LONGEST_LIFE);
        Ok(Minted {
            token: minted.token,
            life: Duration::from_secs(life.unsigned_abs()),
        })
    }

    /// The host's ids of the repositories that a token opens.
    ///
    /// # Errors
    /// If the host does not take the token, or cannot be asked.
    pub async fn repositories_of(&self, minted: &Minted) -> Result<Vec<String>, ApiError> {
        let key = Key::Token(minted.token.clone());
        let session = Session::new(self.client.clone(), &key)?;
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let route = Route::of(["installation", "repositories"]).with("per_page", "100");
            let ids = |covered: Covered| covered.repositories.into_iter().map(|one| one.id.0);
            let page = session.page_in(route, next.as_ref(), |covered| ids(covered).collect());
            let page = page.await?;
            all.extend(page.items);
            match page.next {
                Some(cursor) => next = Some(cursor),
                None => return Ok(all),
            }
        }
    }
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Minted([redacted] for {:?})", self.life)
    }
}
