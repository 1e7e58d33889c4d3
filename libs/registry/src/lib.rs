//! Snapshot and their rules, manifests, and the sealing of secrets.
//!
//! The way of a change: [`parse`] reads manifests, [`resolve`] fetches the secrets that they point to on the machine
//! of whoever applies them, [`plan`] compares them with the [`Snapshot`] and says what to write, in order. The bus
//! library writes it, under the names in [`keys`]. [`render`] is the way back.
//!
//! Pure, but for random numbers and for reading key and secret files. Writers hold a [`SealingKey`] and cannot read
//! what they seal; only who holds [`OpeningKeys`] can, by [`open_endpoint`].

mod apply;
mod endpoint;
mod host;
pub mod keys;
mod label;
mod manifest;
mod plaintext;
mod problem;
mod project;
mod sealing;
mod secret_kind;
mod snapshot;

pub use apply::{Outcome, Plan, Step, Verb, deletion, plan};
pub use endpoint::{MAX_SECRETS, check_endpoint_id, new_endpoint_id};
pub use host::{PREDEFINED_HOSTS, predefined_host};
pub use manifest::{
    API_VERSION, EndpointSpec, Kind, MAX_MANIFEST_BYTES, Manifest, Object, SecretSpec, Source,
    Spec, parse, render, resolve,
};
pub use plaintext::Plaintext;
pub use problem::{Problem, Problems};
pub use project::DEFAULT_PROJECT;
pub use sealing::{
    KeyClass, KeyFileError, OpenError, Opened, OpeningKey, OpeningKeys, Place, SealError,
    SealingKey, create_keys, open_endpoint,
};
pub use snapshot::{Record, Snapshot};
