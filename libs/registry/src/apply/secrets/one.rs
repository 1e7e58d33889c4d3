//! One secret of an endpoint that is declared.

use sluice_events::{Timestamp, v1};
use sluice_providers::HookSecret;

use super::{Context, grace};
use crate::{
    KeyClass, Place, Plaintext, Problem, SecretSpec, Source, apply::Step, keys,
    manifest::MAX_SECRET_BYTES, secret_kind,
};

/// What the record lists, what to seal, what to warn of.
pub(super) type Decided = (v1::HookSecret, Option<Step>, Vec<Problem>);

/// Decides what becomes of it. `signs`: the endpoint has a secret of a kind that signs.
pub(super) fn decide(
    secret: &SecretSpec,
    signs: bool,
    context: &Context<'_>,
) -> Result<Decided, Problem> {
    let listed = context.listed.iter().find(|listed| listed.id == secret.id);
    let (accept_until, mut warnings) = grace::accept_until(secret, listed, signs, context.now);
    let (mut hook_secret, seal) = match &secret.source {
        Source::Kept => (kept(secret, listed)?, None),
        Source::Value(value) => {
            warnings.extend(check_value(secret, value)?);
            let (hook_secret, seal) = sealed(secret, value, listed, context)?;
            (hook_secret, Some(seal))
        }
        Source::File(_) | Source::Env(_) => {
            let what = "`file` and `env` are read where manifests are applied, never here";
            return Err(Problem::new(
                "value",
                what,
                "apply it with the command, or give a value",
            ));
        }
    };
    hook_secret.accept_until = accept_until;
    Ok((hook_secret, seal, warnings))
}

/// A secret without a value keeps the one that it has.
fn kept(secret: &SecretSpec, listed: Option<&v1::HookSecret>) -> Result<v1::HookSecret, Problem> {
    let give = "give one by value, file or env";
    let listed = listed.ok_or_else(|| {
        Problem::new(
            "value",
            "there is none, and none is there that could stay",
            give,
        )
    })?;
    if listed.kind() != secret.kind {
        let what = format!(
            "the value that is there is of kind {}",
            secret_kind::word(listed.kind())
        );
        return Err(Problem::new("kind", what, give));
    }
    Ok(listed.clone())
}

/// Refuses what cannot be a secret of its kind; warns of what is a weak one.
fn check_value(secret: &SecretSpec, value: &Plaintext) -> Result<Vec<Problem>, Problem> {
    let bytes = value.bytes();
    if bytes.len() > MAX_SECRET_BYTES {
        let what = format!("it is longer than {MAX_SECRET_BYTES} bytes");
        return Err(Problem::new("value", what, "use a shorter one"));
    }
    let opened = HookSecret::new(&secret.id, secret.kind, bytes, None)
        .map_err(|error| Problem::new("value", error.to_string(), "give another"))?;
    let mut warnings = Vec::new();
    if opened.is_short() {
        let what = "it is so short that it may be guessed";
        warnings.push(Problem::new("value", what, "use 32 random characters"));
    }
    if bytes.trim_ascii().len() < bytes.len() {
        let what = "it begins or ends with a blank or a line break, which counts";
        warnings.push(Problem::new("value", what, "check that it is meant"));
    }
    Ok(warnings)
}

/// Seals a value as a version that never was before.
///
/// Versions are microseconds since 1970: so two writers at once do not take the same one, a writer that broke off does
/// not block the next, and a secret that was deleted and made anew does not accept what was sealed for the old one.
fn sealed(
    secret: &SecretSpec,
    value: &Plaintext,
    listed: Option<&v1::HookSecret>,
    context: &Context<'_>,
) -> Result<(v1::HookSecret, Step), Problem> {
    let key = context
        .sealing
        .filter(|key| key.class() == KeyClass::HookSecrets)
        .ok_or_else(|| {
            let what = "there is no key to seal hook secrets with";
            Problem::new("value", what, "make one with `sluice keys new`")
        })?;
    let next = listed.map_or(0, |listed| listed.version.saturating_add(1));
    let version = microseconds(context.now).max(next);
    let endpoint = context.endpoint;
    let place = Place::hook_secret(endpoint, &secret.id, version);
    let value = key
        .seal(&place, value.bytes())
        .map_err(|error| Problem::new("value", error.to_string(), "check the sealing key"))?;
    let hook_secret = v1::HookSecret {
        id: secret.id.clone(),
        kind: secret.kind.into(),
        version,
        accept_until: None,
        created_at: Some(context.now),
    };
    let key = keys::hook_secret(&endpoint.project, &endpoint.name, &secret.id, version);
    Ok((hook_secret, Step::Seal { key, value }))
}

fn microseconds(time: Timestamp) -> u64 {
    let seconds = u64::try_from(time.seconds).unwrap_or(0);
    let within = u64::try_from(time.nanos / 1_000).unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(within)
}
