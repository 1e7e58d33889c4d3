//! Who vouches for a remote's certificate.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use sluice_git::{GitError, problem};

/// The host's own authorities and no others; or, if it has none, those of the system.
pub(super) fn config(ca: &str) -> Result<ClientConfig, GitError> {
    let mut roots = RootCertStore::empty();
    match ca.trim() {
        "" => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(problem!(
                    Identity,
                    "this system has no certificate authorities to judge the remote by"
                ));
            }
        }
        pem => {
            let broken = |error: &dyn std::fmt::Display| {
                problem!(
                    Identity,
                    "the host's certificate authorities cannot be read: {error}"
                )
            };
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|error| broken(&error))?;
                roots.add(certificate).map_err(|error| broken(&error))?;
            }
            if roots.is_empty() {
                return Err(broken(&"there is no certificate in them"));
            }
        }
    }
    trusting(roots)
}

/// Nobody vouches for anybody.
pub(super) fn nobody() -> Result<ClientConfig, GitError> {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, GitError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| problem!(Local, "TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
