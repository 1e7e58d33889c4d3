//! Manifests of files, with the secrets that they point to: read here, and never by a server (rule S6).

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use sluice_daemon::Invocation;
use sluice_registry::{MAX_MANIFEST_BYTES, Manifest, parse_in, parse_json, resolve};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The manifests of all files. Those that name no project are of this one.
pub(super) fn read(
    files: &[PathBuf],
    project: &str,
    invocation: &Invocation,
) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for file in files {
        manifests.extend(read_file(file, project, invocation)?);
    }
    Ok(manifests)
}

fn read_file(file: &Path, project: &str, invocation: &Invocation) -> anyhow::Result<Vec<Manifest>> {
    let (name, text) = match file == Path::new("-") {
        true => ("standard input".to_owned(), bounded(io::stdin())),
        false => {
            let opened = File::open(file);
            (file.display().to_string(), opened.and_then(bounded))
        }
    };
    let text = text.with_context(|| format!("cannot read {name}"))?;
    let wrong = || format!("{name} cannot be applied");
    // A list is what `sluice get -o json` prints; YAML has documents instead.
    let manifests = match text.trim_ascii_start().first() {
        Some(b'[') => parse_json(&text, project),
        _ => parse_in(&text, project),
    };
    let manifests = manifests.with_context(wrong)?;
    if manifests.is_empty() {
        return Err(Failure::refused(format!("{name} declares nothing"), ""));
    }
    let environment = |name: &str| invocation.env.get(name).map(OsString::from);
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let resolved = resolve(manifests, environment, folder.unwrap_or(Path::new(".")));
    resolved.map_err(|problems| anyhow!(problems).context(wrong()))
}

/// A little more than may be, so that what is too large is noticed.
fn bounded(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    from.take(MAX_MANIFEST_BYTES as u64 + 1)
        .read_to_end(&mut text)?;
    Ok(text)
}
