//! What the endpoint table is made of: the records of four buckets, as they were last told.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sluice_events::v1;
use sluice_providers::provider;
use sluice_registry::{OpeningKeys, keys, open_endpoint, predefined_host};

use super::{Built, Endpoint};

/// The records, and which endpoints have to be built anew.
#[derive(Default)]
pub(super) struct Sources {
    hosts: HashMap<String, v1::Host>,
    endpoints: HashMap<String, v1::Endpoint>,
    secrets: HashMap<String, v1::SealedValue>,
    states: HashMap<String, v1::EndpointState>,
    /// Key of an endpoint and the id under which the table has it.
    built: HashMap<String, String>,
    stale: HashSet<String>,
}

impl Sources {
    pub(super) fn host(&mut self, key: String, host: Option<v1::Host>) {
        let of_host = self
            .endpoints
            .iter()
            .filter(|(_, endpoint)| keys::host(&endpoint.host) == key);
        self.stale.extend(of_host.map(|(key, _)| key.clone()));
        set(&mut self.hosts, key, host);
    }

    pub(super) fn endpoint(&mut self, key: String, endpoint: Option<v1::Endpoint>) {
        self.stale.insert(key.clone());
        set(&mut self.endpoints, key, endpoint);
    }

    pub(super) fn secret(&mut self, key: String, value: Option<v1::SealedValue>) {
        // `<project>.<endpoint>.<secret>.<version>`: the first two are the endpoint's key.
        let mut parts = key.splitn(3, '.');
        if let (Some(project), Some(endpoint)) = (parts.next(), parts.next()) {
            self.stale.insert(format!("{project}.{endpoint}"));
        }
        set(&mut self.secrets, key, value);
    }

    pub(super) fn state(&mut self, key: String, state: Option<v1::EndpointState>) {
        // When deliveries came changes nothing here.
        let signed = |state: Option<&v1::EndpointState>| state.and_then(|state| state.signed_since);
        if signed(state.as_ref()).is_some() != signed(self.states.get(&key)).is_some() {
            self.stale.insert(key.clone());
        }
        set(&mut self.states, key, state);
    }

    /// Builds what is stale: the id under which the table had it, and what takes its place.
    pub(super) fn build(&mut self, opening: &OpeningKeys) -> Vec<(Option<String>, Option<Built>)> {
        let stale = std::mem::take(&mut self.stale);
        let built = stale.into_iter().map(|key| {
            let built = self.build_one(&key, opening);
            let old_id = match &built {
                Some(built) => self.built.insert(key, built.id().to_owned()),
                None => self.built.remove(&key),
            };
            (old_id, built)
        });
        built.collect()
    }

    fn build_one(&self, key: &str, opening: &OpeningKeys) -> Option<Built> {
        let record = self
            .endpoints
            .get(key)
            .filter(|endpoint| !endpoint.disabled)?;
        // What is wrong with the registry is no fault of the sender's, who would be refused for good.
        let unusable = Some(Built::Unusable(record.id.clone()));
        let Some(host) = predefined_host(&record.host)
            .or_else(|| self.hosts.get(&keys::host(&record.host)).cloned())
        else {
            tracing::error!(
                endpoint = record.name,
                host = record.host,
                "the endpoint's host is not declared; it takes nothing"
            );
            return unusable;
        };
        let Some(provider) = provider(&host.provider) else {
            tracing::error!(
                endpoint = record.name,
                provider = host.provider,
                "this version does not know the provider"
            );
            return unusable;
        };
        let opened = open_endpoint(record, |key| self.secrets.get(key).cloned(), opening);
        for problem in &opened.problems {
            tracing::warn!(endpoint = record.name, %problem, "a secret cannot be used");
        }
        let signed = self
            .states
            .get(key)
            .is_some_and(|state| state.signed_since.is_some());
        let endpoint = Endpoint::new(record.clone(), host, provider, opened.secrets, signed);
        Some(Built::Serving(Arc::new(endpoint)))
    }
}

fn set<V>(map: &mut HashMap<String, V>, key: String, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}
