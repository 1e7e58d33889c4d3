//! From what is declared and what is there to what must be written.
//!
//! A decision, made without touching anything: `plan` says what to write, in which order, so that a reader never finds
//! a secret listed whose value is not there yet. Whoever writes does so by compare-and-set against the records that
//! were planned with, and plans again where that fails.
//!
//! **A value that is given is always new.** Writers cannot open what they sealed, and a digest by which they could tell
//! an old value from a new one would let others guess it. So a secret with a value gets a new version each time it is
//! applied (`configured`), which is safe to repeat but not silent. Where the same file is applied again and again,
//! leave the value out once it is there: a secret without a value keeps its own, and nothing changes.
//!
//! **The declared secrets are all there are.** A replaced value ends at once; for an overlap, declare two secrets with
//! different ids until the host uses the new one.

mod afterwards;
mod credential;
mod delete;
mod endpoint;
mod host;
mod project;
mod prune;
mod references;
mod repository;
mod seal;
mod secrets;

use std::collections::BTreeSet;

use sluice_events::{Timestamp, v1};

pub use credential::new_token;
pub use delete::deletion;
pub use prune::left_out;

use crate::{Manifest, Object, Problem, Problems, Record, SealingKeys, Snapshot, Spec, label};

/// What applying manifests comes to.
#[derive(Debug)]
pub struct Plan {
    /// One for each manifest, in the order in which they need each other.
    pub outcomes: Vec<Outcome>,
    /// What is allowed but deserves a second look.
    pub warnings: Vec<Problem>,
}

/// What applying one manifest comes to.
#[derive(Debug)]
pub struct Outcome {
    /// Which object.
    pub object: Object,
    /// What happens to it.
    pub verb: Verb,
    /// What to write, in this order. Empty if unchanged.
    pub steps: Vec<Step>,
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It was not there.
    Created,
    /// It becomes different.
    Configured,
    /// It is as declared.
    Unchanged,
}

impl Verb {
    /// The word that people know from other tools: `created`, `configured`, `unchanged`.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Created => "created",
            Verb::Configured => "configured",
            Verb::Unchanged => "unchanged",
        }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are a few at a time, for a moment"
)]
pub enum Step {
    /// Store a sealed value under a key that is in no use.
    Seal {
        /// The bucket of sealed values.
        bucket: &'static str,
        /// Key in it.
        key: String,
        /// What stands there.
        value: v1::SealedValue,
    },
    /// Store a record.
    Put(Record),
    /// Delete what stands under a key, if anything does.
    Delete {
        /// The bucket.
        bucket: &'static str,
        /// Key in it.
        key: String,
    },
}

impl Step {
    /// The bucket that it changes.
    pub fn bucket(&self) -> &'static str {
        match self {
            Step::Seal { bucket, .. } | Step::Delete { bucket, .. } => bucket,
            Step::Put(record) => record.bucket(),
        }
    }

    /// The key that it changes.
    pub fn key(&self) -> String {
        match self {
            Step::Seal { key, .. } | Step::Delete { key, .. } => key.clone(),
            Step::Put(record) => record.key(),
        }
    }
}

/// Plans how the records become what the manifests declare, or says everything that stands against it.
///
/// `sealing` has the keys of the classes that values are given of; where none is given, none is needed.
pub fn plan(
    manifests: &[Manifest],
    records: &Snapshot,
    sealing: &SealingKeys,
    now: Timestamp,
) -> Result<Plan, Problems> {
    let mut planned = Plan {
        outcomes: Vec::new(),
        warnings: Vec::new(),
    };
    let mut problems = declared_twice(manifests);
    let mut desired = records.clone();
    let mut deleted = BTreeSet::new();
    let mut sorted: Vec<_> = manifests.iter().collect();
    sorted.sort_by_key(|manifest| manifest.object().kind);
    for manifest in sorted {
        let place = manifest.place();
        problems.extend(wrong_set(manifest).map(|problem| problem.within(&place)));
        let decided = match &manifest.spec {
            Spec::Project(spec) => project::plan(spec, &desired),
            Spec::Host(spec) => host::plan(spec, &desired, manifests),
            Spec::Credential(spec) => credential::plan(spec, &desired, sealing, now),
            Spec::Repository(spec) => repository::plan(spec, &desired),
            Spec::Endpoint(spec) => endpoint::plan(spec, &desired, sealing, now),
        };
        match decided {
            Ok(mut decided) => {
                let warnings = decided.warnings.into_iter();
                planned
                    .warnings
                    .extend(warnings.map(|warning| warning.within(&place)));
                decided.steps.retain(|step| is_news(step, &mut deleted));
                decided
                    .steps
                    .iter()
                    .for_each(|step| apply(step, &mut desired));
                planned.outcomes.push(Outcome {
                    object: manifest.object(),
                    verb: decided.verb,
                    steps: decided.steps,
                });
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.within(&place))),
        }
    }
    if problems.is_empty() {
        problems = afterwards::check(&planned.outcomes, &desired);
    }
    Problems::none_or(problems, planned)
}

/// What was decided about one manifest.
struct Decided {
    verb: Verb,
    steps: Vec<Step>,
    warnings: Vec<Problem>,
}

impl Decided {
    /// Puts the record, unless it is there already.
    fn put(existing: Option<Record>, mut record: Record, warnings: Vec<Problem>) -> Self {
        // Who applies a single object says nothing of the set that it belongs to.
        if let Some(existing) = existing.as_ref().filter(|_| record.set().is_empty()) {
            record = record.in_set(existing.set());
        }
        let (verb, steps) = match existing {
            Some(existing) if existing == record => (Verb::Unchanged, Vec::new()),
            Some(_) => (Verb::Configured, vec![Step::Put(record)]),
            None => (Verb::Created, vec![Step::Put(record)]),
        };
        Self {
            verb,
            steps,
            warnings,
        }
    }

    /// The same between other steps, if anything changes at all.
    fn between(mut self, before: Vec<Step>, after: Vec<Step>) -> Self {
        if self.verb != Verb::Unchanged {
            self.steps = [before, self.steps, after].concat();
        }
        self
    }
}

/// What one object's steps have deleted, another's need not.
fn is_news(step: &Step, deleted: &mut BTreeSet<(&'static str, String)>) -> bool {
    match step {
        Step::Delete { bucket, key } => deleted.insert((*bucket, key.clone())),
        Step::Seal { .. } | Step::Put(_) => true,
    }
}

/// Later manifests of a file build upon earlier ones.
fn apply(step: &Step, records: &mut Snapshot) {
    if let Step::Put(record) = step {
        records.put(record.clone());
    }
}

fn wrong_set(manifest: &Manifest) -> Option<Problem> {
    let set = manifest.set();
    label::check("metadata.set", set).filter(|_| !set.is_empty())
}

fn declared_twice(manifests: &[Manifest]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = manifests
        .iter()
        .filter(|manifest| !seen.insert(manifest.object()));
    again
        .map(|manifest| {
            let what = "it is declared a second time";
            Problem::new(manifest.place(), what, "keep one of the two")
        })
        .collect()
}
