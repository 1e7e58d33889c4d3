//! A host's API, opened with somebody's credential.

use std::sync::Arc;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sluice_git::scrub::Scrub;
use tracing::Instrument;

use super::{Answer, Call, Client, Route, asked::Asked, route};
use crate::{ApiError, Cursor, Key, Page, error::problem};

/// Most pages of what is read whole, such as all hooks of a repository.
const WHOLE: usize = 10;

/// A client with a credential. Clones are one session.
#[derive(Clone)]
pub(crate) struct Session(Arc<Opened>);

pub(super) struct Opened {
    pub(super) client: Client,
    /// The same for every call, with the credential.
    pub(super) headers: HeaderMap,
    /// What takes the credential out of texts.
    pub(super) scrub: Scrub,
    /// Digest of the credential.
    pub(super) who: [u8; 32],
    pub(super) anonymous: bool,
}

impl Session {
    pub(crate) fn new(client: Client, key: &Key) -> Result<Self, ApiError> {
        let provider = client.provider();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(provider.accept()));
        for (name, value) in provider.headers() {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let mut who = Sha256::new();
        let mut scrub = Scrub::of(key.secret());
        if let Some((name, value)) = provider.opened_by(key)? {
            who.update(&*value);
            scrub = scrub.and(&value);
            let value = HeaderValue::from_bytes(&value);
            let mut value = value.map_err(|_| {
                problem!(
                    Credential,
                    "the credential has characters that cannot be sent"
                )
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self(Arc::new(Opened {
            client,
            headers,
            scrub,
            who: who.finalize().into(),
            anonymous: matches!(key, Key::Nobody),
        })))
    }

    /// Whether it is nobody's.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.0.anonymous
    }

    /// Reads one thing.
    pub(crate) async fn get<T: DeserializeOwned>(&self, route: Route) -> Result<T, ApiError> {
        self.call(Call::get(route)).await?.json()
    }

    /// Reads a page of a list, and where the next one is.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        route: Route,
        from: Option<&Cursor>,
    ) -> Result<Page<T>, ApiError> {
        self.page_in(route, from, |items: Vec<T>| items).await
    }

    /// The same of a list that is wrapped in something.
    pub(crate) async fn page_in<W: DeserializeOwned, T>(
        &self,
        route: Route,
        from: Option<&Cursor>,
        within: impl FnOnce(W) -> Vec<T>,
    ) -> Result<Page<T>, ApiError> {
        let route = from.map_or(route, Route::to);
        let answer = self.call(Call::get(route)).await?;
        let next = answer.next.as_deref().map(|next| {
            let below = route::below(&self.0.client.0.base, next);
            let to = below.ok_or_else(|| {
                answer.not_understood("its next page is at another address than the host's API")
            })?;
            Cursor::after(from, to)
        });
        Ok(Page {
            items: within(answer.json()?),
            next: next.transpose()?,
        })
    }

    /// Reads a list to its end, which must not be far.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        route: Route,
    ) -> Result<Vec<T>, ApiError> {
        let path = route.path().to_owned();
        let (mut all, mut next): (Vec<T>, _) = (Vec::new(), None);
        for _ in 0..WHOLE {
            let page = self.page(route.clone(), next.as_ref()).await?;
            all.extend(page.items);
            match page.next {
                Some(cursor) => next = Some(cursor),
                None => return Ok(all),
            }
        }
        Err(self.endless(&path))
    }

    /// The same of a list that says how long it is and not where its next page is.
    pub(crate) async fn whole_counted<T: DeserializeOwned>(
        &self,
        route: Route,
        a_page: usize,
    ) -> Result<Vec<T>, ApiError> {
        let limited = route.with("limit", &a_page.to_string());
        let path = limited.path().to_owned();
        let mut all: Vec<T> = Vec::new();
        for number in 1..=WHOLE {
            let route = limited.clone().with("page", &number.to_string());
            let answer = self.call(Call::get(route)).await?;
            let items: Vec<T> = answer.json()?;
            let (found, total) = (items.len(), answer.total());
            all.extend(items);
            // It may give fewer at a time than it was asked for.
            let over = total.map_or(found < a_page, |total| all.len() >= total);
            if found == 0 || over {
                return Ok(all);
            }
        }
        Err(self.endless(&path))
    }

    fn endless(&self, path: &str) -> ApiError {
        problem!(
            Answer,
            "GET {path} at {}: the list goes on after {WHOLE} pages",
            self.0.client.0.host
        )
    }

    /// Makes a call: waits for the budget, tries, and tries again where that is harmless.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, ApiError> {
        let shared = &self.0.client.0;
        let url = call.route.below(&shared.base)?;
        let asked = Asked {
            session: &self.0,
            call: &call,
            url,
        };
        let span = tracing::debug_span!(
            "host_api",
            provider = shared.provider.name(),
            host = shared.host,
            method = %call.method,
            path = call.route.path()
        );
        asked.tries().instrument(span).await
    }
}
