//! What a kind of host has to say of itself, so that it can be spoken to.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::{AUTHORIZATION, HeaderName};
use zeroize::Zeroizing;

use crate::{
    ApiError, Deliveries, Hooks, Identities, Identity, Key, Need, NotOffered, PlaceSort,
    Repositories, Rights, Statuses, client::Session,
};

/// One kind of Git host software.
pub(crate) trait Provider: Sync {
    /// Its name in the registry: `github`.
    fn name(&self) -> &'static str;

    /// The address of the API of a host whose pages are at this one.
    fn api_url(&self, url: &str) -> String;

    /// The form that answers are wanted in.
    fn accept(&self) -> &'static str {
        "application/json"
    }

    /// What every call carries besides.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// How a key is shown: the header and its value. `None`: there is nothing to show.
    fn opened_by(&self, key: &Key) -> Result<Option<Shown>, ApiError>;

    /// Its API for this session.
    fn open(&'static self, session: Session) -> Box<dyn HostApi>;

    /// The events that a hook is installed for.
    fn events(&self, sort: PlaceSort) -> &'static [&'static str];

    /// What a credential lacks, in the host's words. `None`: nothing, as far as the host says.
    fn missing(&self, need: Need, identity: &Identity, rights: Option<&Rights>) -> Option<String>;

    /// How many calls an hour it takes, as it documents; where it does not say, what does it no harm.
    fn calls_per_hour(&self) -> u32;

    /// How many calls that create something it takes in how much time, as it documents; each bound holds.
    fn creations(&self) -> &'static [(u32, Duration)] {
        &[]
    }

    /// Whether it sends a ping when a hook is installed, unasked.
    fn pings_on_install(&self) -> bool {
        false
    }

    /// Whether its test is a push that nothing marks as one, and that says that a branch moved.
    fn test_moves(&self) -> bool {
        false
    }

    /// What it does not have.
    fn not_offered(&self) -> &'static [NotOffered];
}

/// A header and its value.
pub(crate) type Shown = (HeaderName, Zeroizing<Vec<u8>>);

/// `Authorization` with this word before the secret.
pub(crate) fn authorization(word: &str, secret: &[u8]) -> Shown {
    let value = [word.as_bytes(), b" ", secret].concat();
    (AUTHORIZATION, Zeroizing::new(value))
}

/// `Authorization` as Basic has it (RFC 7617).
pub(crate) fn basic(user: &str, password: &[u8]) -> Shown {
    let pair = Zeroizing::new([user.as_bytes(), b":", password].concat());
    let encoded = Zeroizing::new(STANDARD.encode(&*pair));
    authorization("Basic", encoded.as_bytes())
}

/// A host's API, opened with one credential. What only some hosts have is asked for and may be missing.
pub trait HostApi: Repositories + Identities + Hooks {
    /// The host's log of deliveries.
    ///
    /// # Errors
    /// If this kind of host has none that can be asked for.
    fn deliveries(&self) -> Result<&dyn Deliveries, NotOffered>;

    /// What is said of commits.
    ///
    /// # Errors
    /// If this kind of host has nothing of the kind, such as one that has only labels of a review.
    fn statuses(&self) -> Result<&dyn Statuses, NotOffered>;
}
