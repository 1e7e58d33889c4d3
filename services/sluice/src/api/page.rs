//! Lists, page by page.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Api, Place};
use crate::failure::Failure;

/// How many a page has: the most that the API gives.
const LIMIT: &str = "200";

/// Most pages that are read: a server that never ends is none of ours.
const MAX_PAGES: usize = 10_000;

impl Api {
    /// All of a list that the API has under this name, which is the name of its member as well.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        name: &str,
        project: &str,
    ) -> anyhow::Result<Vec<T>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let query = [("project", project), ("limit", LIMIT), ("after", &after)];
            let place = Place {
                path: &[name],
                query: &query,
            };
            let mut page: Map<String, Value> = self.get(place).await?;
            let listed = page.remove(name).unwrap_or_default();
            let listed: Vec<T> = serde_json::from_value(listed).map_err(|_| self.unknown(name))?;
            all.extend(listed);
            match page.remove("next") {
                None => return Ok(all),
                Some(Value::String(next)) if next != after => after = next,
                Some(_) => break,
            }
        }
        Err(self.unknown(name))
    }

    fn unknown(&self, name: &str) -> anyhow::Error {
        let what = format!(
            "the API at {} lists {name} in a form that is not known here",
            self.base
        );
        Failure::failed(what, "use the `sluice` of the API's version")
    }
}
