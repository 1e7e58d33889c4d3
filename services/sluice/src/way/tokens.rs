//! Access tokens, by either way.

use serde::{Deserialize, Serialize};
use sluice_bus::{RecordError, Records, roles};
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};
use sluice_registry::{ACCESS_ROLES, Plaintext, keys, new_access_token};
use zeroize::Zeroizing;

use super::Direct;
use crate::{
    api::{Api, Place},
    failure::Failure,
};

/// An access token as it is shown: what it is known by is nobody's business.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    pub(crate) name: String,
    /// The project that it opens. Empty: all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) project: String,
    pub(crate) role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
}

/// What is wanted of a new one.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) name: String,
    /// The project that it opens. Empty: all.
    pub(crate) project: String,
    pub(crate) role: AccessRole,
    pub(crate) expires: Option<Timestamp>,
}

/// The same for the API.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'n> {
    name: &'n str,
    role: &'n str,
    all_projects: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// What opens, this once.
#[derive(Deserialize)]
struct Made {
    token: Plaintext,
}

const ALL: &str = "access-tokens";

impl Api {
    pub(super) async fn new_token(&self, new: &NewToken) -> anyhow::Result<Plaintext> {
        let sent = serde_json::to_vec(&Sent {
            name: &new.name,
            role: ACCESS_ROLES.word(new.role),
            all_projects: new.project.is_empty(),
            expires_at: new.expires.map(|at| at.to_string()),
        })?;
        let place = Place {
            path: &[ALL],
            query: &[("project", &new.project)],
        };
        let made: Made = self.post(place, Some(Zeroizing::new(sent))).await?;
        Ok(made.token)
    }

    pub(super) async fn delete_token(&self, name: &str) -> anyhow::Result<()> {
        let place = Place {
            path: &[ALL, name],
            query: &[],
        };
        self.delete::<serde_json::Value>(place).await.map(drop)
    }
}

impl Direct {
    pub(super) async fn tokens(&self) -> anyhow::Result<Vec<Token>> {
        let tokens = self.access_tokens().all().await?;
        let shown = tokens.into_iter().map(|token| Token::of(token.record));
        Ok(shown.collect())
    }

    pub(super) async fn new_token(&self, new: &NewToken) -> anyhow::Result<Plaintext> {
        let NewToken { name, project, .. } = new;
        // Its name becomes the principal of what its holder asks for.
        if roles::role(name).is_some() {
            let what =
                format!("`{name}` is a user of the bus, and nobody else may speak in its name");
            return Err(Failure::refused(what, "choose another"));
        }
        let made = new_access_token(name, project, new.role, Timestamp::now(), new.expires);
        let (token, record) = made.map_err(|problem| Failure::refused(problem.to_string(), ""))?;
        let snapshot = self.declared().await?.snapshot;
        if !project.is_empty() && snapshot.project(project).is_none() {
            let what = format!("there is no project `{project}`");
            return Err(Failure::refused(what, "apply it first"));
        }
        self.note("access-tokens.new", project, &format!("AccessToken {name}"))
            .await?;
        let tokens = self.access_tokens();
        let stored = tokens.put(&keys::access_token(name), &record, None).await;
        match stored {
            Err(RecordError::Conflict { .. }) => {
                let what = format!("there is an access token `{name}` already");
                Err(Failure::refused(
                    what,
                    "choose another name, or delete it first",
                ))
            }
            other => Ok(other.map(|_| token)?),
        }
    }

    pub(super) async fn delete_token(&self, name: &str) -> anyhow::Result<()> {
        let (tokens, key) = (self.access_tokens(), keys::access_token(name));
        let found = tokens.get(&key).await?;
        let none = || Failure::refused(format!("there is no access token `{name}`"), "");
        let found = found.ok_or_else(none)?;
        let project = &found.record.project;
        self.note(
            "access-tokens.delete",
            project,
            &format!("AccessToken {name}"),
        )
        .await?;
        Ok(tokens.delete(&key, found.revision).await?)
    }

    fn access_tokens(&self) -> Records<AccessToken> {
        Records::new(&self.system.bus, keys::ACCESS_TOKENS)
    }
}

impl Token {
    fn of(token: AccessToken) -> Self {
        Self {
            role: ACCESS_ROLES.word(token.role()).to_owned(),
            name: token.name,
            project: token.project,
            created_at: token.created_at,
            expires_at: token.expires_at,
        }
    }
}
