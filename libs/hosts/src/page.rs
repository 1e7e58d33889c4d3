//! Lists that come in pages.

use crate::{ApiError, error::problem};

/// Most pages of one list. A host that has more of them than anybody can mean is not followed for ever.
const MOST_PAGES: u32 = 1000;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is in it, in the host's order.
    pub items: Vec<T>,
    /// Where the rest begins, if there is more.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The same page of what each item becomes.
    pub(crate) fn map<U>(self, of: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(of).collect(),
            next: self.next,
        }
    }
}

/// Where in a list the next page begins. Good for the list and the host that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Path and query below the API's address.
    pub(crate) to: String,
    pages: u32,
}

impl Cursor {
    /// Behind the page that `from` pointed to; the first one had none.
    pub(crate) fn after(from: Option<&Self>, to: String) -> Result<Self, ApiError> {
        let pages = from.map_or(1, |from| from.pages + 1);
        if from.is_some_and(|from| from.to == to) {
            return Err(problem!(
                Answer,
                "the host gives the same page as the next one"
            ));
        }
        match pages < MOST_PAGES {
            true => Ok(Self { to, pages }),
            false => Err(problem!(
                Answer,
                "the list goes on after {MOST_PAGES} pages, and is not followed further"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_does_not_end_is_left() {
        let mut cursor = None;
        for page in 1..MOST_PAGES {
            cursor = Some(Cursor::after(cursor.as_ref(), format!("/a?page={page}")).unwrap());
        }
        let error = Cursor::after(cursor.as_ref(), "/a?page=0".into()).unwrap_err();
        assert!(error.message.contains("after 1000 pages"), "{error}");
    }

    #[test]
    fn a_page_that_follows_itself_is_an_error() {
        let cursor = Cursor::after(None, "/a?page=2".into()).unwrap();
        assert!(Cursor::after(Some(&cursor), "/a?page=2".into()).is_err());
    }
}
