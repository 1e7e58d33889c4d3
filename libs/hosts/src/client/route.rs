//! Where below the API's address a call goes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::{ApiError, Cursor, error::problem};

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path below the API's address with its query, spelt so that no part of it changes where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    path: String,
    query: String,
    /// What is told of it, where the path itself is a secret.
    shown: Option<&'static str>,
}

impl Route {
    /// Of these segments; a slash in one of them is part of it.
    pub(crate) fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, UNRESERVED));
        }
        Self {
            path,
            query: String::new(),
            shown: None,
        }
    }

    /// Told of as this: a part of the path is a secret.
    pub(crate) fn shown_as(self, shown: &'static str) -> Self {
        Self {
            shown: Some(shown),
            ..self
        }
    }

    /// Where the next page of a list is.
    pub(crate) fn to(cursor: &Cursor) -> Self {
        let (path, query) = match cursor.to.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (cursor.to.as_str(), String::new()),
        };
        Self {
            path: path.to_owned(),
            query,
            shown: None,
        }
    }

    /// With a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.query.push(match self.query.is_empty() {
            true => '?',
            false => '&',
        });
        self.query.push_str(name);
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, UNRESERVED));
        self
    }

    /// What may be shown: without the query.
    pub(crate) fn path(&self) -> &str {
        self.shown.unwrap_or(&self.path)
    }

    /// Path and query.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    /// The whole address.
    pub(super) fn below(&self, base: &Url) -> Result<Url, ApiError> {
        let base = base.as_str().trim_end_matches('/');
        let text = format!("{base}{}{}", self.path, self.query);
        // What reads otherwise than it was written would lead elsewhere.
        match Url::parse(&text) {
            Ok(url) if url.as_str() == text => Ok(url),
            _ => Err(problem!(
                Address,
                "a name in the path would lead to another path"
            )),
        }
    }
}

/// Where an address that the host gives leads to: path and query below the API's address, if it is there.
pub(super) fn below(base: &Url, given: &str) -> Option<String> {
    let url = base.join(given).ok()?;
    let named = !url.username().is_empty() || url.password().is_some();
    if url.origin() != base.origin() || named || url.as_str().len() > 4096 {
        return None;
    }
    let path = url.path().strip_prefix(base.path().trim_end_matches('/'))?;
    if !path.starts_with('/') {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}"));
    Some(format!("{path}{}", query.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        Url::parse("https://git.corp:8443/gitlab/api/v4").unwrap()
    }

    #[test]
    fn no_name_changes_the_path() {
        let route = Route::of(["projects", "a/../b?c#d%2e&e"]).with("q", "x&y=z");
        assert_eq!(
            route.below(&base()).unwrap().as_str(),
            "https://git.corp:8443/gitlab/api/v4/projects/a%2F..%2Fb%3Fc%23d%252e%26e?q=x%26y%3Dz"
        );
        for step in ["..", "."] {
            let error = Route::of(["repos", step, "web"])
                .below(&base())
                .unwrap_err();
            assert_eq!(error.problem, crate::Problem::Address);
        }
    }

    #[test]
    fn what_a_host_points_to_is_below_its_api_or_nothing() {
        let inside = "https://git.corp:8443/gitlab/api/v4/projects?page=2";
        assert_eq!(below(&base(), inside).as_deref(), Some("/projects?page=2"));
        assert_eq!(
            below(&base(), "/gitlab/api/v4/projects/7").as_deref(),
            Some("/projects/7")
        );
        for elsewhere in [
            "https://git.corp/gitlab/api/v4/projects",
            "http://git.corp:8443/gitlab/api/v4/projects",
            "https://evil.example/gitlab/api/v4/projects",
            "https://u@git.corp:8443/gitlab/api/v4/projects",
            "//evil.example/gitlab/api/v4/a",
            "/gitlab/api/v4x/projects",
            "/gitlab/api/v4/../../admin",
            "/gitlab/users/sign_in",
            "https://",
        ] {
            assert_eq!(below(&base(), elsewhere), None, "{elsewhere}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_one_segment_or_refused(name in ".{1,40}") {
            if let Ok(url) = Route::of(["repos", &name, "hooks"]).below(&base()) {
                let segments: Vec<_> = url.path_segments().unwrap().collect();
                prop_assert_eq!(segments.len(), 6);
                prop_assert_eq!(segments[5], "hooks");
                let decoded = percent_decode_str(segments[4]).decode_utf8().unwrap();
                prop_assert_eq!(decoded, name);
            }
        }
    }
}
