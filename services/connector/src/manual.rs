//! A webhook that a person installs: it is waited for what comes by it.

use sluice_events::{
    Timestamp,
    v1::{ConnectionProblemKind, Endpoint, Hook, HookSecret, StepOutcome},
};
use sluice_repositories::Registered;

use crate::{
    fault::{Again, Fault, problem},
    handler::Connector,
    hook::{Proved, age},
    state::Standing,
    whose::Whose,
};

impl Connector {
    /// Waits for the first delivery. The endpoint was made with the repository, by whoever showed its secret.
    pub(crate) async fn wait_for_first(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Proved, Fault> {
        self.remove_own(registered, standing).await?;
        let Some(endpoint) = self.endpoints.made_for(registered.into()).await? else {
            let what = "its webhook has no address yet";
            standing.step("install", StepOutcome::Failed, what);
            let remedy =
                "`sluice repositories hook` makes one, and shows what to paste at the host";
            return Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy));
        };
        let newest = newest(&endpoint.record);
        let hook = Hook {
            installed_at: newest.and_then(|secret| secret.created_at),
            ..self.hook_by(&endpoint.record, newest)
        };
        let said = "somebody installs it by hand";
        let proved = self.wait_by(registered, standing, hook, said).await?;
        age::note(&mut standing.record, &registered.record);
        match standing.record.hook.as_ref().and_then(age::is_over) {
            Some(until) if proved == Proved::Yes => Err(over(until, registered)),
            _ => Ok(proved),
        }
    }

    /// One of our own would tell the same things twice.
    pub(crate) async fn remove_own(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<(), Fault> {
        let hook = standing.record.hook.as_ref();
        let is_ours = hook.is_some_and(|hook| !hook.id.is_empty());
        if is_ours || !standing.record.obsolete.is_empty() || standing.record.intent.is_some() {
            let whose = Whose::Repository(registered);
            self.unhook(whose, standing, false).await?;
        }
        Ok(())
    }

    /// A webhook that somebody else installs, by a secret of its endpoint.
    pub(crate) fn hook_by(&self, endpoint: &Endpoint, secret: Option<&HookSecret>) -> Hook {
        Hook {
            endpoint: endpoint.name.clone(),
            base: self.hooks_url.clone(),
            secret_version: secret.map_or(0, |secret| secret.version),
            ..Hook::default()
        }
    }

    /// Waits for something that proves this webhook.
    pub(crate) async fn wait_by(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        hook: Hook,
        said: &str,
    ) -> Result<Proved, Fault> {
        let known = standing.record.hook.as_ref();
        let same = known.is_some_and(|known| {
            (&known.endpoint, known.secret_version) == (&hook.endpoint, hook.secret_version)
        });
        if !same {
            standing.record.hook = Some(hook);
        }
        standing.step("install", StepOutcome::Skipped, said);
        match self.note_proof(registered.into(), standing).await? {
            true => Ok(Proved::Yes),
            false => {
                let said = "unproved until the first delivery";
                standing.step("prove", StepOutcome::Running, said);
                Ok(Proved::NotYet)
            }
        }
    }
}

/// The newest secret.
pub(crate) fn newest(endpoint: &Endpoint) -> Option<&HookSecret> {
    endpoint.secrets.iter().max_by_key(|secret| secret.version)
}

/// That its secret is older than it may be. Somebody may replace it at any time.
fn over(until: Timestamp, registered: &Registered) -> Fault {
    let what = format!("its webhook was to be used until {until}; what comes by it is still taken");
    let (project, name) = (&registered.record.project, &registered.record.name);
    let remedy = format!(
        "`sluice repositories hook -p {project} {name} --new-secret` shows another secret, to paste at the host"
    );
    Fault::Host {
        problem: problem(ConnectionProblemKind::Hook, what, remedy),
        again: Again::Later(None),
    }
}
