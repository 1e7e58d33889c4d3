//! Declaring one object.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ETAG},
    web,
};
use sluice_declared::{ChangeError, Declared};
use sluice_events::Timestamp;
use sluice_registry::{
    Kind, Manifest, Object, Outcome, Plan, Problem as Wrong, SealingKeys, Verb, plan,
};

use super::precondition::Precondition;
use crate::{
    Api,
    problem::{Problem, Said},
    serve::Asked,
};

/// Declares the object that the path names: as the body says, or, if anything stands against it, not at all.
pub(crate) async fn put(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let object = asked.object(kind);
    let manifest = asked.manifest(&object)?;
    let api = &asked.api;
    can_seal(std::slice::from_ref(&manifest), &api.sealing)?;
    let declared = api.directory.declared(&api.bus);
    let precondition = Precondition::read(&asked.request)?;
    precondition.check(declared.revision(&object))?;
    let planned = api.plan(vec![manifest], &declared).await?;
    let Plan { outcomes, warnings } = planned;
    let Some(Outcome { verb, steps, .. }) = outcomes.into_iter().next() else {
        return Err(Problem::unavailable("nothing came of it"));
    };
    let author = api.author(&asked.holder)?;
    let written = declared.carry_out(&author, "apply", &object, steps).await;
    let written = written.map_err(|error| changed(error, &precondition))?;
    if let Some(revision) = written {
        api.directory.knows(&object, Some(revision)).await;
    }
    let revision = api.directory.revision(&object);
    let record = asked.find(&object)?;
    let mut shown = asked.shown_in_full(&record, revision).await?;
    shown.status.warnings = warnings.iter().map(Said::from).collect();
    let mut response = match verb {
        Verb::Created => HttpResponse::Created(),
        Verb::Configured | Verb::Unchanged => HttpResponse::Ok(),
    };
    Ok(response.insert_header((ETAG, shown.tag())).json(shown))
}

/// Somebody else was faster, or it cannot be written.
pub(super) fn changed(error: ChangeError, precondition: &Precondition) -> Problem {
    match error {
        ChangeError::Conflict { .. } if precondition.is_given() => {
            super::precondition::failed("somebody else changed it meanwhile: read it again")
        }
        other => other.into(),
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict { .. } => {
                let detail = "somebody else changed it meanwhile: read it again, and send what you want then";
                Self::new(StatusCode::CONFLICT, detail)
            }
            ChangeError::Write { .. } | ChangeError::Audit(_) => {
                tracing::warn!(%error, "a change was not made");
                Self::unavailable("it cannot be changed at present: send it again")
            }
        }
    }
}

/// Refuses values that nothing here could seal.
pub(crate) fn can_seal(manifests: &[Manifest], keys: &SealingKeys) -> Result<(), Problem> {
    let mut classes = manifests.iter().flat_map(Manifest::sealed_classes);
    match classes.find(|class| keys.of(*class).is_none()) {
        None => Ok(()),
        Some(class) => Err(Problem::unavailable(format!(
            "there is no key to seal {} with: start the API with --{}-pub",
            class.words(),
            class.name()
        ))),
    }
}

impl Asked {
    /// The one manifest of the body, which must be of the object that the path names.
    fn manifest(&self, object: &Object) -> Result<Manifest, Problem> {
        let mut manifests = self.sent()?.manifests(self.reach.project())?;
        let (Some(manifest), true) = (manifests.pop(), manifests.is_empty()) else {
            let detail = "the body is more than one manifest; `apply` takes several";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        };
        let declared = manifest.object();
        let places = [
            ("kind", declared.kind != object.kind),
            ("metadata.project", declared.project != object.project),
            ("metadata.name", declared.name != object.name),
        ];
        match places.iter().find(|(_, differs)| *differs) {
            None => Ok(manifest),
            Some((place, _)) => Err(Problem::wrong(
                "the body is not of what the address names",
                [Wrong {
                    place: (*place).to_owned(),
                    what: "it is not what the address says".to_owned(),
                    remedy: "make the two agree".to_owned(),
                }],
            )),
        }
    }
}

impl Api {
    /// Plans a change. Large registries take a while, so not among the requests.
    pub(crate) async fn plan(
        &self,
        manifests: Vec<Manifest>,
        declared: &Declared,
    ) -> Result<Plan, Problem> {
        let (snapshot, sealing) = (declared.snapshot.clone(), self.sealing.clone());
        let planning = move || plan(&manifests, &snapshot, &sealing, Timestamp::now());
        let planned = web::block(planning).await;
        let planned = planned.map_err(|_| Problem::unavailable("it could not be planned"))?;
        planned.map_err(|problems| Problem::wrong("it cannot be declared", problems))
    }
}
