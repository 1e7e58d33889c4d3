//! Records and their rules, manifests, and the sealing of secrets.
//!
//! The way of a change: [`parse`] or [`parse_json`] reads manifests, [`resolve`] fetches the secrets that they point to on the machine
//! of whoever applies them, [`plan`] compares them with the [`Snapshot`] and says what to write, in order. The bus
//! library writes it, under the names in [`keys`]. [`render`] is the way back; [`render_with_values`] hands manifests on
//! to an API that seals.
//!
//! Pure, but for random numbers and for reading key and secret files. Writers hold a [`SealingKey`] and cannot read
//! what they seal; only who holds [`OpeningKeys`] can, by [`open_endpoint`] and [`open_credential`].

mod access_token;
mod address;
mod apply;
mod credential;
mod endpoint;
mod full_name;
mod grants;
mod hook;
mod host;
mod import;
pub mod keys;
mod label;
mod manifest;
mod pem;
mod plaintext;
mod problem;
mod project;
mod record;
mod repository;
mod sealing;
mod shared_map;
mod snapshot;
mod words;

pub use access_token::{new_access_token, token_digest};
pub use apply::{Outcome, Plan, Step, Verb, deletion, left_out, new_token, plan};
pub use credential::rsa_key;
pub use endpoint::{MAX_SECRETS, check_endpoint_id, new_endpoint_id};
pub use grants::{credential_of, is_there_for, matches_glob, may_open, may_open_all_of};
pub use hook::{
    HookEndpoint, HookFor, accepted_beside, hook_endpoint, hook_endpoint_names, hook_endpoint_with,
    hook_secret_kinds,
};
pub use host::{HOST_SHARES, PREDEFINED_HOSTS, effective_host, host_share, predefined_host};
pub use import::{ImportProgress, ImportSpec, ShownImport, repository_of};
pub use manifest::{
    API_VERSION, CredentialSpec, EndpointSpec, HostSpec, Kind, MAX_MANIFEST_BYTES, Manifest,
    Object, SecretSpec, Source, Spec, parse, parse_in, parse_json, render, render_with_values,
    resolve, yaml,
};
pub use plaintext::Plaintext;
pub use problem::{Problem, Problems};
pub use project::DEFAULT_PROJECT;
pub use record::Record;
pub use repository::{
    FoundRepository, MAX_WEBHOOK_DAYS, check_repository, default_url, find_repository,
    repository_label, tells_of,
};
pub use sealing::{
    KeyClass, KeyFileError, Listed, OpenError, Opened, OpeningKey, OpeningKeys, Place, SealError,
    SealingKey, SealingKeys, create_keys, open_app_key, open_credential, open_endpoint,
};
pub use shared_map::{Part, SharedMap};
pub use snapshot::Snapshot;
pub use words::{
    ACCESS_LEVELS, ACCESS_ROLES, CONNECTION_STATUSES, CREDENTIAL_KINDS, IMPORT_STATUSES,
    MIRROR_KINDS, SECRET_KINDS, WEBHOOK_KINDS, Words,
};
