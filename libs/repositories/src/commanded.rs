//! Commands about repositories, one or many: what every service does alike that takes them.

use sluice_bus::{
    Audit, Bus, Outgoing, Records,
    consume::{Advance, Failure},
};
use sluice_events::{
    Call, Timestamp, token,
    v1::{OperationOutcome, OperationState},
};
use sluice_registry::keys;

use crate::Repositories;

/// A command in hand.
pub struct Commanded<'a> {
    /// The service that took it.
    pub service: &'static str,
    /// What it is about, as the audit names it: `Repository`, `Import`.
    pub kind: &'static str,
    /// Its connection.
    pub bus: &'a Bus,
    /// What is registered.
    pub repositories: &'a Repositories,
    /// Who asks for what, by the command's subject.
    pub call: &'a Call,
    /// The operation's id: what became of it stands under that.
    pub operation: &'a str,
    /// Its name in the project.
    pub name: &'a str,
    /// After this time it is not wanted any more.
    pub deadline: Option<Timestamp>,
}

impl Commanded<'_> {
    /// Whether it was taken before: then that stands in the journal.
    ///
    /// # Errors
    /// If that cannot be known yet.
    pub async fn is_known(&self) -> Result<bool, Failure> {
        let outcomes = Records::<OperationOutcome>::new(self.bus, keys::OPERATIONS);
        let known = outcomes.get(&token::encode(self.operation)).await;
        let known = known.map_err(|error| Failure::Retry(error.to_string()))?;
        if known.is_none() && !self.repositories.is_read() {
            return Err(Failure::Retry("the repositories were not read yet".into()));
        }
        Ok(known.is_some())
    }

    /// Why it is too late for it.
    pub fn too_late(&self) -> Result<(), String> {
        match self.deadline.is_some_and(|at| at < Timestamp::now()) {
            true => Err("its deadline is over".into()),
            false => Ok(()),
        }
    }

    /// Why it is not for a repository that is there.
    ///
    /// Who may ask at all: the users of the bus to whom the server gives this subject, and the holders of access tokens
    /// for whom the API has checked the project.
    pub fn names_nothing(&self) -> Result<(), String> {
        match self.repositories.named(&self.call.project, self.name) {
            Some(_) => Ok(()),
            None => Err("there is no such repository in this project".into()),
        }
    }

    /// A refusal is audited (rule S1).
    pub fn refused(&self, reason: &str) -> Result<Outgoing, Failure> {
        let call = self.call;
        let audit = Audit {
            service: self.service,
            principal: &call.principal,
            project: &call.project,
            action: &self.verb(),
            object: &format!("{} {}/{}", self.kind, call.project, self.name),
            operation: self.operation,
        };
        let entry = audit.refused(reason);
        entry.map_err(|error| Failure::Reject(error.to_string()))
    }

    /// What stands in the journal from now on.
    pub fn journal(
        &self,
        state: OperationState,
        reason: String,
    ) -> Result<Option<Advance>, Failure> {
        let outcome = OperationOutcome {
            principal: self.call.principal.clone(),
            verb: self.verb(),
            state: state.into(),
            reason,
            at: Some(Timestamp::now()),
        };
        let key = token::encode(self.operation);
        Advance::of(keys::OPERATIONS, key, &outcome, None).map(Some)
    }

    fn verb(&self) -> String {
        format!("{}.{}", self.call.service, self.call.verb)
    }
}
