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
    pub(crate) fn read(request: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self {
            matches: tags(request, IF_MATCH)?,
            matches_none: tags(request, IF_NONE_MATCH)?,
        })
    }

    /// Whether it is only about what stands at certain revisions.
    pub(crate) fn names_revisions(&self) -> bool {
        matches!(self.matches, Some(Tags::These(_)))
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
fn tags(request: &HttpRequest, name: HeaderName) -> Result<Option<Tags>, Problem> {
    let mut values = request.headers().get_all(&name).peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    let texts = values.map(|value| value.to_str().unwrap_or_default());
    let tags: Vec<_> = texts
        .flat_map(|text| text.split(','))
        .map(|tag| tag.trim().to_owned())
        // Empty elements of a list count for nothing (RFC 9110, section 5.6.1.2); a list of nothing matches nothing.
        .filter(|tag| !tag.is_empty())
        .collect();
    if tags == ["*"] {
        return Ok(Some(Tags::Any));
    }
    if tags.iter().all(|tag| is_tag(tag)) {
        return Ok(Some(Tags::These(tags)));
    }
    let detail = format!("{name}: give what ETag has, or `*`");
    Err(Problem::new(StatusCode::BAD_REQUEST, detail))
}

fn is_tag(text: &str) -> bool {
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let inner = strong
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.contains('"'))
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
            ("if-match", "W/\"7\"", false, false),
            ("if-match", "", false, false),
            ("if-none-match", "", true, true),
            ("if-match", "\"7\",", true, false),
            ("if-match", "*", true, false),
            ("if-none-match", "*", false, true),
            ("if-none-match", "\"7\"", false, true),
            ("if-none-match", "\"6\"", true, true),
            ("x", "*", true, true),
        ] {
            let request = TestRequest::default().insert_header((name, value));
            let precondition = Precondition::read(&request.to_http_request()).unwrap();
            assert_eq!(precondition.check(Some(7)).is_ok(), at_7, "{name}: {value}");
            assert_eq!(precondition.check(None).is_ok(), absent, "{name}: {value}");
            assert_eq!(precondition.is_given(), name != "x");
            let named = name == "if-match" && value != "*";
            assert_eq!(precondition.names_revisions(), named);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for value in ["7", "{}", "\"7", "\"7\" \"8\"", "*, \"7\"", "w/\"7\""] {
            let request = TestRequest::default().insert_header(("if-match", value));
            assert!(
                Precondition::read(&request.to_http_request()).is_err(),
                "{value}"
            );
        }
    }
}
