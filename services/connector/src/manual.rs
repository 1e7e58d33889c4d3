//! A webhook that we do not install: it is waited for what comes by it. Somebody installs it by hand, or it is another's
//! and tells of the repository as well.

use sluice_events::v1::{
    ConnectionProblemKind, Endpoint, Hook, RegisteredRepository, StepOutcome, scope::Of,
};
use sluice_repositories::Registered;

use crate::{fault::Fault, handler::Connector, hook::Proved, state::Standing, whose::Whose};

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
        let said = "somebody installs it by hand";
        self.wait_by(registered, standing, &endpoint.record, newest, said)
            .await
    }

    /// Waits until the webhook has proved itself that tells of the repository among others. At the host nothing is done.
    pub(crate) async fn told_by_another(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Proved, Fault> {
        self.remove_own(registered, standing).await?;
        self.endpoints.delete(registered.into()).await?;
        let record = &registered.record;
        let name = &record.shared_endpoint;
        let found = self.endpoints.named(&record.project, name).await?;
        let endpoint = found.map(|found| found.record);
        let endpoint = endpoint.filter(|endpoint| covers(endpoint, record));
        let Some(endpoint) = endpoint else {
            let what = format!("the endpoint `{name}` is not there, or not for this repository");
            standing.step("install", StepOutcome::Failed, &what);
            let remedy = "name one of the same project and host that is for its owner, or say `webhook: managed`";
            return Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy));
        };
        let learnt = self.endpoints.state_of(&endpoint).await?;
        let learnt = learnt.map(|state| state.secret_version);
        let listed = |version: &u64| {
            let mut secrets = endpoint.secrets.iter();
            secrets.any(|secret| secret.version == *version && secret.accept_until.is_none())
        };
        let version = learnt.filter(listed).unwrap_or_else(|| newest(&endpoint));
        let said = format!("webhook of {} tells of it", owner_of(&endpoint));
        self.wait_by(registered, standing, &endpoint, version, &said)
            .await
    }

    /// One of our own would tell the same things twice.
    async fn remove_own(
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

    /// Waits for something that this version of a secret of an endpoint proves.
    async fn wait_by(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        endpoint: &Endpoint,
        secret_version: u64,
        said: &str,
    ) -> Result<Proved, Fault> {
        let hook = Hook {
            endpoint: endpoint.name.clone(),
            base: self.hooks_url.clone(),
            secret_version,
            ..Hook::default()
        };
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

/// The version of the newest secret.
fn newest(endpoint: &Endpoint) -> u64 {
    let versions = endpoint.secrets.iter().map(|secret| secret.version);
    versions.max().unwrap_or(0)
}

/// Whether an endpoint takes what is told of a repository.
fn covers(endpoint: &Endpoint, record: &RegisteredRepository) -> bool {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let scope = endpoint.scope.as_ref().and_then(|scope| scope.of.as_ref());
    let owner = record.full_name.split('/').next().unwrap_or_default();
    let meant = match scope {
        Some(Of::Owner(expected)) => same(expected, owner),
        Some(Of::Repository(expected)) => same(expected, &record.full_name),
        Some(Of::Host(all)) => *all,
        None => false,
    };
    meant && endpoint.host == record.host && !endpoint.disabled
}

/// Whose webhook it is, for people.
fn owner_of(endpoint: &Endpoint) -> &str {
    match endpoint.scope.as_ref().and_then(|scope| scope.of.as_ref()) {
        Some(Of::Owner(owner)) => owner,
        _ => &endpoint.name,
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::Scope;

    use super::*;

    #[test]
    fn an_endpoint_tells_of_what_is_in_its_scope_at_its_host_and_of_nothing_else() {
        let record = RegisteredRepository {
            host: "forge".into(),
            full_name: "Acme/web".into(),
            ..RegisteredRepository::default()
        };
        let endpoint = |host: &str, of: Of| Endpoint {
            host: host.into(),
            scope: Some(Scope { of: Some(of) }),
            ..Endpoint::default()
        };
        let acme = || Of::Owner("acme".into());
        assert!(covers(&endpoint("forge", acme()), &record));
        assert!(covers(&endpoint("forge", Of::Host(true)), &record));
        assert!(!covers(&endpoint("other", acme()), &record));
        assert!(!covers(
            &endpoint("forge", Of::Owner("acme2".into())),
            &record
        ));
        let disabled = Endpoint {
            disabled: true,
            ..endpoint("forge", acme())
        };
        assert!(!covers(&disabled, &record));
    }
}
