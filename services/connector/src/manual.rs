//! A webhook that a person installs: it is waited for what comes by it.

use sluice_events::v1::{ConnectionProblemKind, Hook, StepOutcome};
use sluice_repositories::Registered;

use crate::{fault::Fault, handler::Connector, hook::Proved, state::Standing};

impl Connector {
    /// Waits for the first delivery. The endpoint was made with the repository, by whoever showed its secret.
    pub(crate) async fn wait_for_first(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Proved, Fault> {
        // One of our own would be told the same things twice.
        if standing
            .record
            .hook
            .as_ref()
            .is_some_and(|hook| !hook.id.is_empty())
        {
            self.unhook(registered, standing, false).await?;
        }
        let Some(endpoint) = self.endpoints.made_for(registered).await? else {
            let what = "its webhook has no address yet";
            standing.step("install", StepOutcome::Failed, what);
            let remedy =
                "`sluice repositories hook` makes one, and shows what to paste at the host";
            return Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy));
        };
        let newest = endpoint.record.secrets.iter().map(|secret| secret.version);
        let hook = Hook {
            endpoint: endpoint.record.name.clone(),
            base: self.hooks_url.clone(),
            secret_version: newest.max().unwrap_or(0),
            ..Hook::default()
        };
        let known = standing.record.hook.as_ref();
        let same = known.is_some_and(|known| {
            (&known.endpoint, known.secret_version) == (&hook.endpoint, hook.secret_version)
        });
        if !same {
            standing.record.hook = Some(hook);
        }
        standing.step(
            "install",
            StepOutcome::Skipped,
            "somebody installs it by hand",
        );
        match self.note_proof(registered, standing).await? {
            true => Ok(Proved::Yes),
            false => {
                let said = "unproved until the first delivery";
                standing.step("prove", StepOutcome::Running, said);
                Ok(Proved::NotYet)
            }
        }
    }
}
