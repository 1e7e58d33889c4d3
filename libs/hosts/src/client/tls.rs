//! Who vouches for a host's certificate.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{ApiError, error::problem};

/// The host's own authorities and no others; or, if it has none, those of the system.
pub(super) fn config(ca: &str) -> Result<ClientConfig, ApiError> {
    let roots = match ca.trim() {
        "" => of_the_system(),
        pem => own(pem)?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| problem!(Tls, "TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A system without any trusts nobody, which the first connection says.
fn of_the_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, broken) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            broken,
            "this system has no certificate authorities; hosts without their own cannot be trusted"
        );
    }
    roots
}

fn own(pem: &str) -> Result<RootCertStore, ApiError> {
    let broken = |error: &dyn std::fmt::Display| {
        problem!(
            Tls,
            "the host's certificate authorities cannot be read: {error}"
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| broken(&error))?;
        roots.add(certificate).map_err(|error| broken(&error))?;
    }
    match roots.is_empty() {
        true => Err(broken(&"there is no certificate in them")),
        false => Ok(roots),
    }
}
