//! Who changes something.

use std::time::Duration;

use sluice_bus::{Audit, Bus, Outgoing, PublishError};

/// How long the bus may take to store an entry.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who changes something, by what, and on which occasion.
#[derive(Debug, Clone)]
pub struct Author {
    /// What carries it out: `api`, `sluice`.
    pub service: &'static str,
    /// Who wants it: a user of the bus, or the holder of an access token.
    pub principal: String,
    /// What was done at once shares it.
    pub operation: String,
}

impl Author {
    /// Somebody, with an operation of its own.
    pub fn new(
        service: &'static str,
        principal: impl Into<String>,
    ) -> Result<Self, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self {
            service,
            principal: principal.into(),
            operation: hex::encode(bits),
        })
    }

    /// Notes what is about to be done with an object, in a project or, where that is empty, in none; with a reason, why
    /// it was not done after all.
    pub async fn note(
        &self,
        bus: &Bus,
        action: &str,
        project: &str,
        object: &str,
        failed: Option<&str>,
    ) -> Result<(), PublishError> {
        let audit = self.audit(action, project, object);
        publish(bus, audit.allowed(failed)).await
    }

    /// Notes that something was refused.
    pub async fn note_refusal(
        &self,
        bus: &Bus,
        action: &str,
        project: &str,
        object: &str,
        reason: &str,
    ) -> Result<(), PublishError> {
        publish(bus, self.audit(action, project, object).refused(reason)).await
    }

    fn audit<'a>(&'a self, action: &'a str, project: &'a str, object: &'a str) -> Audit<'a> {
        Audit {
            service: self.service,
            principal: &self.principal,
            project,
            action,
            object,
            operation: &self.operation,
        }
    }
}

async fn publish(
    bus: &Bus,
    entry: Result<Outgoing, serde_json::Error>,
) -> Result<(), PublishError> {
    // Texts and a time can always be written.
    let entry = entry.map_err(|_| PublishError::Unknown("the entry cannot be written as JSON"))?;
    bus.publish(entry, PATIENCE).await.map(drop)
}
