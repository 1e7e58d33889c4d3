//! Secrets and certificates from files and environment variables, read by the process that applies the manifest (rule
//! S6).
//!
//! A server never does this: what it is sent with `file:` or `env:` in it, [`plan`](crate::plan) refuses.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use super::{HostSpec, Manifest, Source, Spec, credential_place, secret_place};
use crate::{
    Plaintext, credential,
    host::MAX_CA_BYTES,
    plaintext::MAX_SECRET_BYTES,
    problem::{Problem, Problems, quoted},
};

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
        let found = resolve_spec(&mut manifest.spec, &environment, folder);
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
    }
    Problems::none_or(problems, manifests)
}

fn resolve_spec(
    spec: &mut Spec,
    environment: &impl Fn(&str) -> Option<OsString>,
    folder: &Path,
) -> Vec<Problem> {
    let source = |source: &mut Source, limit| resolve_source(source, limit, environment, folder);
    match spec {
        Spec::Project(_) | Spec::Repository(_) => Vec::new(),
        Spec::Host(spec) => Vec::from_iter(resolve_ca(spec, folder).err()),
        Spec::Credential(spec) => {
            let failed = source(&mut spec.source, credential::max_bytes(spec.kind)).err();
            let place = credential_place(spec.kind);
            Vec::from_iter(failed.map(|problem| problem.within(place)))
        }
        Spec::Endpoint(spec) => {
            let secrets = spec.secrets.iter_mut().enumerate();
            let failed = secrets.filter_map(|(index, secret)| {
                let problem = source(&mut secret.source, MAX_SECRET_BYTES).err()?;
                Some(problem.within(secret_place(index, &secret.id)))
            });
            failed.collect()
        }
    }
}

fn resolve_source(
    source: &mut Source,
    limit: usize,
    environment: &impl Fn(&str) -> Option<OsString>,
    folder: &Path,
) -> Result<(), Problem> {
    let value = match source {
        Source::Kept | Source::Made | Source::Value(_) => return Ok(()),
        Source::File(path) => from_file(&folder.join(path), limit)?,
        Source::Env(name) => from_environment(name, environment)?,
    };
    *source = Source::Value(value);
    Ok(())
}

fn resolve_ca(spec: &mut HostSpec, folder: &Path) -> Result<(), Problem> {
    let Some(path) = &spec.ca_file else {
        return Ok(());
    };
    let read = from_file(&folder.join(path), MAX_CA_BYTES).and_then(|text| {
        let text = String::from_utf8(text.expose().to_vec());
        text.map_err(|_| Problem::new("file", "it is not text", "give certificates as PEM"))
    });
    spec.host.ca = read.map_err(|problem| problem.within("spec.ca"))?;
    spec.ca_file = None;
    Ok(())
}

fn from_file(path: &Path, limit: usize) -> Result<Plaintext, Problem> {
    let shown = quoted(&path.to_string_lossy());
    let problem = |what: String, remedy| Problem::new("file", what, remedy);
    let value = read_bounded(path, limit)
        .map_err(|error| {
            problem(
                format!("{shown} cannot be read: {error}"),
                "check path and mode",
            )
        })?
        .without_final_newline();
    match value.expose().len() {
        0 => Err(problem(
            format!("{shown} is empty"),
            "write the value into it",
        )),
        length if length > limit => Err(problem(
            format!("{shown} is larger than {limit} bytes"),
            "check that it is the right file",
        )),
        _ => Ok(value),
    }
}

/// Reads a little more than the limit, so that what is too large is noticed. The room is made at once: a buffer that
/// grows leaves copies behind.
fn read_bounded(path: &Path, limit: usize) -> io::Result<Plaintext> {
    let limit = limit + 3;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    let mut file = File::open(path)?.take(limit as u64);
    file.read_to_end(&mut bytes)?;
    Ok(Plaintext::from(bytes))
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
