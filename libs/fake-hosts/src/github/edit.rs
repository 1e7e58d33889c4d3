//! `PATCH` of a hook as a whole.

use super::{Call, config::Config, hooks::events};
use crate::serve::Outcome;

impl Call<'_> {
    /// A `config` in the body replaces the old one as a whole.
    pub(super) fn edit_hook(&mut self, id: u64) -> Outcome {
        let body = self.body()?;
        let config = match body["config"].is_object() {
            true => Some(Config::of(&body["config"])?),
            false => None,
        };
        let whole = events(&body["events"])?;
        let added = events(&body["add_events"])?.unwrap_or_default();
        let removed = events(&body["remove_events"])?.unwrap_or_default();
        if let Some(hook) = self.state.hook_mut(id) {
            if let Some(config) = config {
                config.replace(hook);
            }
            if let Some(events) = whole {
                hook.events = events;
            }
            let known = hook.events.clone();
            let new = added.into_iter().filter(|event| !known.contains(event));
            hook.events.extend(new);
            hook.events.retain(|event| !removed.contains(event));
            hook.active = body["active"].as_bool().unwrap_or(hook.active);
        }
        self.read_hook(id)
    }
}
