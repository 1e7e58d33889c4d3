//! What an answer means.

use bytes::Bytes;
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION},
};
use serde::de::DeserializeOwned;
use sluice_events::Timestamp;

use super::{asked::Asked, limits::Limits, route, said};
use crate::{ApiError, error::problem, read};

/// An answer that says yes.
pub(crate) struct Answer {
    /// What was asked, for messages.
    pub(super) about: String,
    /// Whether what was asked changed something.
    pub(super) changes: bool,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where the next page is, as the host writes it.
    pub(super) next: Option<String>,
}

impl Answer {
    /// What it says.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        read::json(&self.body).map_err(|what| self.not_understood(&what))
    }

    /// How long the list is of which this is a page, where the host says it.
    pub(super) fn total(&self) -> Option<usize> {
        let total = self.headers.get("x-total-count")?;
        total.to_str().ok()?.parse().ok()
    }

    /// That it cannot be understood.
    pub(crate) fn not_understood(&self, what: &str) -> ApiError {
        let error = problem!(
            Answer,
            "{}: the answer is not understood: {what}",
            self.about
        );
        let error = error.at_status(self.status.as_u16());
        match self.changes {
            true => error.with_unknown_outcome(),
            false => error,
        }
    }

    /// What the host's clock showed.
    pub(crate) fn host_time(&self) -> Option<Timestamp> {
        host_time(&self.headers)
    }

    /// What a header says. `None`: it is absent, or no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What the host's clock showed, as HTTP has it.
fn host_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let time = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some(Timestamp::from_seconds(time.as_second()))
}

/// An answer as it came.
pub(super) struct Came<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) limits: Limits,
}

impl Came<'_> {
    /// Whether it says yes; if not, what it says.
    pub(super) fn judged(&self, asked: &Asked<'_>) -> Result<(), ApiError> {
        let status = self.status.as_u16();
        let error = match status {
            203 => self.sign_in(),
            200..=299 => match self.is_page() {
                Some(true) => self.sign_in(),
                Some(false) => problem!(Answer, "the answer is neither JSON nor empty"),
                None => return Ok(()),
            },
            301 | 302 | 303 | 307 | 308 => self.elsewhere(asked),
            300..=399 => problem!(
                Answer,
                "the host answers with status {status}, which nothing asked for"
            ),
            _ if self.is_limit() => self.too_much(),
            400..=499 => self.refused(asked),
            _ => problem!(Server, "the host failed with status {status}"),
        };
        let known = (300..=499).contains(&status);
        let error = asked
            .explain(error, &self.said())
            .at_status(status)
            .at_host_time(host_time(self.headers));
        match known || !asked.changes() {
            true => Err(error),
            false => Err(error.with_unknown_outcome()),
        }
    }

    fn refused(&self, asked: &Asked<'_>) -> ApiError {
        match self.status.as_u16() {
            401 if asked.is_anonymous() => problem!(Unauthorized, "the host wants a credential"),
            401 => problem!(Unauthorized, "the host does not take the credential"),
            402 | 403 | 451 if asked.is_anonymous() => problem!(
                Forbidden,
                "forbidden to those without a credential, or to everybody"
            ),
            402 | 403 | 451 => problem!(
                Forbidden,
                "forbidden: the credential has not the right, or nobody has"
            ),
            404 | 410 if asked.is_anonymous() => {
                problem!(NotFound, "missing, or not shown without a credential")
            }
            404 | 410 => problem!(NotFound, "missing, or the credential may not see it"),
            409 => problem!(Conflict, "what is there stands against it"),
            status => problem!(Refused, "the host refuses it with status {status}"),
        }
    }

    /// A host's secondary limits come as 403.
    fn is_limit(&self) -> bool {
        let told = self.limits.retry_after.is_some() || self.limits.used_up;
        match self.status.as_u16() {
            429 => true,
            403 => told || self.said().to_ascii_lowercase().contains("rate limit"),
            _ => false,
        }
    }

    fn too_much(&self) -> ApiError {
        let until = Timestamp::now().plus(self.limits.wait());
        problem!(RateLimited, "too many calls; not before {until}").until(until)
    }

    /// A page, or a way to one, where data was asked for: so hosts and proxies ask people to sign in.
    fn sign_in(&self) -> ApiError {
        problem!(
            Unauthorized,
            "the host answers with a page instead of data, as for signing in; is the credential right, and is this the address of its API?"
        )
    }

    /// Redirects are not followed: whoever stands at the other end would be shown the credential.
    fn elsewhere(&self, asked: &Asked<'_>) -> ApiError {
        let (base, location) = (asked.base(), self.header(LOCATION.as_str()));
        let below = route::below(base, location);
        if let Some(path) = below.filter(|path| asked.is_clean(path)) {
            return problem!(Moved, "it has moved on this host; ask for it by its id").to(path);
        }
        let page = ["sign_in", "signin", "login"];
        match base.join(location) {
            Ok(to) if page.iter().any(|word| to.path().contains(word)) => self.sign_in(),
            Ok(to) if to.origin() != base.origin() => problem!(
                Moved,
                "the host redirects to {}, where nothing is sent",
                to.origin().ascii_serialization()
            ),
            _ => problem!(
                Moved,
                "the host redirects out of its API, which is not followed"
            ),
        }
    }

    /// Whether it is a page for people. `None`: it is JSON, or nothing.
    fn is_page(&self) -> Option<bool> {
        let kind = self.kind();
        let json = kind == "application/json" || kind.ends_with("+json");
        let page = kind == "text/html" || kind == "application/xhtml+xml";
        (!self.body.is_empty() && !json).then_some(page)
    }

    fn kind(&self) -> String {
        let kind = self.header(CONTENT_TYPE.as_str());
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }

    fn said(&self) -> String {
        match self.status.as_u16() {
            200..=399 => String::new(),
            _ => said::words(&self.kind(), self.body),
        }
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }
}
