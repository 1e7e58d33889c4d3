//! Entries of the audit: who changed what, or was not allowed to (rule S1).

use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{AuditEntry, Trust},
};

use crate::Outgoing;

/// What somebody does, or wants to.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// The service that carries it out or refuses it.
    pub service: &'a str,
    /// Who: a user of the bus, or the holder of an access token.
    pub principal: &'a str,
    /// The project that it is about. Empty: it belongs to none.
    pub project: &'a str,
    /// What: `apply`, `delete`, `sync.repository` and the like.
    pub action: &'a str,
    /// On what, such as `Repository default/web`.
    pub object: &'a str,
    /// The operation that it is part of. Said again, the same is stored once.
    pub operation: &'a str,
}

impl Audit<'_> {
    /// It is done; with a reason, it was to be done and failed.
    pub fn allowed(&self, failed: Option<&str>) -> Result<Outgoing, serde_json::Error> {
        self.entry(true, failed.unwrap_or_default())
    }

    /// It is refused.
    pub fn refused(&self, reason: &str) -> Result<Outgoing, serde_json::Error> {
        self.entry(false, reason)
    }

    fn entry(&self, allowed: bool, reason: &str) -> Result<Outgoing, serde_json::Error> {
        let outcome = if allowed { "allowed" } else { "refused" };
        let address = Address {
            project: self.project.to_owned(),
            ..Address::default()
        };
        let subject = Subject::new("audit", address, "entry", outcome);
        let entry = AuditEntry {
            principal: self.principal.to_owned(),
            action: self.action.to_owned(),
            object: self.object.to_owned(),
            allowed,
            reason: reason.to_owned(),
            operation_id: self.operation.to_owned(),
            at: Some(Timestamp::now()),
        };
        let said = [outcome, self.operation, self.action, self.object, reason];
        let id = MessageId::of(&said.map(str::as_bytes));
        let envelope = Envelope {
            id: id.as_str().to_owned(),
            source: format!("sluice:{}", self.service),
            event_type: subject.event_type(),
            subject: String::new(),
            time: Timestamp::now(),
            project: self.project.to_owned(),
            fact: None,
            trust: Trust::Host,
            delivery: String::new(),
            operation: self.operation.to_owned(),
        };
        Ok(Outgoing::event(&subject, &envelope, id, to_json(&entry)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIT: Audit<'static> = Audit {
        service: "sync",
        principal: "ci",
        project: "pay.ments",
        action: "sync.repository",
        object: "Repository pay.ments/web",
        operation: "0123",
    };

    #[test]
    fn an_entry_stands_in_its_project_and_what_belongs_to_none_beside_all() {
        let subject = |audit: Audit<'_>| audit.refused("no").unwrap().subject;
        let in_project = "sluice.v1.audit.pay=2Ements.=.=.=.entry.refused";
        assert_eq!(subject(AUDIT), in_project);
        let none = subject(Audit {
            project: "",
            ..AUDIT
        });
        assert_eq!(none, "sluice.v1.audit.=.=.=.=.entry.refused");
    }

    #[test]
    fn the_same_is_stored_once_and_its_failure_beside_it() {
        let id = |audit: Audit<'_>, failed| audit.allowed(failed).unwrap().id;
        assert_eq!(id(AUDIT, None), id(AUDIT, None));
        assert_ne!(id(AUDIT, None), id(AUDIT, Some("conflict")));
        let other = Audit {
            object: "Repository pay.ments/api",
            ..AUDIT
        };
        assert_ne!(id(AUDIT, None), id(other, None));
        assert_ne!(AUDIT.refused("").unwrap().id, id(AUDIT, None));
    }
}
