//! One registry in memory, as the tests see it.

use std::collections::BTreeMap;

use sluice_events::{Timestamp, v1};
use sluice_registry::{
    KeyClass, Kind, Manifest, Object, OpeningKey, OpeningKeys, Plaintext, Plan, Problem, Problems,
    SealingKeys, Snapshot, Step, deletion, keys, open_credential, parse, plan, render,
};

/// What no output may ever show.
pub(crate) const CANARY: &str = "canary-5f1d9c0b7a";

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600;

pub(crate) const DAY: i64 = 24 * 60 * 60;

/// Snapshot, and the sealed values beside them.
pub(crate) struct Registry {
    pub(crate) records: Snapshot,
    pub(crate) sealed: BTreeMap<String, v1::SealedValue>,
    pub(crate) opening: OpeningKey,
    pub(crate) opening_credentials: OpeningKey,
    pub(crate) opening_issuers: OpeningKey,
    pub(crate) now: i64,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            records: Snapshot::default(),
            sealed: BTreeMap::new(),
            opening: OpeningKey::generate(KeyClass::HookSecrets).unwrap(),
            opening_credentials: OpeningKey::generate(KeyClass::Credentials).unwrap(),
            opening_issuers: OpeningKey::generate(KeyClass::Issuers).unwrap(),
            now: START,
        }
    }

    /// One with the endpoint `acme` of GitHub.
    pub(crate) fn with_acme() -> Self {
        let mut registry = Self::new();
        registry.apply(&acme(&format!("[{{kind: hmac, value: {CANARY}}}]")));
        registry
    }

    /// One with the credential `bot` and the repository `web` of GitHub.
    pub(crate) fn with_web() -> Self {
        let mut registry = Self::new();
        registry.apply(&credential("bot", &format!("token: {{value: {CANARY}}}")));
        registry.apply(&repository("web", "fullName: acme/web, credential: bot"));
        registry
    }

    pub(crate) fn sealing_keys(&self) -> SealingKeys {
        let keys = [
            &self.opening,
            &self.opening_credentials,
            &self.opening_issuers,
        ];
        keys.map(OpeningKey::sealing_key).into_iter().collect()
    }

    pub(crate) fn try_plan(&self, yaml: &str) -> Result<Plan, Problems> {
        let now = Timestamp::from_seconds(self.now);
        plan(
            &parse(yaml.as_bytes())?,
            &self.records,
            &self.sealing_keys(),
            now,
        )
    }

    /// Plans and writes; one word for each object, such as `created`.
    pub(crate) fn apply(&mut self, yaml: &str) -> Vec<&'static str> {
        let plan = self
            .try_plan(yaml)
            .unwrap_or_else(|problems| panic!("{problems}"));
        let words = plan
            .outcomes
            .iter()
            .map(|outcome| outcome.verb.word())
            .collect();
        for outcome in plan.outcomes {
            self.write(outcome.steps);
        }
        self.now += 1;
        words
    }

    pub(crate) fn write(&mut self, steps: Vec<Step>) {
        for step in steps {
            let key = step.key();
            match step {
                Step::Seal { value, .. } => {
                    let before = self.sealed.insert(key, value);
                    assert_eq!(before, None, "a version is sealed once");
                }
                Step::Put(record) => self.records.put(record),
                Step::Delete { .. } => drop(self.sealed.remove(&key)),
            }
        }
    }

    /// What is said against applying it.
    pub(crate) fn refusal(&self, yaml: &str) -> String {
        match self.try_plan(yaml) {
            Ok(plan) => panic!("nothing is said against {yaml}: {plan:?}"),
            Err(problems) => problems.to_string(),
        }
    }

    /// What is warned of.
    pub(crate) fn warnings(&self, yaml: &str) -> Vec<String> {
        let plan = self
            .try_plan(yaml)
            .unwrap_or_else(|problems| panic!("{problems}"));
        plan.warnings.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn acme(&self) -> &v1::Endpoint {
        self.records.endpoint("default", "acme").unwrap()
    }

    pub(crate) fn bot(&self) -> &v1::Credential {
        self.records.credential("default", "bot").unwrap()
    }

    pub(crate) fn web(&self) -> &v1::RegisteredRepository {
        self.records.repository("default", "web").unwrap()
    }

    /// What the credential opens to, as sync opens it.
    pub(crate) fn open(&self, credential: &v1::Credential) -> Result<Plaintext, Problem> {
        let keys: OpeningKeys = [self.opening_credentials.clone()].into_iter().collect();
        let v1::Credential {
            project,
            name,
            version,
            ..
        } = credential;
        let sealed = self
            .sealed
            .get(&keys::credential_value(project, name, *version));
        open_credential(credential, sealed.cloned(), &keys)
    }

    /// Everything, as `get -o yaml` prints it.
    pub(crate) fn print(&self) -> String {
        let records = self.records.records();
        let manifests: Vec<_> = records.map(|record| Manifest::from(&record)).collect();
        render(&manifests).unwrap()
    }

    pub(crate) fn delete(&self, kind: Kind, name: &str) -> Result<Vec<Step>, String> {
        let object = object(kind, name);
        deletion(&object, &self.records).map_err(|problem| problem.to_string())
    }
}

pub(crate) fn object(kind: Kind, name: &str) -> Object {
    Object::new(kind, "default", name)
}

/// A document of that kind and name.
pub(crate) fn document(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: sluice.dev/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

/// An endpoint of GitHub with these secrets.
pub(crate) fn acme(secrets: &str) -> String {
    endpoint("github", secrets)
}

/// The endpoint `acme` of that host with these secrets.
pub(crate) fn endpoint(host: &str, secrets: &str) -> String {
    let spec = format!("{{host: {host}, scope: {{owner: acme}}, secrets: {secrets}}}");
    document("Endpoint", "acme", &spec)
}

/// A credential for GitHub.
pub(crate) fn credential(name: &str, what: &str) -> String {
    document("Credential", name, &format!("{{host: github, {what}}}"))
}

/// A repository of GitHub.
pub(crate) fn repository(name: &str, what: &str) -> String {
    document("Repository", name, &format!("{{host: github, {what}}}"))
}
