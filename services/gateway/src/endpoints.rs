//! The endpoint table in memory, kept current by watches on the registry.

mod follow;
mod sources;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

pub(crate) use follow::follow;
use sluice_events::{Timestamp, v1};
use sluice_providers::{HookSecret, Policy, Provider, SecretKind};

/// For how long after a verified delivery an endpoint may use the reserved share of the body budget, in seconds.
const LATELY_SECONDS: i64 = 60 * 60;

/// How often it is noted for others that deliveries come by the same secret, in seconds.
const NOTED_SECONDS: i64 = 10 * 60;

/// The endpoints by the id in their URL. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Endpoints(Arc<RwLock<Table>>);

#[derive(Default)]
struct Table {
    /// Set once every bucket was read to its end: before, an unknown id may merely not have been read yet, and of a
    /// known one it is not known that it accepts signatures alone.
    read: bool,
    by_id: HashMap<String, Built>,
}

/// What stands in the table.
#[derive(Clone)]
enum Built {
    /// An endpoint.
    Serving(Arc<Endpoint>),
    /// The id of one that is declared and cannot be served.
    Unusable(String),
}

/// An endpoint with everything that a delivery to it needs.
pub(crate) struct Endpoint {
    pub(crate) record: v1::Endpoint,
    pub(crate) host: v1::Host,
    pub(crate) provider: &'static dyn Provider,
    pub(crate) secrets: Vec<HookSecret>,
    /// Secrets that are listed but could not be opened.
    pub(crate) unopened: usize,
    /// Whether a secret that signs is listed, opened or not.
    signs: bool,
    signed: AtomicBool,
    verified_at: AtomicI64,
    noted: Mutex<Noted>,
}

/// The delivery that was noted last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Noted {
    at: i64,
    secret: (String, u64),
}

/// What stands under an id.
pub(crate) enum Lookup {
    /// Nobody knows: the table was not read yet.
    NotRead,
    /// Nothing.
    Unknown,
    /// An endpoint whose host or provider is not known here.
    Unusable,
    /// An endpoint.
    Found(Arc<Endpoint>),
}

impl Endpoints {
    pub(crate) fn find(&self, id: &str) -> Lookup {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match table.by_id.get(id) {
            _ if !table.read => Lookup::NotRead,
            Some(Built::Serving(endpoint)) => Lookup::Found(Arc::clone(endpoint)),
            Some(Built::Unusable(_)) => Lookup::Unusable,
            None => Lookup::Unknown,
        }
    }

    /// Replaces the endpoints with these keys: by what stands now, or by nothing.
    fn replace(&self, changes: Vec<(Option<String>, Option<Built>)>, read: bool) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // All old ones first: an id may pass from one endpoint to another, and their order is any.
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(old_id, built)| (old_id.and_then(|id| table.by_id.remove(&id)), built))
            .collect();
        for (old, built) in changes {
            if let Some(built) = built {
                if let (Some(Built::Serving(old)), Built::Serving(new)) = (old, &built) {
                    new.inherit(&old);
                }
                table.by_id.insert(built.id().to_owned(), built);
            }
        }
        table.read |= read;
        metrics::gauge!("sluice_gateway_endpoints").set(table.by_id.len() as f64);
    }
}

impl Built {
    fn id(&self) -> &str {
        match self {
            Built::Serving(endpoint) => &endpoint.record.id,
            Built::Unusable(id) => id,
        }
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
        let signs = record.secrets.iter().any(|secret| signs(secret.kind()));
        Self {
            record,
            host,
            provider,
            secrets,
            unopened,
            signs,
            signed: AtomicBool::new(signed),
            verified_at: AtomicI64::new(0),
            noted: Mutex::default(),
        }
    }

    /// Keeps what was learnt of it while the record was another.
    fn inherit(&self, old: &Endpoint) {
        let verified_at = old.verified_at.load(Ordering::Relaxed);
        self.verified_at.store(verified_at, Ordering::Relaxed);
        let signed = old.signed.load(Ordering::Relaxed);
        self.signed.fetch_or(signed, Ordering::Relaxed);
        let noted = old.noted().clone();
        *self.noted() = noted;
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What counts as a proof here and now.
    pub(crate) fn policy(&self, now: Timestamp) -> Policy {
        // Where no signature can come any more, none is waited for. A secret that cannot be opened counts: else its
        // loss would bring back what a signature has ended.
        let signatures_only = self.signs && self.signed.load(Ordering::Relaxed);
        Policy {
            now,
            signatures_only,
        }
    }

    /// Notes a verified delivery, and returns what others have to know of it: the first signed one, with which weaker
    /// secrets end (S20); the first by a secret; and now and then that deliveries come.
    pub(crate) fn note_verified(
        &self,
        verification: &v1::Verification,
        now: Timestamp,
    ) -> Option<v1::EndpointState> {
        self.verified_at.store(now.seconds, Ordering::Relaxed);
        let ends_weaker = verification.trust() == v1::Trust::Signed
            && self.secrets.iter().any(|secret| !signs(secret.kind))
            && !self.signed.swap(true, Ordering::Relaxed);
        let secret = (
            verification.secret_id.clone(),
            self.version_of(&verification.secret_id),
        );
        let mut noted = self.noted();
        if !ends_weaker && noted.secret == secret && now.seconds - noted.at < NOTED_SECONDS {
            return None;
        }
        *noted = Noted {
            at: now.seconds,
            secret: secret.clone(),
        };
        Some(v1::EndpointState {
            signed_since: ends_weaker.then_some(now),
            verified_at: Some(now),
            secret_id: secret.0,
            secret_version: secret.1,
        })
    }

    fn version_of(&self, secret: &str) -> u64 {
        let mut listed = self.record.secrets.iter();
        listed
            .find(|listed| listed.id == secret)
            .map_or(0, |listed| listed.version)
    }

    pub(crate) fn verified_lately(&self) -> bool {
        Timestamp::now().seconds - self.verified_at.load(Ordering::Relaxed) < LATELY_SECONDS
    }
}

fn signs(kind: SecretKind) -> bool {
    matches!(kind, SecretKind::Hmac | SecretKind::Signing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let record = v1::Endpoint {
            id: "4f0c4f0c4f0c4f0c".into(),
            ..v1::Endpoint::default()
        };
        let provider = sluice_providers::provider("github").unwrap();
        Endpoint::new(record, v1::Host::default(), provider, Vec::new(), false)
    }

    #[test]
    fn s20_nothing_is_taken_before_everything_was_read() {
        let endpoints = Endpoints::default();
        let built = || Some(Built::Serving(Arc::new(endpoint())));
        endpoints.replace(vec![(None, built())], false);
        assert!(matches!(
            endpoints.find("4f0c4f0c4f0c4f0c"),
            Lookup::NotRead
        ));
        endpoints.replace(Vec::new(), true);
        assert!(matches!(
            endpoints.find("4f0c4f0c4f0c4f0c"),
            Lookup::Found(_)
        ));
        assert!(matches!(endpoints.find("another"), Lookup::Unknown));
    }

    #[test]
    fn an_id_passes_from_one_endpoint_to_another_in_any_order() {
        let id = || "4f0c4f0c4f0c4f0c".to_owned();
        let built = || Some(Built::Serving(Arc::new(endpoint())));
        let (gone, made) = (|| (Some(id()), None), || (None, built()));
        for changes in [vec![gone(), made()], vec![made(), gone()]] {
            let endpoints = Endpoints::default();
            endpoints.replace(vec![made()], true);
            endpoints.replace(changes, true);
            assert!(matches!(endpoints.find(&id()), Lookup::Found(_)));
        }
    }
}
