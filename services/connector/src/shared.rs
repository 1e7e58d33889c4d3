//! A repository of which another webhook tells, such as its owner's: at the host nothing is done for it.

use sluice_events::v1::{
    ConnectionProblemKind, Endpoint, RegisteredRepository, StepOutcome, scope::Of,
};
use sluice_repositories::Registered;

use crate::{fault::Fault, handler::Connector, hook::Proved, manual::newest, state::Standing};

impl Connector {
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
        // Of several that count, the one that something has come by.
        let mut secrets = endpoint.secrets.iter();
        let known =
            secrets.find(|secret| Some(secret.version) == learnt && secret.accept_until.is_none());
        let hook = self.hook_by(&endpoint, known.or_else(|| newest(&endpoint)));
        let said = format!("webhook of {} tells of it", owner_of(&endpoint));
        self.wait_by(registered, standing, hook, &said).await
    }
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
