//! Declaring a whole set of objects: all of it may be, or nothing is written.

mod diff;
mod prune;

use actix_web::{HttpResponse, http::StatusCode};
use diff::{Change, changes};
use serde::Serialize;
use sluice_declared::{Author, Declared};
use sluice_registry::{Manifest, Object, Outcome, Problem as Wrong};

use crate::{
    access::forbidden,
    operations,
    problem::{Problem, Said},
    records::can_seal,
    serve::Asked,
};

/// How much of an object's name is repeated, in characters: more is no name.
const LONGEST_NAME: usize = 200;

/// What became of all of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Applied {
    /// Nothing was written: it says what would be.
    dry_run: bool,
    outcomes: Vec<Became>,
    /// What is allowed and deserves a second look.
    warnings: Vec<Said>,
}

/// What became of one object.
#[derive(Serialize)]
pub(crate) struct Became {
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    project: String,
    name: String,
    /// `created`, `configured`, `unchanged`; of what is pruned `deleted`, `removing`, `kept`.
    outcome: &'static str,
    /// Of a dry run: what changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
    /// The operation that removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// Why it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Declares what the body says.
pub(crate) async fn apply(asked: Asked) -> Result<HttpResponse, Problem> {
    let dry_run = asked.parameters.flag("dryRun")?;
    let set = asked.parameters.text("set").unwrap_or_default();
    let manifests = in_set(asked.sent()?.manifests(asked.reach.project())?, set)?;
    let declared = asked.api.directory.declared(&asked.api.bus);
    let pruned = prune::wanted(&asked, set, &manifests, &declared)?;
    let objects = manifests.iter().map(|manifest| ("put", manifest.object()));
    let pruned_objects = pruned.iter().map(|object| ("delete", object.clone()));
    asked.may_all(objects.chain(pruned_objects))?;
    can_seal(&manifests, &asked.api.sealing)?;
    let planned = asked.api.plan(manifests, &declared).await?;
    let author = asked.api.author(&asked.holder)?;
    let mut outcomes = Vec::with_capacity(planned.outcomes.len());
    for outcome in planned.outcomes {
        let became = Became::of(&outcome, dry_run.then_some(&declared));
        if !dry_run {
            asked
                .carry_out(&author, &declared, outcome, outcomes.len())
                .await?;
        }
        outcomes.push(became);
    }
    outcomes.extend(prune::carry_out(&asked, set, &author, pruned, dry_run).await?);
    Ok(HttpResponse::Ok().json(Applied {
        dry_run,
        outcomes,
        warnings: planned.warnings.iter().map(Said::from).collect(),
    }))
}

/// All of them as parts of the set, if one is named.
fn in_set(mut manifests: Vec<Manifest>, set: &str) -> Result<Vec<Manifest>, Problem> {
    if set.is_empty() {
        return Ok(manifests);
    }
    let other = |manifest: &&Manifest| !manifest.set().is_empty() && manifest.set() != set;
    let wrong: Vec<_> = manifests
        .iter()
        .filter(other)
        .map(|manifest| Wrong {
            place: format!("{}: metadata.set", manifest.object()),
            what: "it names another set than the address".to_owned(),
            remedy: "leave it out".to_owned(),
        })
        .collect();
    if !wrong.is_empty() {
        return Err(Problem::wrong("it cannot be declared", wrong));
    }
    manifests
        .iter_mut()
        .for_each(|manifest| manifest.put_in_set(set));
    Ok(manifests)
}

impl Asked {
    /// Refuses all of it if one may not be: by what the table says of each alone.
    fn may_all(
        &self,
        objects: impl Iterator<Item = (&'static str, Object)>,
    ) -> Result<(), Problem> {
        let mut status = None;
        let mut wrong = Vec::new();
        for (verb, object) in objects {
            let Err(refusal) = self.may(verb, &object) else {
                continue;
            };
            status = status.max(Some(refusal.status));
            wrong.push(Said {
                place: object.to_string().chars().take(LONGEST_NAME).collect(),
                what: refusal.detail,
                remedy: "leave it out, or ask somebody who may".to_owned(),
            });
        }
        let Some(status) = status else { return Ok(()) };
        let first = wrong.first().map(|wrong| wrong.place.as_str());
        let detail = format!(
            "not all of it is for this access token, such as {}; nothing was changed",
            first.unwrap_or_default()
        );
        Err(Problem::new(status, detail)
            .because(wrong)
            .because_of_who_asks())
    }

    /// Whether the holder may put or delete an object. Its project need not be there: it may be declared beside it.
    fn may(&self, verb: &str, object: &Object) -> Result<(), Problem> {
        let operation = operations::named(&format!("{verb}{}", object.kind.word()));
        let operation = operation.ok_or_else(|| forbidden("nobody may"))?;
        if object.kind.is_of_project() && !self.holder.opens(&object.project) {
            return Err(crate::access::no_project());
        }
        crate::access::authorize_role(operation, &self.holder, &self.parameters)
    }

    /// Writes what was planned for one object; `before` is how many were written before it.
    async fn carry_out(
        &self,
        author: &Author,
        declared: &Declared,
        outcome: Outcome,
        before: usize,
    ) -> Result<(), Problem> {
        let object = outcome.object;
        let written = declared
            .carry_out(author, "apply", &object, outcome.steps)
            .await;
        let written = written.map_err(|error| {
            let problem = Problem::from(error);
            let detail = format!(
                "{object}: {}; what came before it ({before}) is applied",
                problem.detail
            );
            Problem::new(problem.status, detail)
        })?;
        if let Some(revision) = written {
            self.api.directory.knows(&object, Some(revision)).await;
        }
        Ok(())
    }
}

impl Became {
    /// With what it changes, where it is only planned.
    fn of(outcome: &Outcome, planned: Option<&Declared>) -> Self {
        let changes = planned.map(|declared| changes(outcome, &declared.snapshot));
        Self {
            changes,
            ..Self::simply(&outcome.object, outcome.verb.word())
        }
    }

    fn simply(object: &Object, outcome: &'static str) -> Self {
        Self {
            kind: object.kind.word(),
            project: object.project.clone(),
            name: object.name.clone(),
            outcome,
            changes: None,
            operation: None,
            reason: None,
        }
    }
}

/// A parameter without another makes no sense.
fn needs(name: &str, other: &str) -> Problem {
    Problem::unfit(name, format!("give `{other}` as well"))
}

/// What cannot be done now, though it may be asked for.
fn is_conflict(problem: &Problem) -> bool {
    problem.status == StatusCode::CONFLICT
}
