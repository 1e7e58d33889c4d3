//! Lists in pages.

use crate::http::Request;

/// How a kind of host calls and bounds its pages.
pub(crate) struct Paging {
    /// The parameter that says how long a page is to be.
    pub(crate) size: &'static str,
    /// How long it is if nobody says so.
    pub(crate) usual: usize,
    /// The longest: who asks for more gets this, and is not told.
    pub(crate) most: usize,
    /// The links in the order in which the host writes them.
    pub(crate) order: [&'static str; 4],
    /// Whether the first and the last page are linked on every page.
    pub(crate) ends_always: bool,
}

/// One page of a list.
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
    pub(crate) total: usize,
}

impl Page {
    /// The page that a request asks for. What is no number is the first page, and the usual length.
    pub(crate) fn of(paging: &Paging, request: &Request, total: usize) -> Self {
        let number = |name: &str| {
            let value = request.parameter(name)?.parse::<usize>().ok()?;
            (value > 0).then_some(value)
        };
        Self {
            number: number("page").unwrap_or(1),
            size: number(paging.size).unwrap_or(paging.usual).min(paging.most),
            total,
        }
    }

    /// What stands on it.
    pub(crate) fn cut<T>(&self, items: Vec<T>) -> Vec<T> {
        let before = self.size.saturating_mul(self.number - 1);
        items.into_iter().skip(before).take(self.size).collect()
    }

    /// How many pages there are, at least one.
    pub(crate) fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    /// The next page, if there is one.
    pub(crate) fn next(&self) -> Option<usize> {
        (self.number < self.last()).then_some(self.number + 1)
    }

    /// The page before, if there is one.
    pub(crate) fn previous(&self) -> Option<usize> {
        (self.number > 1).then_some(self.number - 1)
    }

    /// The `Link` header; `None` if there is nothing to link.
    pub(crate) fn links(&self, paging: &Paging, api: &str, request: &Request) -> Option<String> {
        let links = paging.order.iter().filter_map(|&rel| {
            let number = match rel {
                "next" => self.next()?,
                "prev" => self.previous()?,
                "first" => (paging.ends_always || self.number > 1).then_some(1)?,
                _ => (paging.ends_always || self.next().is_some()).then(|| self.last())?,
            };
            Some(format!(
                "<{}>; rel=\"{rel}\"",
                self.link(paging, api, request, number)
            ))
        });
        let links: Vec<_> = links.collect();
        (!links.is_empty()).then(|| links.join(", "))
    }

    fn link(&self, paging: &Paging, api: &str, request: &Request, number: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in request.parameters() {
            if name != "page" && name != paging.size {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("page", &number.to_string());
        query.append_pair(paging.size, &self.size.to_string());
        format!("{api}{}?{}", request.path, query.finish())
    }
}
