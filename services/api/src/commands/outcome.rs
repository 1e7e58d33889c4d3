//! What became of what was asked for, by the operation's id.

use actix_web::HttpResponse;
use serde::Serialize;
use sluice_bus::Records;
use sluice_events::{
    Timestamp, token,
    v1::{OperationOutcome, OperationState},
};
use sluice_registry::{Words, keys};

use crate::{problem::Problem, serve::Asked};

/// How far an operation has come.
pub(crate) const STATES: Words<OperationState> = Words::of(&[
    (OperationState::Unspecified, "waiting"),
    (OperationState::Accepted, "accepted"),
    (OperationState::Done, "done"),
    (OperationState::Refused, "refused"),
    (OperationState::Failed, "failed"),
]);

/// What became of an operation.
#[derive(Serialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    state: &'static str,
    /// Service and verb.
    verb: String,
    /// Who asked.
    principal: String,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

impl Operation {
    /// One of which nobody has said anything yet.
    pub(super) fn waiting(id: String, verb: String, principal: &str) -> Self {
        Self {
            id,
            state: STATES.word(OperationState::Unspecified),
            verb,
            principal: principal.to_owned(),
            reason: String::new(),
            at: None,
        }
    }
}

/// The id of an operation: whose it is, until when it is wanted, and what is nobody else's.
pub(super) fn id(project: &str, deadline: Timestamp, random: &str) -> String {
    format!("{project}-{:x}-{random}", deadline.seconds)
}

/// Shows what became of an operation. Its id tells whose it is and until when it was wanted.
pub(crate) async fn show(asked: Asked) -> Result<HttpResponse, Problem> {
    let id = asked.segment("id");
    let none = || Problem::missing("id", "there is no such operation, or no longer");
    let (project, deadline) = read(id).ok_or_else(none)?;
    if !asked.reach.sees(project, false) {
        return Err(none());
    }
    let outcomes = Records::<OperationOutcome>::new(&asked.api.bus, keys::OPERATIONS);
    let outcome = asked.api.in_time(outcomes.get(&token::encode(id))).await?;
    let outcome = match outcome {
        Some(outcome) => outcome.record,
        // Nobody has said anything about it yet.
        None if deadline >= Timestamp::now() => OperationOutcome::default(),
        None => return Err(none()),
    };
    Ok(HttpResponse::Ok().json(Operation {
        id: id.to_owned(),
        state: STATES.word(outcome.state()),
        verb: outcome.verb,
        principal: outcome.principal,
        reason: outcome.reason,
        at: outcome.at,
    }))
}

/// The project of an operation that was asked for here, and until when it is wanted.
fn read(id: &str) -> Option<(&str, Timestamp)> {
    let mut parts = id.rsplitn(3, '-');
    let (random, deadline, project) = (parts.next()?, parts.next()?, parts.next()?);
    let is_random = random.len() == 32 && random.bytes().all(|digit| digit.is_ascii_hexdigit());
    let seconds = i64::from_str_radix(deadline, 16).ok()?;
    (is_random && !project.is_empty()).then_some((project, Timestamp::from_seconds(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_says_whose_it_is() {
        let random = "0123456789abcdef0123456789abcdef";
        let read_of =
            |id: &str| read(id).map(|(project, until)| (project.to_owned(), until.seconds));
        let id = format!("pay-ments-10-{random}");
        assert_eq!(read_of(&id), Some(("pay-ments".to_owned(), 16)));
        for wrong in [
            "".to_owned(),
            random.to_owned(),
            format!("10-{random}"),
            format!("-10-{random}"),
            format!("a-x-{random}"),
            format!("a-10-{random}0"),
            "a-10-é123456789abcdef0123456789abcde".to_owned(),
        ] {
            assert_eq!(read_of(&wrong), None, "{wrong}");
        }
    }
}
