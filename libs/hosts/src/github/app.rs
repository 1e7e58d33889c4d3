//! GitHub Apps: where they are installed, and the tokens that they make for that.
//!
//! An App proves itself by a JWT of a few minutes, which its private key signs; everything else it does with tokens of an
//! installation, which live for an hour and open no more than was asked for when they were made ("Generating an
//! installation access token for a GitHub App").

mod installation;
mod jwt;
mod new;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use serde::Deserialize;
use sluice_events::Timestamp;
use tokio::time::Instant;

pub use installation::{Installation, Minted, Opens};
pub use jwt::AppKey;
pub use new::NewApp;

use crate::{
    ApiError, Key,
    client::{Answer, Call, Client, LEFT_ALONE, Route, Session},
    error::problem,
    wire::Text,
};

/// How far the host's clock may be from ours without being taken for another one, in seconds. Less than what the host
/// allows.
const SKEW: i64 = 30;

/// An App at its host.
pub struct App {
    client: Client,
    key: AppKey,
    /// How many seconds the host's clock is ahead of ours, as far as that is known.
    ahead: AtomicI64,
    /// When the host has not taken its proof, whichever clock it was by.
    turned_away: Mutex<Option<Instant>>,
}

/// Where an App's webhook goes.
#[derive(Deserialize)]
struct HookConfig {
    url: Option<Text<4096>>,
}

impl App {
    pub(crate) fn new(client: Client, key: AppKey) -> Self {
        Self {
            client,
            key,
            ahead: AtomicI64::new(0),
            turned_away: Mutex::default(),
        }
    }

    /// The address that the App's webhook goes to. Empty: it has none.
    ///
    /// # Errors
    /// If the host does not take the App's proof, or cannot be asked.
    pub async fn hook_url(&self) -> Result<String, ApiError> {
        let route = Route::of(["app", "hook", "config"]);
        let config: HookConfig = self.ask(|| Ok(Call::get(route.clone()))).await?.json()?;
        Ok(config.url.map(|url| url.0).unwrap_or_default())
    }

    /// Asks as the App. Where the host refuses the proof and its clock is not ours, it is asked once more by its clock.
    async fn ask(&self, call: impl Fn() -> Result<Call, ApiError>) -> Result<Answer, ApiError> {
        let turned_away = *self.turned_away();
        if turned_away.is_some_and(|at| at.elapsed() < LEFT_ALONE) {
            let error = problem!(
                Unauthorized,
                "the host does not take the App's proof, as it has just said"
            );
            let until = Timestamp::now().plus(LEFT_ALONE);
            return Err(error.at_status(401).until(until));
        }
        let ahead = self.ahead.load(Ordering::Relaxed);
        let mut asked = self.session(ahead)?.call(call()?.anew()).await;
        if let Err(error) = &asked
            && let Some(ahead) = self.other_clock(error, ahead)
        {
            asked = self.session(ahead)?.call(call()?.anew()).await;
        }
        let is_turned_away = asked.as_ref().is_err_and(|error| error.status == Some(401));
        *self.turned_away() = is_turned_away.then(Instant::now);
        asked
    }

    fn turned_away(&self) -> MutexGuard<'_, Option<Instant>> {
        self.turned_away
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the host's clock is ahead of ours, if a refusal may come of a proof by another: it counts from then on.
    fn other_clock(&self, error: &ApiError, believed: i64) -> Option<i64> {
        let host = error.host_time().filter(|_| error.status == Some(401))?;
        let ahead = host.seconds - Timestamp::now().seconds;
        if (ahead - believed).abs() <= SKEW {
            return None;
        }
        self.ahead.store(ahead, Ordering::Relaxed);
        Some(ahead)
    }

    /// By a proof that is made now, by a clock that is so far ahead of ours.
    fn session(&self, ahead: i64) -> Result<Session, ApiError> {
        let jwt = self.key.jwt(Timestamp::now().seconds + ahead)?;
        Session::new(self.client.clone(), &Key::Token(jwt))
    }
}
