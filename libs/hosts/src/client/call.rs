//! One call of an API.

use reqwest::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use super::Route;
use crate::{ApiError, error::problem};

/// What is asked.
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) route: Route,
    pub(super) body: Option<Zeroizing<Vec<u8>>>,
    /// What must not be shown beside the credential.
    pub(super) secrets: Vec<Zeroizing<Vec<u8>>>,
    /// Whether an answer that was kept will do, once the host says that it is still right.
    pub(super) kept: bool,
    /// Whether it leaves nothing behind that counts, whatever its method.
    pub(super) harmless: bool,
}

impl Call {
    /// Reads.
    pub(crate) fn get(route: Route) -> Self {
        Self {
            kept: true,
            ..Self::of(Method::GET, route)
        }
    }

    /// Makes something new, or has something done.
    pub(crate) fn post(route: Route) -> Self {
        Self::of(Method::POST, route)
    }

    /// Changes something.
    pub(crate) fn put(route: Route) -> Self {
        Self::of(Method::PUT, route)
    }

    /// Removes.
    pub(crate) fn delete(route: Route) -> Self {
        Self::of(Method::DELETE, route)
    }

    fn of(method: Method, route: Route) -> Self {
        Self {
            method,
            route,
            body: None,
            secrets: Vec::new(),
            kept: false,
            harmless: false,
        }
    }

    /// Doing it twice is as good as once, and the host does not count it among what creates something.
    pub(crate) fn harmless(self) -> Self {
        Self {
            harmless: true,
            ..self
        }
    }

    /// With this as its body.
    pub(crate) fn with(self, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body)
            .map_err(|_| problem!(Answer, "what is asked cannot be written as JSON"))?;
        Ok(Self {
            body: Some(Zeroizing::new(body)),
            ..self
        })
    }

    /// Keeps this out of what is told of the call.
    pub(crate) fn hiding(mut self, secret: &[u8]) -> Self {
        self.secrets.push(Zeroizing::new(secret.to_vec()));
        self
    }

    /// Keeps an address out of it, also where its path is told alone.
    pub(crate) fn hiding_address(self, url: &str) -> Self {
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        self.hiding(url.as_bytes()).hiding(path.as_bytes())
    }

    /// Asks anew, because the headers of the answer count.
    pub(crate) fn anew(self) -> Self {
        Self {
            kept: false,
            ..self
        }
    }

    /// Whether asking twice is as good as asking once.
    pub(super) fn is_idempotent(&self) -> bool {
        self.harmless || matches!(self.method, Method::GET | Method::DELETE)
    }

    /// Whether the host may count it among what creates something.
    pub(super) fn creates(&self) -> bool {
        self.method == Method::POST && !self.harmless
    }
}
