//! An App that somebody has just registered by a manifest.

use std::fmt;

use serde::Deserialize;
use sluice_registry::Plaintext;

use crate::{
    ApiError, Key, Problem,
    client::{Call, Client, Route, Session},
    error::problem,
    wire::{Id, Name, WebUrl},
};

/// Longest code.
const LONGEST: usize = 200;

/// An App that was taken over, with what it proves itself by. The host tells that once.
pub struct NewApp {
    /// The host's own id of it, as text.
    pub id: String,
    /// The address of its page, where it is installed.
    pub page: String,
    /// The name of whom it belongs to.
    pub owner: String,
    /// Its private key, in PEM.
    pub private_key: Plaintext,
    /// What its webhook is signed with.
    pub webhook_secret: Plaintext,
}

#[derive(Deserialize)]
struct Converted {
    id: Id,
    html_url: WebUrl,
    owner: Owner,
    pem: Plaintext,
    webhook_secret: Option<Plaintext>,
}

#[derive(Deserialize)]
struct Owner {
    login: Name,
}

impl NewApp {
    /// Nobody's credential is needed: the code is the proof.
    pub(crate) async fn for_code(client: Client, code: &Plaintext) -> Result<Self, ApiError> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let text = std::str::from_utf8(code.expose()).unwrap_or_default();
        let is_step = matches!(text, "." | "..");
        if !(1..=LONGEST).contains(&text.len()) || !text.bytes().all(|b| plain(&b)) || is_step {
            return Err(problem!(
                Credential,
                "that is no code of a host; it stands behind `code=` in the address that the host led to"
            ));
        }
        let route = Route::of(["app-manifests", text, "conversions"]);
        let route = route.shown_as("/app-manifests/…/conversions");
        let session = Session::new(client, &Key::Nobody)?;
        let answer = session.call(Call::post(route).hiding(code.expose())).await;
        let answer = answer.map_err(|error| match error.problem {
            Problem::NotFound => error.and(
                "the code was used already, or is older than an hour: delete the App at the host and begin anew",
            ),
            _ => error,
        })?;
        let app: Converted = answer.json()?;
        let secret = app.webhook_secret.ok_or_else(|| {
            answer
                .not_understood("the App has no webhook secret, though its manifest has a webhook")
        })?;
        Ok(Self {
            id: app.id.0,
            page: app.html_url.0,
            owner: app.owner.login.0,
            private_key: app.pem,
            webhook_secret: secret,
        })
    }
}

impl fmt::Debug for NewApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewApp({} [redacted])", self.id)
    }
}
