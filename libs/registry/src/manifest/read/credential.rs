//! A credential, as it is written.

use sluice_events::v1::{self, CredentialKind};

use super::{source, time};
use crate::{
    CREDENTIAL_KINDS, CredentialSpec,
    manifest::{Source, wire},
    problem::Problem,
};

/// Reads it. Saying nothing of what it is, is left to the rules of credentials.
pub(super) fn read(
    project: String,
    name: String,
    spec: wire::Credential,
    problems: &mut Vec<Problem>,
) -> CredentialSpec {
    let (app, key) = spec.app.map(|app| taken_apart(*app)).unzip();
    let mut said = [
        (CredentialKind::Token, spec.token),
        (CredentialKind::Password, spec.user_password),
        (CredentialKind::SshKey, spec.ssh_key),
        (CredentialKind::App, key),
    ]
    .into_iter()
    .filter_map(|(kind, value)| Some((kind, value?)));
    let first = said.next();
    if said.next().is_some() {
        problems.push(Problem::new(
            "spec",
            "it says more than one thing",
            format!(
                "keep one of {}; make another credential for the rest",
                CREDENTIAL_KINDS.all()
            ),
        ));
    }
    let (kind, user, source) = match first {
        None => (CredentialKind::Unspecified, String::new(), Source::Kept),
        Some((kind, value)) => {
            let (source, ambiguous) = source(value.value, value.file, value.env, value.generate);
            let place = credential_place(kind);
            problems.extend(ambiguous.map(|problem| problem.within(place)));
            (kind, value.user, source)
        }
    };
    CredentialSpec {
        project,
        name,
        host: spec.host,
        kind,
        user,
        app: app.filter(|_| kind == CredentialKind::App),
        source,
        expires_at: time("spec.expiresAt", spec.expires_at.as_deref(), problems),
        repositories: spec.repositories,
        grants: spec.grants.into_iter().map(grant).collect(),
        set: String::new(),
    }
}

/// Which App it is, and where its private key comes from.
fn taken_apart(app: wire::App) -> (v1::CredentialApp, wire::Value) {
    let key = wire::Value {
        user: String::new(),
        value: app.value,
        file: app.file,
        env: app.env,
        generate: false,
    };
    let app = v1::CredentialApp {
        id: app.id,
        installation: app.installation,
        key_version: 0,
    };
    (app, key)
}

fn grant(grant: wire::Grant) -> v1::CredentialGrant {
    v1::CredentialGrant {
        project: grant.project,
        repositories: grant.repositories,
    }
}

/// Where the value of a credential stands, for messages.
pub(crate) fn credential_place(kind: CredentialKind) -> String {
    format!("spec.{}", CREDENTIAL_KINDS.word(kind))
}
