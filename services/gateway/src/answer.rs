//! What a host is told.
//!
//! Never 3xx: Gitea and Forgejo follow it and post the signed body elsewhere. Never 410 or 500, and never 4xx for a
//! verified delivery that is merely unwelcome: GitLab and Azure DevOps disable hooks over those.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{ALLOW, HeaderValue, RETRY_AFTER},
    },
};

/// Seconds after which a host that retries should.
const RETRY_SECONDS: &str = "5";

/// The end of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The event is stored.
    Stored(Vec<String>),
    /// The event stood there already.
    Duplicate(Vec<String>),
    /// Verified, but not understood; kept in the ledger.
    Rejected,
    /// Unknown endpoint and bad proof alike.
    Unauthorized,
    /// The repository is not in the endpoint's scope.
    OutOfScope,
    /// The body broke off.
    BrokenBody,
    /// Only POST is taken.
    Method,
    /// The body took too long.
    Slow,
    /// The body is too large.
    TooLarge,
    /// Neither JSON nor a form, or encoded.
    MediaType,
    /// Our fault: not stored, or not known to be.
    Unavailable(&'static str),
}

impl Answer {
    /// Its word in metrics and logs.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Answer::Stored(_) => "stored",
            Answer::Duplicate(_) => "duplicate",
            Answer::Rejected => "rejected",
            Answer::Unauthorized => "unauthorized",
            Answer::OutOfScope => "out_of_scope",
            Answer::BrokenBody => "broken_body",
            Answer::Method => "method",
            Answer::Slow => "slow",
            Answer::TooLarge => "too_large",
            Answer::MediaType => "media_type",
            Answer::Unavailable(_) => "unavailable",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Answer::Stored(_) | Answer::Duplicate(_) | Answer::Rejected => StatusCode::ACCEPTED,
            Answer::Unauthorized => StatusCode::UNAUTHORIZED,
            Answer::OutOfScope => StatusCode::FORBIDDEN,
            Answer::BrokenBody => StatusCode::BAD_REQUEST,
            Answer::Method => StatusCode::METHOD_NOT_ALLOWED,
            Answer::Slow => StatusCode::REQUEST_TIMEOUT,
            Answer::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Answer::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Answer::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The body, JSON made of constants and event ids alone.
    fn body(&self) -> String {
        let says = |text: &str| format!(r#"{{"error":"{text}"}}"#);
        match self {
            Answer::Stored(ids) | Answer::Duplicate(ids) => {
                format!(r#"{{"outcome":"{}","events":["{}"]}}"#, self.outcome(), ids.join(r#"",""#))
            }
            Answer::Rejected => r#"{"outcome":"rejected","reason":"the delivery is genuine but was not understood"}"#.into(),
            Answer::Unauthorized => says("unknown endpoint or bad signature"),
            Answer::OutOfScope => says("the repository is not in the scope of this endpoint"),
            Answer::BrokenBody => says("the body broke off"),
            Answer::Method => says("only POST is taken here"),
            Answer::Slow => says("the body took too long"),
            Answer::TooLarge => says("the body is larger than 25 MiB"),
            Answer::MediaType => says("send JSON or a form, without content encoding"),
            Answer::Unavailable(why) => says(why),
        }
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = HttpResponse::build(answer.status());
        match answer {
            Answer::Unavailable(_) => {
                response.insert_header((RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS)));
            }
            Answer::Method => {
                response.insert_header((ALLOW, HeaderValue::from_static("POST")));
            }
            // What is left of a body is not read, so the connection cannot go on. Of a refused one nothing may be left,
            // but whether it goes on would tell an endpoint from an address that is none.
            Answer::TooLarge | Answer::Slow | Answer::MediaType | Answer::Unauthorized => {
                response.force_close();
            }
            _ => {}
        }
        response
            .content_type("application/json")
            .body(answer.body())
    }
}
