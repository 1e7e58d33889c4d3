//! The credentials that a change of their host disables (rule S5).
//!
//! What a host says of its addresses and of whom to believe there decides who gets a credential. So whoever changes that
//! has to have the credential: its value is entered again together with the change, and what stands there is deleted
//! before the change. A credential is disabled by a change of what it relies on: a token or a password by the web
//! address, the API's and the authorities; a key by the address of SSH and its host keys; all by private addresses.

use std::collections::BTreeSet;

use sluice_events::v1::{self, CredentialKind};

use crate::{Kind, Manifest, Object, Problem, Snapshot, Source, Spec, host, problem::named};

/// The credentials that the change disables; a refusal where one of them is not entered again.
pub(super) fn by_change<'r>(
    existing: &v1::Host,
    host: &v1::Host,
    records: &'r Snapshot,
    manifests: &[Manifest],
) -> Result<Vec<&'r v1::Credential>, Vec<Problem>> {
    let disabled: Vec<_> = records
        .credentials()
        .filter(|credential| credential.host == host.name)
        .filter(|credential| relies_on_change(credential.kind(), existing, host))
        .collect();
    let entered: BTreeSet<_> = manifests
        .iter()
        .filter(|manifest| gives_value(manifest))
        .map(Manifest::object)
        .collect();
    let missing: Vec<_> = disabled
        .iter()
        .map(|one| Object::new(Kind::Credential, &one.project, &one.name))
        .filter(|object| !entered.contains(object))
        .collect();
    if missing.is_empty() {
        return Ok(disabled);
    }
    Err(vec![Problem::new(
        "spec",
        format!(
            "where it is, or who is believed there, changes, and credentials were entered for it as it was: {}",
            named(&missing)
        ),
        "declare them in the same file with their values",
    )])
}

fn relies_on_change(kind: CredentialKind, existing: &v1::Host, host: &v1::Host) -> bool {
    let web = |host: &v1::Host| (host.url.clone(), host.api_url.clone(), host.ca.clone());
    let ssh = |host: &v1::Host| (host::ssh_origin(host), host.ssh_host_keys.clone());
    let (web, ssh) = (web(existing) != web(host), ssh(existing) != ssh(host));
    let changed = match kind {
        CredentialKind::Token | CredentialKind::Password | CredentialKind::App => web,
        CredentialKind::SshKey => ssh,
        CredentialKind::Unspecified => web || ssh,
    };
    changed || existing.private_addresses != host.private_addresses
}

fn gives_value(manifest: &Manifest) -> bool {
    let Spec::Credential(spec) = &manifest.spec else {
        return false;
    };
    !matches!(spec.source, Source::Kept | Source::Made)
}
