//! `PUT` of a hook.

use super::{
    GitLab,
    hooks::{address, take},
};
use crate::serve::Outcome;

impl GitLab<'_> {
    /// The address must be sent even if it stays; another address takes the secret token away, unless one comes along.
    /// It revives no hook that was disabled.
    pub(super) fn edit_hook(&mut self, id: u64) -> Outcome {
        let given = self.parameters()?;
        let url = address(&given)?;
        let signing = self.signing(&given)?;
        let version = self.state.version;
        if let Some(hook) = self.state.hook_mut(id) {
            if hook.url != url {
                hook.secret = None;
                hook.url = url;
            }
            if let Some(signing) = signing {
                hook.signing = signing;
            }
            take(hook, &given, version);
        }
        self.read_hook(id)
    }
}
