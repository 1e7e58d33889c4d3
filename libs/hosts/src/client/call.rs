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
    /// Whether doing it twice is as good as once, whatever its method.
    pub(super) repeatable: bool,
    /// Whether it leaves something at the host, of which hosts take fewer.
    pub(super) creates: bool,
}

impl Call {
    /// Reads.
    pub(crate) fn get(route: Route) -> Self {
        Self {
            kept: true,
            ..Self::of(Method::GET, route)
        }
    }

    /// Makes something new that stays there.
    pub(crate) fn create(route: Route) -> Self {
        Self {
            creates: true,
            ..Self::post(route)
        }
    }

    /// Has something done.
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
            repeatable: false,
            creates: false,
        }
    }

    /// Doing it twice is as good as once: what is left of the first time does no harm.
    pub(crate) fn repeatable(self) -> Self {
        Self {
            repeatable: true,
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
        self.repeatable || matches!(self.method, Method::GET | Method::DELETE)
    }
}
