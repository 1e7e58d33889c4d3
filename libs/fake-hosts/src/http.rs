//! Requests and answers, without knowing any web server.

use serde_json::Value;

/// A request to the API.
pub(crate) struct Request {
    pub(crate) method: String,
    /// Below the base of the API, as it was sent: `/repos/acme/web`. Whole if it is outside.
    pub(crate) path: String,
    /// The parts of the path, decoded one by one: `acme%2Fweb` is one part.
    pub(crate) segments: Vec<String>,
    /// As it was sent.
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The method and the parts of the path, to be matched.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.segments.iter().map(String::as_str);
        (&self.method, segments.collect())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What stands in the query, decoded.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        form(self.query.as_bytes())
    }

    /// One of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let parameters = self.parameters().into_iter();
        parameters
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .next()
    }

    /// The body; `None` if it is not JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// User and password of HTTP Basic authentication.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        scheme
            .eq_ignore_ascii_case("basic")
            .then(|| (user.to_owned(), password.to_owned()))
    }

    /// What follows one of these schemes in `Authorization`.
    pub(crate) fn scheme(&self, schemes: &[&str]) -> Option<&str> {
        let (scheme, value) = self.header("authorization")?.split_once(' ')?;
        let known = schemes
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
        known.then(|| value.trim())
    }
}

/// One part of a path, as it goes into one.
pub(crate) fn encoded(part: &str) -> String {
    percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A form or a query, taken apart.
pub(crate) fn form(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// An answer of the API.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".into(),
                "application/json; charset=utf-8".into(),
            )],
            body: body.to_string().into_bytes(),
        }
    }

    /// Without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
