//! `PATCH` of a hook as a whole.

use super::{GitHub, config::Config, hooks::events};
use crate::serve::Outcome;

impl GitHub<'_> {
    /// A `config` in the body replaces the old one as a whole.
    pub(super) fn edit_hook(&mut self, id: u64) -> Outcome {
        let body = self.body()?;
        let mut hook = self.known(id)?.clone();
        if body["config"].is_object() {
            Config::of(&body["config"])?.replace(&mut hook);
        }
        if let Some(events) = events(&body["events"])? {
            hook.events = events;
        }
        for event in events(&body["add_events"])?.unwrap_or_default() {
            if !hook.events.contains(&event) {
                hook.events.push(event);
            }
        }
        let removed = events(&body["remove_events"])?.unwrap_or_default();
        hook.events.retain(|event| !removed.contains(event));
        hook.active = body["active"].as_bool().unwrap_or(hook.active);
        self.is_new(hook.scope, Some(id), &hook.url, &hook.events)?;
        if let Some(known) = self.state.hook_mut(id) {
            hook.updated_at = known.updated_at;
            *known = hook;
        }
        self.read_hook(id)
    }
}
