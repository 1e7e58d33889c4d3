//! The headers of a request, without knowing any web server.

use thiserror::Error;

/// Names in lower case with their values, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a>(Vec<(&'a str, &'a [u8])>);

/// A header that must stand alone came twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("header `{0}` came more than once or is not text")]
pub struct RepeatedHeader(pub &'static str);

impl<'a> Headers<'a> {
    /// The value of a header that must come at most once and must be text.
    pub fn single(&self, name: &'static str) -> Result<Option<&'a str>, RepeatedHeader> {
        let mut values = self.0.iter().filter(|(header, _)| *header == name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => std::str::from_utf8(value)
                .map(Some)
                .map_err(|_| RepeatedHeader(name)),
            (Some(_), Some(_)) => Err(RepeatedHeader(name)),
        }
    }

    /// The first value of a header as text; empty if it is absent or not text. For what proves nothing.
    pub fn first(&self, name: &str) -> &'a str {
        let found = self.0.iter().find(|(header, _)| *header == name);
        found
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
            .unwrap_or_default()
    }
}

impl<'a> FromIterator<(&'a str, &'a [u8])> for Headers<'a> {
    /// Collects names, which must be in lower case, and values.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}
