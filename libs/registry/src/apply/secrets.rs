//! The secrets of an endpoint that is declared.

mod grace;
mod one;

use std::collections::BTreeSet;

use sluice_events::{
    Timestamp,
    v1::{self, SecretKind},
};

use super::Step;
use crate::{
    MAX_SECRETS, Problem, SECRET_KINDS, SealingKeys, SecretSpec, label, manifest::secret_place,
    words,
};

/// What a decision about secrets looks at.
pub(super) struct Context<'a> {
    /// The endpoint, without its secrets.
    pub(super) endpoint: &'a v1::Endpoint,
    /// The secrets that it has.
    pub(super) listed: &'a [v1::HookSecret],
    /// Its host's provider, with the kinds that it can verify. `None`: the host is unknown.
    pub(super) kinds: Option<(&'static str, &'static [SecretKind])>,
    pub(super) sealing: &'a SealingKeys,
    pub(super) now: Timestamp,
}

/// What was decided about all secrets of an endpoint.
#[derive(Default)]
pub(super) struct Secrets {
    pub(super) listed: Vec<v1::HookSecret>,
    pub(super) seals: Vec<Step>,
    pub(super) warnings: Vec<Problem>,
}

/// Decides about each of them, or says everything that is wrong.
pub(super) fn plan(
    declared: &[SecretSpec],
    context: &Context<'_>,
) -> Result<Secrets, Vec<Problem>> {
    let mut problems = Vec::from_iter(wrong_number(declared.len()));
    let mut planned = Secrets::default();
    let mut ids = BTreeSet::new();
    let signs = declared.iter().any(|secret| words::signs(secret.kind));
    for (index, secret) in declared.iter().enumerate() {
        let place = secret_place(index, &secret.id);
        let mut found = wrong(secret, context);
        if !ids.insert(&secret.id) {
            let remedy = "give each of them an id of its own";
            found.push(Problem::new("id", "another secret has the same id", remedy));
        }
        match one::decide(secret, signs, context) {
            Ok((listed, seal, warnings)) => {
                let warnings = warnings.into_iter().map(|warning| warning.within(&place));
                planned.listed.push(listed);
                planned.seals.extend(seal);
                planned.warnings.extend(warnings);
            }
            Err(problem) => found.push(problem),
        }
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
    }
    if problems.is_empty() {
        Ok(planned)
    } else {
        Err(problems)
    }
}

fn wrong_number(number: usize) -> Option<Problem> {
    let problem = |what: String, remedy| Some(Problem::new("spec.secrets", what, remedy));
    match number {
        0 => problem(
            "there is none: nothing would prove the sender".to_owned(),
            "declare at least one",
        ),
        1..=MAX_SECRETS => None,
        _ => problem(
            format!("there are more than {MAX_SECRETS}, and each delivery is tried against all"),
            "make another endpoint",
        ),
    }
}

/// What is wrong with a secret, whatever its value.
fn wrong(secret: &SecretSpec, context: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::from_iter(label::check("id", &secret.id));
    if let Some((provider, kinds)) = context.kinds
        && !kinds.contains(&secret.kind)
    {
        problems.push(Problem::new(
            "kind",
            format!(
                "{provider} cannot be verified by {}",
                SECRET_KINDS.word(secret.kind)
            ),
            format!("use one of {}", SECRET_KINDS.list(kinds)),
        ));
    }
    problems
}
