//! What goes wrong, as RFC 9457 says it: `application/problem+json`.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde::Serialize;
use sluice_bus::{AskError, LookupError, RecordError, Refusal};

/// Seconds after which it may be better.
const RETRY_SECONDS: &str = "2";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    /// The parameter that is wrong.
    parameter: Option<String>,
    /// The methods that are taken.
    allow: Option<String>,
    /// Everything that is wrong with what was sent.
    problems: Vec<Said>,
}

/// One thing that is wrong, or deserves a second look: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Said {
    pub(crate) place: String,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl From<&sluice_registry::Problem> for Said {
    fn from(problem: &sluice_registry::Problem) -> Self {
        Self {
            place: problem.place.clone(),
            what: problem.what.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}

/// Its body. Without a `type` it is `about:blank`: the status says what kind of problem it is.
#[derive(Serialize)]
struct Body<'p> {
    title: &'p str,
    status: u16,
    detail: &'p str,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'p str>,
    /// Everything that is wrong with what was sent.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'p [Said],
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            parameter: None,
            allow: None,
            problems: Vec::new(),
        }
    }

    /// The path takes these methods, and not this one.
    pub(crate) fn method(allow: String) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self {
            allow: Some(allow),
            ..Self::bare(status)
        }
    }

    /// What was sent can be read, and cannot be: everything that stands against it.
    pub(crate) fn wrong(
        detail: &str,
        problems: impl IntoIterator<Item = sluice_registry::Problem>,
    ) -> Self {
        let problems = problems.into_iter().map(|problem| Said::from(&problem));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail).because(problems.collect())
    }

    /// The same for these reasons.
    pub(crate) fn because(self, problems: Vec<Said>) -> Self {
        Self { problems, ..self }
    }

    /// A parameter cannot be used: why, and what is.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, detail)
        }
    }

    /// What a parameter names is not there.
    pub(crate) fn missing(name: &str, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::new(StatusCode::NOT_FOUND, detail)
        }
    }

    /// Our fault, and not for ever.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// A status and no more than its name.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self::new(status, status.canonical_reason().unwrap_or_default())
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Refused(Refusal { code, message }) => match StatusCode::from_u16(code) {
                Ok(status) if status.is_client_error() => Self::new(status, message),
                _ => Self::unavailable(message),
            },
            AskError::Nobody(_) | AskError::Unknown(..) => {
                tracing::warn!(%error, "a service does not answer");
                Self::unavailable(error.to_string())
            }
        }
    }
}

impl From<LookupError> for Problem {
    fn from(error: LookupError) -> Self {
        tracing::warn!(%error, "the bus does not answer");
        Self::unavailable("the events cannot be read at present")
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        tracing::warn!(%error, "a record cannot be read");
        Self::unavailable("the records cannot be read at present")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        let header = match self.status {
            StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "Bearer realm=\"sluice\"")),
            StatusCode::SERVICE_UNAVAILABLE => Some((RETRY_AFTER, RETRY_SECONDS)),
            _ => None,
        };
        let allow = self.allow.as_deref();
        if let Some(Ok(allow)) = allow.map(HeaderValue::from_str) {
            response.insert_header((ALLOW, allow));
        }
        if let Some((name, value)) = header {
            response.insert_header((name, HeaderValue::from_static(value)));
        }
        // What is left of a body is not read, so the connection cannot go on.
        let unread = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::REQUEST_TIMEOUT];
        if unread.contains(&self.status) {
            response.force_close();
        }
        let body = Body {
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
            parameter: self.parameter.as_deref(),
            problems: &self.problems,
        };
        response
            .content_type("application/problem+json")
            // Texts and a number: they can always be written.
            .body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_refuses_is_passed_on_and_the_rest_is_our_fault() {
        let refused = |code| Problem::from(AskError::Refused(Refusal::new(code, "why"))).status;
        for code in [400, 403, 404, 409, 422] {
            assert_eq!(refused(code).as_u16(), code);
        }
        for code in [0, 200, 302, 500, 503, 9999] {
            assert_eq!(refused(code), StatusCode::SERVICE_UNAVAILABLE, "{code}");
        }
        let nobody = Problem::from(AskError::Nobody("commit-log".into()));
        assert_eq!(nobody.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
