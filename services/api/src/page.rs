//! Pages of lists: how long they are, where they begin, and what leads to the next.

use actix_web::{HttpResponse, http::header::LINK};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::{problem::Problem, serve::Asked};

/// How many a page has if nobody says.
pub(crate) const USUAL: u32 = 50;

/// Where a list by project and name goes on. It names a place and proves nothing: whoever makes one up sees what they may.
pub(crate) struct Cursor {
    project: String,
    name: String,
}

impl Cursor {
    /// Reads what a page gave as `next`.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::parameter("after", "give what a page has as `next`");
        let place = hex::decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let place = place.ok_or_else(wrong)?;
        let (project, name) = place.split_once('/').ok_or_else(wrong)?;
        Ok(Self {
            project: project.to_owned(),
            name: name.to_owned(),
        })
    }

    /// What leads to what follows after this.
    pub(crate) fn after(project: &str, name: &str) -> String {
        hex::encode(format!("{project}/{name}"))
    }

    /// The project and the name that it stands at.
    pub(crate) fn place(&self) -> (String, String) {
        (self.project.clone(), self.name.clone())
    }

    /// Whether something stands after it.
    pub(crate) fn is_before(&self, project: &str, name: &str) -> bool {
        (project, name) > (self.project.as_str(), self.name.as_str())
    }
}

impl Asked {
    /// A page; where there is another one, with the address of that. `by` is the parameter that leads there.
    pub(crate) fn page<P: Serialize>(
        &self,
        page: &P,
        by: &str,
        next: Option<&str>,
    ) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(next) = next {
            let given = self.parameters.iter().filter(|(name, _)| *name != by);
            let all = given.chain([(by, next)]);
            let query: Vec<_> = all
                .map(|(name, value)| {
                    format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
                })
                .collect();
            let path = self.request.path();
            response.insert_header((LINK, format!("<{path}?{}>; rel=\"next\"", query.join("&"))));
        }
        response.json(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_behind_its_last() {
        let cursor = Cursor::read(&Cursor::after("a", "x")).unwrap();
        for (project, name) in [("a", "y"), ("a-b", "a"), ("b", "")] {
            assert!(cursor.is_before(project, name), "{project}/{name}");
        }
        for (project, name) in [("a", "x"), ("a", "w"), ("", "z")] {
            assert!(!cursor.is_before(project, name), "{project}/{name}");
        }
        for wrong in ["x", "a", "ff", "6100", "\u{e9}"] {
            assert!(Cursor::read(wrong).is_err(), "{wrong}");
        }
    }
}
