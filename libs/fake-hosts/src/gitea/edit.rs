//! `PATCH` of a hook.

use super::{Gitea, hooks::is_http, problem};
use crate::serve::Outcome;

impl Gitea<'_> {
    /// Address and content type change if they are sent. Events, filter and `Authorization` are replaced if they are not,
    /// too; a secret is passed over with a friendly 200.
    pub(super) fn edit_hook(&mut self, id: u64) -> Outcome {
        let body = self.body()?;
        let mut hook = self.hook(id)?.clone();
        if let Some(url) = body["config"]["url"].as_str() {
            if !is_http(url) {
                return Err(problem(422, "Invalid url"));
            }
            url.clone_into(&mut hook.url);
        }
        if let Some(content_type) = body["config"]["content_type"].as_str() {
            if !matches!(content_type, "json" | "form") {
                return Err(problem(422, "Invalid content type"));
            }
            content_type.clone_into(&mut hook.content_type);
        }
        self.take(&mut hook, &body);
        hook.active = body["active"].as_bool().unwrap_or(hook.active);
        if let Some(known) = self.state.hook_mut(id) {
            let updated_at = known.updated_at;
            *known = hook;
            known.updated_at = updated_at;
        }
        self.read_hook(id)
    }
}
