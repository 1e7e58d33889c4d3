//! Removing a repository: its webhooks first, then what only we have of it (K7).

use sluice_bus::Records;
use sluice_events::v1::{
    ConnectionRequest, ConnectionStatus, Hook, HookAction, OperationState, RegisteredRepository,
    StepOutcome, WebhookKind,
};
use sluice_registry::keys;
use sluice_repositories::Registered;

use crate::{
    fault::Fault,
    handler::Connector,
    hook::Found,
    hosts::no_api,
    reach::Shown,
    report::Report,
    state::{Standing, is_empty},
    whose::{Spot, Whose},
};

impl Connector {
    /// Removes the webhooks that are ours, and returns those that are left where the host refuses and that is forced.
    pub(crate) async fn unhook(
        &self,
        whose: Whose<'_>,
        standing: &mut Standing,
        force: bool,
    ) -> Result<Vec<String>, Fault> {
        let hook = standing.record.hook.take();
        let ours = hook.clone().filter(|hook| !hook.id.is_empty());
        standing.record.obsolete.extend(ours);
        if standing.record.obsolete.is_empty() && standing.record.intent.is_none() {
            return Ok(Vec::new());
        }
        let problem = match self.remove_hooks(whose, standing).await {
            Ok(()) => return Ok(Vec::new()),
            Err(Fault::Host { problem, .. }) if force => problem,
            Err(fault) => {
                put_back(standing, hook);
                return Err(fault);
            }
        };
        let tried = standing.record.intent.as_ref();
        let tried = tried.and_then(|intent| intent.hook.as_ref());
        let hooks = standing.record.obsolete.iter();
        let left = hooks.map(|hook| left(whose, hook));
        let left = left.chain(tried.map(|hook| perhaps(whose, hook))).collect();
        standing.step("remove", StepOutcome::Skipped, &problem.message);
        standing.record.obsolete.clear();
        standing.record.intent = None;
        Ok(left)
    }

    async fn remove_hooks(&self, whose: Whose<'_>, standing: &mut Standing) -> Result<(), Fault> {
        match whose {
            Whose::Repository(registered) => {
                let shown = self.shown(registered).await?;
                let spot = Spot::in_repository(registered, &shown);
                self.remove_at(&spot, standing).await
            }
            Whose::Owner(import, host) => {
                let (opened, identity) = self.open_owner(import).await?;
                let spot = Spot::at_owner(import, host, &opened, &identity);
                self.remove_at(&spot, standing).await
            }
        }
    }

    async fn remove_at(&self, spot: &Spot<'_>, standing: &mut Standing) -> Result<(), Fault> {
        self.investigate(spot, standing, Found::Removed).await?;
        self.remove_obsolete(spot, standing).await?;
        standing.step(
            "remove",
            StepOutcome::Done,
            "no webhook of ours is left at the host",
        );
        Ok(())
    }

    /// Forgets a repository that is gone, of which nothing is left at the host: a removal that did not come to its end, or
    /// one past us.
    pub(crate) async fn forget(&self, key: &str) -> Result<(), Fault> {
        let Some(mut standing) = self.connections.claim(key).await? else {
            return Ok(());
        };
        // As it is now: another replica may have connected what we have not heard of.
        if !is_empty(&standing.before) || self.is_there(key).await? {
            self.connections.put_down(&mut standing).await?;
            return Err(Fault::Bus("it is there again".into()));
        }
        let requests = &standing.record.requests;
        let reason = "it is removed";
        self.answer(requests, OperationState::Done, reason).await?;
        Ok(self.connections.delete(&standing).await?)
    }

    /// Whether what has its connection under this key is there, by what stands in the bucket.
    async fn is_there(&self, key: &str) -> Result<bool, Fault> {
        if let Some(import) = key.strip_suffix(".import") {
            return Ok(self.imports().get(import).await?.is_some());
        }
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        Ok(records.get(key).await?.is_some())
    }

    /// The repository as the host shows it, whatever has become of it.
    async fn shown(&self, registered: &Registered) -> Result<Shown, Fault> {
        let opened = self.open(registered).await?;
        let opened = opened.ok_or_else(|| no_api(registered))?;
        let record = &registered.record;
        let repository = match record.host_id.as_str() {
            "" => opened.api.by_name(&record.full_name).await,
            id => opened.api.by_id(id).await,
        };
        let repository = repository.map_err(|error| opened.fault(error))?;
        let identity = self.hosts.whoami(&opened).await?;
        let shown = Shown {
            opened,
            repository,
            identity,
        };
        self.to_hook(registered, shown).await
    }

    /// Removes everything: hooks, endpoint and secrets, the record, and at last what we know of the connection. What
    /// workers keep goes with the record. Returns what is to be removed by hand.
    pub(crate) async fn remove(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        request: &ConnectionRequest,
    ) -> Result<Vec<String>, Fault> {
        standing.stands(ConnectionStatus::Removing, None);
        standing.step("remove", StepOutcome::Running, "");
        self.connections.write(standing).await?;
        let by_hand = standing
            .record
            .hook
            .clone()
            .filter(|hook| hook.id.is_empty())
            .filter(|_| registered.record.webhook() == WebhookKind::Manual);
        let whose = Whose::Repository(registered);
        let removed = self.unhook(whose, standing, request.force).await;
        if let Err(Fault::Host { problem, .. }) = &removed {
            let report = Report {
                bus: &self.bus,
                whose,
            };
            let occasion = request.operation_id.as_bytes();
            report.failed(HookAction::Remove, occasion, problem).await?;
        }
        let mut left = removed?;
        left.extend(by_hand.map(|hook| self::left(whose, &hook)));
        // Whatever comes between, this is not done once more to another repository of the name.
        self.connections.write(standing).await?;
        self.endpoints.delete(whose).await?;
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        // Where somebody has changed it meanwhile, that is looked at first.
        let deleted = records.delete(&registered.key, registered.versions.repository);
        deleted.await?;
        Ok(left)
    }
}

/// What could not be removed is still ours.
fn put_back(standing: &mut Standing, hook: Option<Hook>) {
    let Some(hook) = hook else { return };
    let obsolete = &mut standing.record.obsolete;
    let at = obsolete.iter().position(|left| left.id == hook.id);
    if let Some(at) = at {
        obsolete.remove(at);
    }
    if at.is_some() || hook.id.is_empty() {
        standing.record.hook = Some(hook);
    }
}

/// What may have to be removed by hand: a call was made to install it, and nobody knows what came of that.
fn perhaps(whose: Whose<'_>, hook: &Hook) -> String {
    let page = whose.page();
    format!(
        "perhaps one more webhook in the settings of {page}, whose address begins with {}",
        hook.base
    )
}

/// What is to be removed by hand, and where.
fn left(whose: Whose<'_>, hook: &Hook) -> String {
    let page = whose.page();
    match hook.id.as_str() {
        "" => format!(
            "the webhook that somebody installed by hand in {page}, whose address begins with {}",
            hook.base
        ),
        id => format!("webhook {id} in the settings of {page}"),
    }
}
