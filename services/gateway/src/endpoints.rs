//! The endpoint table in memory, kept current by watches on the registry.

mod follow;
mod sources;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

pub(crate) use follow::follow;
use sluice_events::{Timestamp, v1};
use sluice_providers::{HookSecret, Policy, Provider, SecretKind};

/// For how long after a verified delivery an endpoint may use the reserved share of the body budget, in seconds.
const LATELY_SECONDS: i64 = 60 * 60;

/// The endpoints by the id in their URL. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Endpoints(Arc<RwLock<Table>>);

#[derive(Default)]
struct Table {
    /// Set once every bucket was read to its end: before, an unknown id may merely not have been read yet.
    read: bool,
    by_id: HashMap<String, Arc<Endpoint>>,
}

/// An endpoint with everything that a delivery to it needs.
pub(crate) struct Endpoint {
    pub(crate) record: v1::Endpoint,
    pub(crate) host: v1::Host,
    pub(crate) provider: &'static dyn Provider,
    pub(crate) secrets: Vec<HookSecret>,
    /// Secrets that are listed but could not be opened.
    pub(crate) unopened: usize,
    signed: AtomicBool,
    verified_at: AtomicI64,
}

/// What stands under an id.
pub(crate) enum Lookup {
    /// Nobody knows: the table was not read yet.
    NotRead,
    /// Nothing.
    Unknown,
    /// An endpoint.
    Found(Arc<Endpoint>),
}

impl Endpoints {
    pub(crate) fn find(&self, id: &str) -> Lookup {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match table.by_id.get(id) {
            Some(endpoint) => Lookup::Found(Arc::clone(endpoint)),
            None if table.read => Lookup::Unknown,
            None => Lookup::NotRead,
        }
    }

    /// Replaces the endpoints with these keys: by what stands now, or by nothing.
    fn replace(&self, changes: Vec<(Option<String>, Option<Endpoint>)>, read: bool) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (old_id, endpoint) in changes {
            let old = old_id.and_then(|id| table.by_id.remove(&id));
            if let Some(endpoint) = endpoint {
                if let Some(old) = old {
                    endpoint
                        .verified_at
                        .store(old.verified_at.load(Ordering::Relaxed), Ordering::Relaxed);
                    endpoint
                        .signed
                        .fetch_or(old.signed.load(Ordering::Relaxed), Ordering::Relaxed);
                }
                table
                    .by_id
                    .insert(endpoint.record.id.clone(), Arc::new(endpoint));
            }
        }
        table.read |= read;
        metrics::gauge!("sluice_gateway_endpoints").set(table.by_id.len() as f64);
    }
}

impl Endpoint {
    fn new(
        record: v1::Endpoint,
        host: v1::Host,
        provider: &'static dyn Provider,
        secrets: Vec<HookSecret>,
        signed: bool,
    ) -> Self {
        let unopened = record.secrets.len() - secrets.len();
        let (signed, verified_at) = (AtomicBool::new(signed), AtomicI64::new(0));
        Self {
            record,
            host,
            provider,
            secrets,
            unopened,
            signed,
            verified_at,
        }
    }

    /// What counts as a proof here and now.
    pub(crate) fn policy(&self, now: Timestamp) -> Policy {
        // Where no signature can come any more, none is waited for.
        let signatures_only = self.signed.load(Ordering::Relaxed)
            && self.secrets.iter().any(|secret| signs(secret.kind));
        Policy {
            now,
            signatures_only,
        }
    }

    /// Notes a verified delivery. True if it is the first signed one, and weaker secrets end with it (S20).
    pub(crate) fn note_verified(&self, trust: v1::Trust, now: Timestamp) -> bool {
        self.verified_at.store(now.seconds, Ordering::Relaxed);
        let ends_weaker =
            trust == v1::Trust::Signed && self.secrets.iter().any(|secret| !signs(secret.kind));
        ends_weaker && !self.signed.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn verified_lately(&self) -> bool {
        Timestamp::now().seconds - self.verified_at.load(Ordering::Relaxed) < LATELY_SECONDS
    }
}

fn signs(kind: SecretKind) -> bool {
    matches!(kind, SecretKind::Hmac | SecretKind::Signing)
}
