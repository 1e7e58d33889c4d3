//! What opens a repository that is added, or many. Secrets come in by a file or standard input.

use std::{io::Read, path::Path};

use anyhow::Context;
use sluice_events::v1::CredentialKind;
use sluice_registry::{CredentialSpec, Plaintext, Source};
use zeroize::Zeroizing;

use crate::{arguments::repositories::Access, failure::Failure};

/// Most bytes of a secret that is read: keys are longer than tokens.
const MAX_SECRET: u64 = 64 * 1024;

/// What opens it, under the repository's name; or a name of something that is declared, or nothing.
pub(super) enum Opener {
    Declared(String),
    New(Box<CredentialSpec>),
    Nothing,
}

impl Opener {
    /// What the words of the command say.
    pub(super) fn of(
        access: &Access,
        project: &str,
        name: &str,
        host: &str,
    ) -> anyhow::Result<Self> {
        let given = [
            (&access.token_file, CredentialKind::Token),
            (&access.password_file, CredentialKind::Password),
            (&access.ssh_key_file, CredentialKind::SshKey),
        ];
        let given = given
            .into_iter()
            .find_map(|(file, kind)| Some((file.as_ref()?, kind)));
        let (kind, source) = match (given, &access.credential) {
            (Some((file, kind)), _) => (kind, Source::Value(secret(file)?)),
            (None, _) if access.new_ssh_key => (CredentialKind::SshKey, Source::Made),
            (None, Some(name)) => return Ok(Self::Declared(name.clone())),
            (None, None) => return Ok(Self::Nothing),
        };
        Ok(Self::New(Box::new(CredentialSpec {
            project: project.to_owned(),
            name: name.to_owned(),
            host: host.to_owned(),
            kind,
            user: access.user.clone(),
            app: None,
            source,
            expires_at: None,
            repositories: Vec::new(),
            grants: Vec::new(),
            set: String::new(),
        })))
    }
}

/// A secret from a file, or from standard input.
fn secret(file: &Path) -> anyhow::Result<Plaintext> {
    let mut text = Zeroizing::new(Vec::new());
    let read = match file == Path::new("-") {
        true => std::io::stdin().take(MAX_SECRET).read_to_end(&mut text),
        false => {
            std::fs::File::open(file).and_then(|file| file.take(MAX_SECRET).read_to_end(&mut text))
        }
    };
    read.with_context(|| format!("cannot read the secret from {}", file.display()))?;
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::refused(
            format!("{} holds no secret", file.display()),
            "",
        ));
    }
    Ok(Plaintext::from(text))
}
