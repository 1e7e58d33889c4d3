//! One secret of an endpoint that is declared.

use sluice_events::v1;
use sluice_providers::HookSecret;

use super::{Context, grace};
use crate::{
    KeyClass, Place, Plaintext, Problem, SECRET_KINDS, SecretSpec,
    apply::{Step, seal},
    keys,
    plaintext::MAX_SECRET_BYTES,
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
    let (mut hook_secret, seal) = match seal::given(&secret.source)? {
        None => (kept(secret, listed)?, None),
        Some(value) => {
            warnings.extend(check_value(secret, value)?);
            let (hook_secret, seal) = sealed(secret, value, listed, context)?;
            (hook_secret, Some(seal))
        }
    };
    hook_secret.accept_until = accept_until;
    Ok((hook_secret, seal, warnings))
}

/// A secret without a value keeps the one that it has.
fn kept(secret: &SecretSpec, listed: Option<&v1::HookSecret>) -> Result<v1::HookSecret, Problem> {
    let listed = listed.ok_or_else(seal::nothing_to_keep)?;
    if listed.kind() != secret.kind {
        let what = format!(
            "the value that is there is of kind {}",
            SECRET_KINDS.word(listed.kind())
        );
        return Err(seal::not_to_be_kept("kind", what));
    }
    Ok(listed.clone())
}

/// Refuses what cannot be a secret of its kind; warns of what is a weak one.
fn check_value(secret: &SecretSpec, value: &Plaintext) -> Result<Vec<Problem>, Problem> {
    let bytes = value.expose();
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
fn sealed(
    secret: &SecretSpec,
    value: &Plaintext,
    listed: Option<&v1::HookSecret>,
    context: &Context<'_>,
) -> Result<(v1::HookSecret, Step), Problem> {
    let version = seal::next_version(listed.map(|listed| listed.version), context.now);
    let endpoint = context.endpoint;
    let place = Place::hook_secret(endpoint, &secret.id, version);
    let key = keys::hook_secret(&endpoint.project, &endpoint.name, &secret.id, version);
    let step = seal::seal(context.sealing, KeyClass::HookSecrets, &place, key, value)?;
    let hook_secret = v1::HookSecret {
        id: secret.id.clone(),
        kind: secret.kind.into(),
        version,
        accept_until: None,
        created_at: Some(context.now),
    };
    Ok((hook_secret, step))
}
