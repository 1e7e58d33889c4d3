//! The access token that opens the API: from a file, standard input or the environment; never a word of the command.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use anyhow::Context;
use sluice_daemon::Invocation;
use sluice_registry::Plaintext;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Most bytes that are read: an access token is far shorter.
const MAX: u64 = 4096;

/// The token: of the file that is named, else of the one that `sluice up` wrote beside the address, else of the
/// environment, whose token may be meant for another API.
pub(crate) fn token(
    named: Option<&Path>,
    written: Option<&Path>,
    invocation: &Invocation,
) -> anyhow::Result<Plaintext> {
    let env = |name: &str| invocation.env.get(name).filter(|value| !value.is_empty());
    if let Some(file) = named.or(written.filter(|file| file.exists())) {
        return of_file(file);
    }
    if let Some(value) = env("SLUICE_API_TOKEN") {
        return of_text(value.as_bytes(), "SLUICE_API_TOKEN");
    }
    let none = || {
        let hint = "name a file with it by --api-token-file, or set SLUICE_API_TOKEN or SLUICE_API_TOKEN_FILE";
        Failure::refused("the API wants an access token", hint)
    };
    let file = env("SLUICE_API_TOKEN_FILE").ok_or_else(none)?;
    of_file(Path::new(file))
}

fn of_file(file: &Path) -> anyhow::Result<Plaintext> {
    let mut text = Zeroizing::new(Vec::with_capacity(MAX as usize + 1));
    let read = match file == Path::new("-") {
        true => io::stdin().take(MAX).read_to_end(&mut text),
        false => File::open(file).and_then(|file| file.take(MAX).read_to_end(&mut text)),
    };
    read.with_context(|| format!("cannot read the access token from {}", file.display()))?;
    of_text(&text, &file.display().to_string())
}

fn of_text(text: &[u8], place: &str) -> anyhow::Result<Plaintext> {
    let text = text.trim_ascii();
    // What could not stand in a header is no token, and an error of HTTP would not say so.
    if text.is_empty() || !text.iter().all(u8::is_ascii_graphic) {
        let what = format!("{place} holds no access token");
        return Err(Failure::refused(
            what,
            "put into it what `sluice access-tokens new` has shown",
        ));
    }
    Ok(Plaintext::new(text))
}
