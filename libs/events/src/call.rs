//! The grammar of what is asked of a service: `sluice.v1.<command|query>.<project>.<principal>.<service>.<verb>`.
//!
//! The principal is who asks. It stands in the subject, where permissions pin it, and never in what is sent (rule S1).

use std::fmt;

use crate::{
    subject::ROOT,
    token::{self, Decoded},
};

/// Whether something is to be done or only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// Stored, and carried out once.
    Command,
    /// Answered at once or not at all.
    Query,
}

impl CallKind {
    /// The token in the subject.
    pub fn word(self) -> &'static str {
        match self {
            CallKind::Command => "command",
            CallKind::Query => "query",
        }
    }
}

/// What is asked of a service, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Command or query.
    pub kind: CallKind,
    /// The project that it is about.
    pub project: String,
    /// Who asks: a user of the bus, or the name of an access token that the API speaks for.
    pub principal: String,
    /// The service that is asked.
    pub service: String,
    /// What it is asked.
    pub verb: String,
}

impl Call {
    /// Reads a subject; `None` if it is no such subject.
    pub fn parse(subject: &str) -> Option<Self> {
        let mut tokens = subject.strip_prefix(ROOT)?.strip_prefix('.')?.split('.');
        let kind = match tokens.next()? {
            "command" => CallKind::Command,
            "query" => CallKind::Query,
            _ => return None,
        };
        let mut next = || match token::decode(tokens.next()?)? {
            Decoded::Name(name) => String::from_utf8(name).ok(),
            Decoded::Absent | Decoded::Hashed(_) => None,
        };
        let call = Self {
            kind,
            project: next()?,
            principal: next()?,
            service: next()?,
            verb: next()?,
        };
        tokens.next().is_none().then_some(call)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ROOT}.{}", self.kind.word())?;
        for part in [&self.project, &self.principal, &self.service, &self.verb] {
            write!(f, ".{}", token::encode(part))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_contract_says() {
        let call = Call {
            kind: CallKind::Command,
            project: "default".into(),
            principal: "ci.bot".into(),
            service: "sync".into(),
            verb: "repository".into(),
        };
        let subject = "sluice.v1.command.default.ci=2Ebot.sync.repository";
        assert_eq!(call.to_string(), subject);
        assert_eq!(Call::parse(subject).as_ref(), Some(&call));
    }

    #[test]
    fn nothing_else_is_one() {
        for subject in [
            "sluice.v1.git.default.operator.sync.repository",
            "sluice.v1.query.default.operator.sync",
            "sluice.v1.query.default.operator.sync.list.more",
            "sluice.v1.query.default.=.sync.list",
            "other.v1.query.default.operator.sync.list",
            "",
        ] {
            assert_eq!(Call::parse(subject), None, "{subject}");
        }
    }
}
