//! A webhook that a person installs: it is waited for what comes by it.

use sluice_events::{
    Timestamp,
    v1::{ConnectionProblemKind, Hook, StepOutcome},
};
use sluice_repositories::Registered;

use crate::{
    fault::{Again, Fault, problem},
    handler::Connector,
    hook::{Proved, age},
    state::Standing,
};

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
        let secrets = endpoint.record.secrets.iter();
        let newest = secrets.max_by_key(|secret| secret.version);
        let hook = Hook {
            endpoint: endpoint.record.name.clone(),
            base: self.hooks_url.clone(),
            secret_version: newest.map_or(0, |secret| secret.version),
            installed_at: newest.and_then(|secret| secret.created_at),
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
        if !self.note_proof(registered, standing).await? {
            let said = "unproved until the first delivery";
            standing.step("prove", StepOutcome::Running, said);
            return Ok(Proved::NotYet);
        }
        age::note(&mut standing.record, &registered.record);
        match standing.record.hook.as_ref().and_then(age::is_over) {
            None => Ok(Proved::Yes),
            Some(until) => Err(over(until, registered)),
        }
    }
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
