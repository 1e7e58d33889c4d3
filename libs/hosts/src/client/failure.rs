//! Why there was no answer.

use std::error::Error;

use rustls::CertificateError;
use sluice_egress::EgressError;

use crate::{ApiError, error::problem};

/// What became of a try that brought no answer.
pub(super) struct Failure {
    pub(super) error: ApiError,
    /// Whether the host may have got what was asked.
    pub(super) sent: bool,
}

/// In our words. What is asked holds secrets, so of the error only its causes are told.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    let sent = !error.is_connect() && !error.is_builder();
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<EgressError>() {
            let error = of_egress(refused);
            return Failure { error, sent: false };
        }
        if let Some(why) = inner.downcast_ref::<rustls::Error>() {
            let error = problem!(Tls, "{}", in_words(why));
            return Failure { error, sent };
        }
        cause = within(inner);
    }
    let error = match error.is_timeout() {
        true if sent => problem!(Timeout, "no answer in time"),
        true => problem!(Timeout, "no connection in time"),
        false if sent => problem!(Network, "the connection broke: {}", innermost(error)),
        false => problem!(Network, "no connection: {}", innermost(error)),
    };
    Failure { error, sent }
}

/// What the policy for addresses says.
pub(super) fn of_egress(error: &EgressError) -> ApiError {
    match error {
        EgressError::Refused { .. } | EgressError::Elsewhere { .. } => problem!(Address, "{error}"),
        EgressError::Unresolved { .. } | EgressError::NoAddress { .. } => {
            problem!(Network, "{error}")
        }
    }
}

fn in_words(why: &rustls::Error) -> String {
    match why {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the host's certificate is not to be trusted: no authority that is trusted for this host vouches for it; if the host has its own, register it as `ca`"
                .to_owned()
        }
        rustls::Error::InvalidCertificate(why) => {
            format!("the host's certificate is not to be trusted: {why}")
        }
        why => format!("no secure connection: {why}"),
    }
}

/// What an error comes of. Errors of TLS come inside of those of the connection, whose `source` passes over them.
fn within<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let held = error.downcast_ref().and_then(std::io::Error::get_ref);
    match held {
        Some(held) => Some(held),
        None => error.source(),
    }
}

/// The cause of causes, which says most.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
