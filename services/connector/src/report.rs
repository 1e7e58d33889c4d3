//! What the connector says: events of webhooks and of connections.

use std::time::Duration;

use serde::Serialize;
use sluice_bus::{Bus, Outgoing};
use sluice_events::{
    Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{
        Connection, ConnectionGained, ConnectionLost, ConnectionProblem, Hook, HookAction,
        HookFailed, HookInstalled, HookRemoved, HookRepaired, Trust,
    },
};

use crate::{fault::Fault, whose::Whose};

/// How long a publish may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says things about one repository, or about the webhook of one owner.
pub(crate) struct Report<'a> {
    pub(crate) bus: &'a Bus,
    pub(crate) whose: Whose<'a>,
}

impl Report<'_> {
    /// A webhook is there: the first, or one in the place of another that was wrong.
    pub(crate) async fn installed(&self, hook: &Hook, wrong: Option<&str>) -> Result<(), Fault> {
        let (repository, shown) = (self.whose.told(), Some(hook.clone()));
        let (name, import) = self.whose.names();
        let occasion = occasion(hook);
        match wrong {
            None => {
                let said = HookInstalled {
                    repository,
                    name,
                    hook: shown,
                    import,
                };
                self.say("hook", "installed", &occasion, &said).await
            }
            Some(reason) => {
                let said = HookRepaired {
                    repository,
                    name,
                    hook: shown,
                    reason: reason.to_owned(),
                    import,
                };
                self.say("hook", "repaired", &occasion, &said).await
            }
        }
    }

    /// A webhook is gone.
    pub(crate) async fn removed(&self, hook: &Hook) -> Result<(), Fault> {
        let (name, import) = self.whose.names();
        let said = HookRemoved {
            repository: self.whose.told(),
            name,
            hook: Some(hook.clone()),
            import,
        };
        self.say("hook", "removed", &occasion(hook), &said).await
    }

    /// What was to be done with a webhook failed.
    pub(crate) async fn failed(
        &self,
        action: HookAction,
        occasion: &[u8],
        problem: &ConnectionProblem,
    ) -> Result<(), Fault> {
        let (name, import) = self.whose.names();
        let said = HookFailed {
            repository: self.whose.told(),
            name,
            action: action.into(),
            problem: Some(problem.clone()),
            import,
        };
        self.say("hook", "failed", occasion, &said).await
    }

    /// The connection works.
    pub(crate) async fn gained(&self, occasion: &[u8], at: Option<Timestamp>) -> Result<(), Fault> {
        let said = ConnectionGained {
            repository: self.whose.told(),
            name: self.whose.names().0,
            since: at,
        };
        self.say("connection", "gained", occasion, &said).await
    }

    /// It does not work any more.
    pub(crate) async fn lost(
        &self,
        occasion: &[u8],
        problem: &ConnectionProblem,
    ) -> Result<(), Fault> {
        let said = ConnectionLost {
            repository: self.whose.told(),
            name: self.whose.names().0,
            problem: Some(problem.clone()),
        };
        self.say("connection", "lost", occasion, &said).await
    }

    async fn say<M: Serialize>(
        &self,
        name: &str,
        action: &str,
        occasion: &[u8],
        said: &M,
    ) -> Result<(), Fault> {
        let whose = self.whose;
        let subject = Subject::new("webhook", whose.address(), name, action);
        let id = MessageId::of(&[
            b"connector",
            whose.key().as_bytes(),
            name.as_bytes(),
            action.as_bytes(),
            occasion,
        ]);
        let envelope = Envelope {
            id: id.as_str().to_owned(),
            source: whose.page(),
            event_type: subject.event_type(),
            subject: String::new(),
            time: Timestamp::now(),
            project: whose.hook_for().project().to_owned(),
            fact: None,
            trust: Trust::Host,
            delivery: String::new(),
            operation: String::new(),
        };
        let payload = to_json(said).map_err(|error| Fault::Bus(error.to_string()))?;
        let message = Outgoing::event(&subject, &envelope, id, payload);
        self.bus.publish(message, PATIENCE).await?;
        Ok(())
    }
}

/// Which hook: ids are the host's, and may come again after a repository was made anew.
fn occasion(hook: &Hook) -> Vec<u8> {
    [hook.id.as_bytes(), &hook.secret_version.to_be_bytes()].concat()
}

/// What makes a change of how a repository stands another one than the last: when it was looked at before. A repeat
/// after a crash has the same.
pub(crate) fn after(before: &Connection) -> Vec<u8> {
    let at = before.checked_at.unwrap_or_default();
    [at.seconds.to_be_bytes().as_slice(), &at.nanos.to_be_bytes()].concat()
}
