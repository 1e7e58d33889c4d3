//! The two states of a delivery.

use std::borrow::Cow;

use sluice_events::{Timestamp, v1};

use crate::{Headers, form};

/// A request that nothing vouches for yet. Its body can be verified, and nothing else.
#[derive(Debug)]
pub struct Unverified<'a> {
    /// All headers of the request.
    pub headers: Headers<'a>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The second segment of the URL, if there was one.
    pub path_secret: Option<&'a str>,
    /// When its last byte came.
    pub received_at: Timestamp,
}

/// A delivery whose sender is proved, or vouched for by a shared secret.
///
/// There is one way to get it: [`Unverified::verify`].
#[derive(Debug)]
pub struct Verified<'a> {
    pub(crate) request: Unverified<'a>,
    pub(crate) payload: Cow<'a, [u8]>,
    pub(crate) verification: v1::Verification,
}

impl<'a> Verified<'a> {
    /// The JSON that the host sent: the body, or the `payload` field of a form.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// All headers of the request. None but the signature is proved by it.
    pub fn headers(&self) -> &Headers<'a> {
        &self.request.headers
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &'a [u8] {
        self.request.body
    }

    /// When its last byte came.
    pub fn received_at(&self) -> Timestamp {
        self.request.received_at
    }

    /// What vouches for it.
    pub fn verification(&self) -> &v1::Verification {
        &self.verification
    }
}

impl<'a> Unverified<'a> {
    /// Whether the body is a form, by its content type.
    pub(crate) fn is_form(&self) -> bool {
        let content_type = self.headers.first("content-type");
        let essence = content_type.split(';').next().unwrap_or_default();
        essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// The JSON inside: the body, or the `payload` field of a form.
    pub(crate) fn json(&self) -> Option<Cow<'a, [u8]>> {
        if self.is_form() {
            form::payload(self.body).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.body))
        }
    }
}
