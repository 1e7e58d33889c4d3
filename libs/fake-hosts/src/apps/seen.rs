//! What tests see of the tokens that Apps have made.

use std::fmt;

use crate::FakeHost;

/// A token of an installation.
#[derive(Clone, PartialEq, Eq)]
pub struct SeenInstallationToken {
    /// Its value.
    pub value: String,
    /// The full names of the repositories that it is narrowed to. `None`: all of the installation.
    pub repositories: Option<Vec<String>>,
    /// What it may do: `contents:read`.
    pub permissions: Vec<String>,
    /// Whether it is still taken.
    pub alive: bool,
}

impl FakeHost {
    /// The tokens of installations, oldest first.
    pub fn installation_tokens(&self) -> Vec<SeenInstallationToken> {
        let state = self.state();
        let tokens = state.tokens.iter().filter_map(|token| {
            let reach = token.reach.as_ref()?;
            let name = |id: &u64| Some(state.full_name(state.repository(*id)?));
            let names = |ids: &Vec<u64>| ids.iter().filter_map(name).collect();
            let permissions = reach.permissions.iter();
            Some(SeenInstallationToken {
                value: token.value.expose().to_owned(),
                repositories: reach.repositories.as_ref().map(names),
                permissions: permissions
                    .map(|(name, level)| format!("{name}:{level}"))
                    .collect(),
                alive: !token.revoked && !state.expired(token),
            })
        });
        tokens.collect()
    }
}

impl fmt::Debug for SeenInstallationToken {
    /// Leaves the value out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenInstallationToken")
            .field("repositories", &self.repositories)
            .field("permissions", &self.permissions)
            .field("alive", &self.alive)
            .finish_non_exhaustive()
    }
}
