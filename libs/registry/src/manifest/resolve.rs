//! Secrets from files and environment variables, read by the process that applies the manifest (rule S6).
//!
//! A server never does this: what it is sent with `file:` or `env:` in it, [`plan`](crate::plan) refuses.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use super::{Manifest, SecretSpec, Source, Spec, read::secret_place};
use crate::{
    Plaintext,
    problem::{Problem, Problems, quoted},
};

/// Largest secret in bytes.
pub(crate) const MAX_SECRET_BYTES: usize = 4096;

/// Replaces every `file:` and `env:` by the value found there. Paths are relative to `folder`, the manifest's own; one
/// line break at a file's end does not count.
pub fn resolve(
    mut manifests: Vec<Manifest>,
    environment: impl Fn(&str) -> Option<OsString>,
    folder: &Path,
) -> Result<Vec<Manifest>, Problems> {
    let mut problems = Vec::new();
    for manifest in &mut manifests {
        let place = manifest.place();
        let Spec::Endpoint(endpoint) = &mut manifest.spec else {
            continue;
        };
        for (index, secret) in endpoint.secrets.iter_mut().enumerate() {
            if let Err(problem) = resolve_secret(secret, &environment, folder) {
                let secret = secret_place(index, &secret.id);
                problems.push(problem.within(secret).within(&place));
            }
        }
    }
    Problems::none_or(problems, manifests)
}

fn resolve_secret(
    secret: &mut SecretSpec,
    environment: impl Fn(&str) -> Option<OsString>,
    folder: &Path,
) -> Result<(), Problem> {
    let value = match &secret.source {
        Source::Kept | Source::Value(_) => return Ok(()),
        Source::File(path) => from_file(&folder.join(path))?,
        Source::Env(name) => from_environment(name, environment)?,
    };
    secret.source = Source::Value(value);
    Ok(())
}

fn from_file(path: &Path) -> Result<Plaintext, Problem> {
    let shown = quoted(&path.to_string_lossy());
    let problem = |what: String, remedy| Problem::new("file", what, remedy);
    let value = read_bounded(path)
        .map_err(|error| {
            problem(
                format!("{shown} cannot be read: {error}"),
                "check path and mode",
            )
        })?
        .without_final_newline();
    match value.bytes().len() {
        0 => Err(problem(
            format!("{shown} is empty"),
            "write the secret into it",
        )),
        length if length > MAX_SECRET_BYTES => Err(problem(
            format!("{shown} is larger than {MAX_SECRET_BYTES} bytes"),
            "check that it is the right file",
        )),
        _ => Ok(value),
    }
}

/// Reads a little more than the largest secret, so that one that is too large is noticed. The room is made at once:
/// a buffer that grows leaves copies behind.
fn read_bounded(path: &Path) -> io::Result<Plaintext> {
    let limit = MAX_SECRET_BYTES + 3;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    let mut file = File::open(path)?.take(limit as u64);
    file.read_to_end(&mut bytes)?;
    Ok(Plaintext::new(std::mem::take(&mut *bytes)))
}

fn from_environment(
    name: &str,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Plaintext, Problem> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(fits) {
        // Not repeated: it may be the secret itself, written in the wrong place.
        let remedy = "name the variable, not its value";
        return Err(Problem::new(
            "env",
            "it is not the name of a variable",
            remedy,
        ));
    }
    let value = environment(name).unwrap_or_default().into_encoded_bytes();
    if value.is_empty() {
        let what = format!(
            "the environment variable {} is not set or empty",
            quoted(name)
        );
        return Err(Problem::new("env", what, "set it where you apply"));
    }
    Ok(Plaintext::new(value))
}
