//! `If-Match` and `If-None-Match` (RFC 9110, section 13): changes only what is still as it was seen.

use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{HeaderName, IF_MATCH, IF_NONE_MATCH},
    },
};

use crate::problem::Problem;

/// What a change relies on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Precondition {
    matches: Option<Tags>,
    matches_none: Option<Tags>,
}

/// The values of one of the two.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Precondition {
    pub(crate) fn read(request: &HttpRequest) -> Self {
        Self {
            matches: tags(request, IF_MATCH),
            matches_none: tags(request, IF_NONE_MATCH),
        }
    }

    /// Whether anything is said.
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// Refuses where the record, at this revision or not there, is not as it must be.
    pub(crate) fn check(&self, revision: Option<u64>) -> Result<(), Problem> {
        let tag = revision.map(|revision| format!("\"{revision}\""));
        let matches = |tags: &Tags| match (tags, &tag) {
            (_, None) => false,
            (Tags::Any, Some(_)) => true,
            (Tags::These(tags), Some(tag)) => tags.contains(tag),
        };
        let right = self.matches.as_ref().is_none_or(matches)
            && !self.matches_none.as_ref().is_some_and(matches);
        if right {
            return Ok(());
        }
        Err(failed(match tag {
            None => "it is not there; leave If-Match out, or say `If-None-Match: *`, to declare it"
                .to_owned(),
            Some(tag) => {
                format!("it is there and is at {tag} now: read it again, and send that as If-Match")
            }
        }))
    }
}

/// What was relied upon is not so.
pub(crate) fn failed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
}

/// What a header lists. A weak tag never equals ours, which are strong.
fn tags(request: &HttpRequest, name: HeaderName) -> Option<Tags> {
    let mut values = request.headers().get_all(name).peekable();
    values.peek()?;
    let texts = values.map(|value| value.to_str().unwrap_or_default());
    let tags: Vec<_> = texts
        .flat_map(|text| text.split(','))
        .map(|tag| tag.trim().to_owned())
        .collect();
    Some(match tags.iter().any(|tag| tag == "*") {
        true => Tags::Any,
        false => Tags::These(tags),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_change_is_made_to_what_was_seen_and_to_nothing_else() {
        for (name, value, at_7, absent) in [
            ("if-match", "\"7\"", true, false),
            ("if-match", "\"6\", \"7\"", true, false),
            ("if-match", "\"6\"", false, false),
            ("if-match", "7", false, false),
            ("if-match", "W/\"7\"", false, false),
            ("if-match", "", false, false),
            ("if-match", "*", true, false),
            ("if-none-match", "*", false, true),
            ("if-none-match", "\"7\"", false, true),
            ("if-none-match", "\"6\"", true, true),
            ("x", "*", true, true),
        ] {
            let request = TestRequest::default().insert_header((name, value));
            let precondition = Precondition::read(&request.to_http_request());
            assert_eq!(precondition.check(Some(7)).is_ok(), at_7, "{name}: {value}");
            assert_eq!(precondition.check(None).is_ok(), absent, "{name}: {value}");
            assert_eq!(precondition.is_given(), name != "x");
        }
    }
}
