//! The webhook of an owner, which tells of all repositories that an import registers; and the end of an import.
//!
//! It has a connection as a repository has one, under the import's key, and is kept by the same code.

use sluice_bus::{RecordError, Records, Versioned};
use sluice_events::v1::{
    Connection, ConnectionBasis, ConnectionProblemKind, ConnectionRequest, ConnectionStatus, Host,
    Import, ImportStatus, OperationState, StepOutcome, WebhookKind,
};
use sluice_hosts::Identity;
use sluice_registry::{effective_host, keys, may_open_all_of, tells_of};

use crate::{
    fault::{Again, Fault},
    handler::{Connector, Ended, Work, decide, stands},
    hosts::Opened,
    import::lasts,
    openings::Opening,
    state::Standing,
    whose::{Spot, Whose},
};

/// Most repositories that a message names.
const NAMED: usize = 10;

impl Connector {
    /// Looks at the webhook of an import's owner, unless another replica does.
    pub(crate) async fn look_at_owner(
        &self,
        import: &Import,
        opening: Opening,
    ) -> Result<(), Fault> {
        let key = keys::import_connection(&import.project, &import.name);
        let Some(mut standing) = self.connections.claim(&key).await? else {
            return Ok(());
        };
        // As it is now: somebody may have asked for something else.
        let found = self.import_of(import).await?;
        let ended = match &found {
            None => Ok(Ended::Gone(Vec::new())),
            Some(found) => match decide(&standing.record) {
                Work::Remove(request) => self
                    .end_import(&found.record, &mut standing, &request)
                    .await
                    .map(Ended::Gone),
                Work::Connect => self.keep_owner(&found.record, &mut standing).await,
            },
        };
        let (state, reason) = match ended {
            Ok(Ended::Gone(left)) => {
                let requests = std::mem::take(&mut standing.record.requests);
                let left = left.join("; ");
                self.answer(&requests, OperationState::Done, &left).await?;
                return Ok(self.connections.delete(&standing).await?);
            }
            Ok(Ended::Stands(status, problem)) => {
                self.note_stands(&mut standing, &key, status, problem);
                (OperationState::Done, String::new())
            }
            Err(Fault::Host { problem, again }) => {
                // Whom its credential is for is nothing that it is looked at with.
                let again = match again {
                    Again::Changed if lasts(&problem) => Again::Usual,
                    again => again,
                };
                tracing::warn!(
                    import = key,
                    problem = problem.message,
                    "the webhook of an owner does not stand"
                );
                let reason = self.note_failed(&mut standing, &key, problem, again);
                (OperationState::Failed, reason)
            }
            Err(fault @ Fault::Bus(_)) => {
                let _ = self.connections.release(&mut standing).await;
                return Err(fault);
            }
        };
        let now = found.map_or_else(Import::default, |found| found.record);
        standing.record.basis = Some(owner_basis(&now, opening, &self.hooks_url));
        self.let_go(&mut standing, state, &reason).await
    }

    /// Sees to it that there is one webhook for all, as long as it is wanted or somebody relies on it.
    async fn keep_owner(&self, import: &Import, standing: &mut Standing) -> Result<Ended, Fault> {
        let host = self.host_of(import).await?;
        let whose = Whose::Owner(import, &host);
        if import.webhook() != WebhookKind::Shared && self.who_relies(whose).await?.is_empty() {
            self.unhook(whose, standing, false).await?;
            self.endpoints.delete(whose).await?;
            return Ok(Ended::Gone(Vec::new()));
        }
        self.note_proof(whose, standing).await?;
        let (opened, identity) = self.open_owner(import).await?;
        // As it is now: somebody may have narrowed what it is for (rule S5).
        if !may_open_all_of(opened.credential(), &import.project, &import.owner) {
            let what = format!(
                "the credential `{}` is not for all that `{}` has, and its webhook tells of all",
                import.credential, import.owner
            );
            let remedy = "give it all, or import with `webhook: managed`";
            return Err(Fault::mend(ConnectionProblemKind::Rights, what, remedy));
        }
        let login = identity.login.clone();
        standing.step("reach", StepOutcome::Done, format!("as {login}"));
        let spot = Spot::at_owner(import, &host, &opened, &identity);
        match self.keep_hook(&spot, standing).await {
            Ok(proved) => Ok(stands(proved, standing)),
            Err(fault) => Err(not_offered_here(fault)),
        }
    }

    /// Ends an import: its webhook goes first, if nobody relies on it, and what it has registered stays.
    async fn end_import(
        &self,
        import: &Import,
        standing: &mut Standing,
        request: &ConnectionRequest,
    ) -> Result<Vec<String>, Fault> {
        let host = self.host_of(import).await?;
        let whose = Whose::Owner(import, &host);
        let relying = self.who_relies(whose).await?;
        if !relying.is_empty() {
            let what = format!("its webhook tells of {}", named(&relying));
            let remedy =
                "give them webhooks of their own (`webhook: managed`) or delete them first";
            return Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy));
        }
        // Whoever lists it stops at the next page.
        self.change_import(import, |record| {
            record.set_status(ImportStatus::Ending);
            (record.due_at, record.claim) = (None, None);
            true
        })
        .await?;
        standing.stands(ConnectionStatus::Removing, None);
        let left = self.unhook(whose, standing, request.force).await?;
        self.endpoints.delete(whose).await?;
        if let Some(found) = self.import_of(import).await? {
            self.imports().delete(&found.key, found.revision).await?;
        }
        Ok(left)
    }

    /// The names of the repositories of which the webhook tells.
    async fn who_relies(&self, whose: Whose<'_>) -> Result<Vec<String>, Fault> {
        let Some(endpoint) = self.endpoints.made_for(whose).await? else {
            return Ok(Vec::new());
        };
        let all = self.repositories.all();
        let relying = all
            .iter()
            .filter(|one| tells_of(&endpoint.record, &one.record));
        let mut names: Vec<_> = relying.map(|one| one.record.name.clone()).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The API of an import's host as its credential opens it, and who that is there.
    pub(crate) async fn open_owner(&self, import: &Import) -> Result<(Opened, Identity), Fault> {
        let opened = self
            .openers
            .open(
                &import.host,
                &import.project,
                &import.credential,
                &import.owner,
            )
            .await?;
        let identity = self.hosts.whoami(&opened).await?;
        Ok((opened, identity))
    }

    async fn host_of(&self, import: &Import) -> Result<Host, Fault> {
        let hosts = Records::<Host>::new(&self.bus, keys::HOSTS);
        let stored = hosts.get(&keys::host(&import.host)).await?;
        let host = effective_host(&import.host, stored.as_ref().map(|stored| &stored.record));
        host.ok_or_else(|| {
            let what = format!("there is no host `{}`", import.host);
            Fault::mend(ConnectionProblemKind::Settings, what, "declare it")
        })
    }

    pub(crate) async fn import_of(
        &self,
        import: &Import,
    ) -> Result<Option<Versioned<Import>>, Fault> {
        let key = keys::import(&import.project, &import.name);
        Ok(self.imports().get(&key).await?)
    }

    /// Changes an import's record, whoever else changes it meanwhile. The change says whether it is one.
    pub(crate) async fn change_import(
        &self,
        import: &Import,
        change: impl Fn(&mut Import) -> bool,
    ) -> Result<(), Fault> {
        loop {
            let Some(found) = self.import_of(import).await? else {
                return Ok(());
            };
            let mut record = found.record;
            if !change(&mut record) {
                return Ok(());
            }
            let imports = self.imports();
            match imports.put(&found.key, &record, Some(found.revision)).await {
                Ok(_) => return Ok(()),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What a repository's own webhook does where an owner has none.
fn not_offered_here(fault: Fault) -> Fault {
    match fault {
        Fault::Host { mut problem, again }
            if problem.kind() == ConnectionProblemKind::NotOffered =>
        {
            "import with `webhook: managed`: each repository gets a webhook of its own"
                .clone_into(&mut problem.remedy);
            Fault::Host { problem, again }
        }
        other => other,
    }
}

fn named(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(|name| format!("`{name}`"));
    let shown: Vec<_> = shown.collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// What the webhook of an owner is looked at with.
pub(crate) fn owner_basis(import: &Import, opening: Opening, hooks_url: &str) -> ConnectionBasis {
    ConnectionBasis {
        repository_revision: import.generation,
        host_revision: opening.host,
        credential_version: opening.credential,
        base: hooks_url.to_owned(),
    }
}

/// Whether there is anything to look at: a webhook that is wanted, or what is left of one.
pub(crate) fn has_owner_hook(import: &Import, connection: Option<&Connection>) -> bool {
    import.webhook() == WebhookKind::Shared || connection.is_some()
}
