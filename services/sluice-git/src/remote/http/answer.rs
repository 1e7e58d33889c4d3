//! What a status, a header or a failure means.

use std::{error::Error, io::Read};

use reqwest::{Response, Url, header::CONTENT_TYPE, header::LOCATION};
use rustls::CertificateError;
use sluice_git::{GitError, GitProblem, problem, scrub::Scrub};

use super::body::Body;

/// Most bytes of an error's body that are shown.
const SHOWN: u64 = 512;

/// Why an answer is none that can be used.
pub(super) struct Verdict {
    problem: GitProblem,
    message: String,
    /// Whether what the body says is for people.
    told: bool,
}

impl Verdict {
    /// With what the body says.
    pub(super) fn with(self, body: Body<'_>) -> GitError {
        let mut said = Vec::new();
        if self.told {
            // What cannot be read explains nothing.
            let _ = body.take(SHOWN).read_to_end(&mut said);
        }
        let said = Scrub::default().text(&said);
        match said.is_empty() {
            true => GitError::new(self.problem, self.message),
            false => GitError::new(self.problem, format!("{}: {said}", self.message)),
        }
    }
}

/// Whether the answer is what was asked for.
pub(super) fn judge(
    response: &Response,
    wanted: &str,
    credential: bool,
    origin: &str,
) -> Result<(), Verdict> {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let kind = header(CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let status = response.status();
    let (problem, message) = match status.as_u16() {
        200 if kind == wanted => return Ok(()),
        200 if wanted.ends_with("advertisement") => (
            GitProblem::Unsupported,
            format!(
                "{origin} has no smart Git service at this address (it answers with `{kind}`); is the address a repository's?"
            ),
        ),
        200 => (
            GitProblem::Corrupt,
            format!("{origin} answers with `{kind}` instead of a pack"),
        ),
        300..=399 => (
            GitProblem::Address,
            redirected(header(LOCATION), response.url(), origin),
        ),
        401 if credential => (
            GitProblem::Credential,
            format!("{origin} refuses the credential"),
        ),
        401 => (
            GitProblem::Credential,
            format!("{origin} wants a credential for this repository"),
        ),
        403 if credential => (
            GitProblem::Credential,
            format!("{origin} forbids this repository to the credential"),
        ),
        403 => (
            GitProblem::Credential,
            format!("{origin} forbids this repository"),
        ),
        404 | 410 => (
            GitProblem::NotFound,
            format!("{origin} has no such repository, or does not show it"),
        ),
        _ => (GitProblem::Remote, format!("{origin} answers {status}")),
    };
    let told = kind == "text/plain" && !status.is_redirection() && !status.is_success();
    Err(Verdict {
        problem,
        message,
        told,
    })
}

/// A redirect names only the origin that it points to: what else is in it may be a secret.
fn redirected(location: &str, asked: &Url, origin: &str) -> String {
    match asked.join(location) {
        Ok(to) if to.origin() == asked.origin() => {
            format!(
                "{origin} says that the repository has moved to another path; register its new address"
            )
        }
        Ok(to) if to.has_host() => {
            let to = to.origin().ascii_serialization();
            format!(
                "{origin} redirects to {to}, where nothing is sent; if the repository has moved, register its new address"
            )
        }
        _ => format!(
            "{origin} redirects to elsewhere; if the repository has moved, register its new address"
        ),
    }
}

/// Why there was no answer.
pub(super) fn failure(error: &reqwest::Error, origin: &str) -> GitError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        let tls = inner.downcast_ref::<rustls::Error>();
        match tls {
            Some(rustls::Error::InvalidCertificate(why)) => {
                return problem!(
                    Identity,
                    "the certificate of {origin} is not to be trusted: {}",
                    in_words(why)
                );
            }
            Some(why) => return problem!(Network, "no secure connection to {origin}: {why}"),
            None => cause = within(inner),
        }
    }
    match error.is_timeout() {
        true => problem!(Timeout, "{origin} did not answer"),
        false => problem!(Network, "no connection to {origin}: {}", innermost(error)),
    }
}

/// What is wrong with a certificate; rustls itself has only the names of most.
fn in_words(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "no authority that is trusted for this host vouches for it; if the host has its own, register it as `ca`"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::BadSignature => "its signature is wrong".to_owned(),
        why => why.to_string(),
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
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
