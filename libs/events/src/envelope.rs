//! CloudEvents 1.0 in the NATS binding's binary mode: attributes as headers, the event's data as the payload.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::{Fact, Timestamp, v1::Trust};

/// A header of a message: name and value.
pub type Header = (Cow<'static, str>, String);

/// The binding encodes blank, double quote, percent and everything that is not printable ASCII.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// The attributes of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Unique together with `source`; a repeat that the host marks as one has the same.
    pub id: String,
    /// The repository's web address, from the registry.
    pub source: String,
    /// Type, such as `dev.sluice.git.branch.updated.v1`.
    pub event_type: String,
    /// The ref or the change, such as `refs/heads/main` or `42`. Empty where there is none.
    pub subject: String,
    /// When it happened, else when we learnt of it.
    pub time: Timestamp,
    /// Project that owns the record.
    pub project: String,
    /// Identity of what happened; absent where an event tells no fact of a host.
    pub fact: Option<Fact>,
    /// What the event is worth.
    pub trust: Trust,
    /// The host's id of the delivery. Empty where there was none.
    pub delivery: String,
    /// Our operation that caused it, when Sluice did. Empty otherwise.
    pub operation: String,
}

/// Why headers are no envelope.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// A required attribute is absent.
    #[error("header `{0}` is missing")]
    Missing(&'static str),
    /// The value of an attribute cannot be read.
    #[error("header `{0}` cannot be read")]
    Unreadable(&'static str),
    /// Another major version of CloudEvents.
    #[error("CloudEvents version `{0}` is not 1.0")]
    Version(String),
}

impl Envelope {
    /// The headers to publish it with; empty optional attributes are left out.
    pub fn to_headers(&self) -> Vec<Header> {
        let time = self.time.to_string();
        let fact = self.fact.as_ref().map(Fact::as_str).unwrap_or_default();
        let attributes: [(&'static str, &str); 12] = [
            ("ce-specversion", "1.0"),
            ("ce-id", &self.id),
            ("ce-source", &self.source),
            ("ce-type", &self.event_type),
            ("ce-subject", &self.subject),
            ("ce-time", &time),
            ("ce-datacontenttype", "application/json"),
            ("ce-sluiceproject", &self.project),
            ("ce-sluicefact", fact),
            ("ce-sluicetrust", self.trust.word()),
            ("ce-sluicedelivery", &self.delivery),
            ("ce-sluiceoperation", &self.operation),
        ];
        let present = attributes
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        present
            .map(|(name, value)| {
                (
                    Cow::Borrowed(name),
                    utf8_percent_encode(value, ENCODED).to_string(),
                )
            })
            .collect()
    }

    /// Reads the attributes of a message through `header`, which finds a header's value by its lower-case name.
    pub fn from_headers<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
    ) -> Result<Self, EnvelopeError> {
        let optional = |name: &'static str| match header(name) {
            Some(value) => match percent_decode_str(value).decode_utf8() {
                Ok(value) => Ok(Some(value.into_owned())),
                Err(_) => Err(EnvelopeError::Unreadable(name)),
            },
            None => Ok(None),
        };
        let required = |name| optional(name)?.ok_or(EnvelopeError::Missing(name));
        let version = required("ce-specversion")?;
        if version != "1.0" {
            return Err(EnvelopeError::Version(version));
        }
        Ok(Self {
            id: required("ce-id")?,
            source: required("ce-source")?,
            event_type: required("ce-type")?,
            subject: optional("ce-subject")?.unwrap_or_default(),
            time: Timestamp::parse(&required("ce-time")?)
                .ok_or(EnvelopeError::Unreadable("ce-time"))?,
            project: optional("ce-sluiceproject")?.unwrap_or_default(),
            fact: optional("ce-sluicefact")?.map(Fact::from_header),
            trust: Trust::from_word(&optional("ce-sluicetrust")?.unwrap_or_default()),
            delivery: optional("ce-sluicedelivery")?.unwrap_or_default(),
            operation: optional("ce-sluiceoperation")?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            id: "1".into(),
            source: "https://git.example/acme/web".into(),
            event_type: "dev.sluice.git.branch.updated.v1".into(),
            subject: "refs/heads/tête \"100%\"".into(),
            time: Timestamp::from_seconds(0),
            project: "default".into(),
            fact: None,
            trust: Trust::Signed,
            delivery: String::new(),
            operation: String::new(),
        }
    }

    fn value<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
        headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn values_are_encoded_as_the_binding_says() {
        let headers = envelope().to_headers();
        assert_eq!(
            value(&headers, "ce-subject"),
            Some("refs/heads/t%C3%AAte%20%22100%25%22")
        );
        assert_eq!(value(&headers, "ce-sluicedelivery"), None);
        assert!(
            headers
                .iter()
                .all(|(_, value)| value.bytes().all(|b| b.is_ascii_graphic()))
        );
    }

    #[test]
    fn every_envelope_comes_back() {
        let headers = envelope().to_headers();
        assert_eq!(
            Envelope::from_headers(|name| value(&headers, name)),
            Ok(envelope())
        );
    }

    #[test]
    fn says_which_attribute_is_wrong() {
        let mut headers = envelope().to_headers();
        headers.retain(|(name, _)| name != "ce-id");
        assert_eq!(
            Envelope::from_headers(|name| value(&headers, name)),
            Err(EnvelopeError::Missing("ce-id"))
        );
        headers.push((Cow::Borrowed("ce-id"), "%FF".into()));
        assert_eq!(
            Envelope::from_headers(|name| value(&headers, name)),
            Err(EnvelopeError::Unreadable("ce-id"))
        );
    }

    #[test]
    fn an_unknown_trust_is_a_hint() {
        let mut headers = envelope().to_headers();
        headers.retain(|(name, _)| name != "ce-sluicetrust");
        headers.push((Cow::Borrowed("ce-sluicetrust"), "absolute".into()));
        let read =
            Envelope::from_headers(|name| value(&headers, name)).map(|envelope| envelope.trust);
        assert_eq!(read, Ok(Trust::Hint));
    }
}
