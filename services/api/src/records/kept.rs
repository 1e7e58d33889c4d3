//! What services keep about records.

use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::{EndpointState, KnownRefs, SyncState};
use sluice_registry::{Kind, Record, keys};

/// What services keep about some records, by the keys of these.
#[derive(Default)]
pub(super) struct Kept {
    /// What sync keeps about repositories.
    pub(super) sync: HashMap<String, SyncState>,
    /// What the recoverer keeps about them.
    pub(super) known: HashMap<String, KnownRefs>,
    /// What gateways have learnt about endpoints.
    pub(super) deliveries: HashMap<String, EndpointState>,
}

impl Kept {
    /// About one record, as it is now: who changes something by it must not see less than it has changed.
    pub(super) async fn of_one(bus: &Bus, record: &Record) -> Result<Self, RecordError> {
        let key = record.key();
        match record {
            Record::Repository(_) => {
                let (sync, known) = tokio::try_join!(
                    one(bus, keys::SYNC_STATE, &key),
                    one(bus, keys::KNOWN_REFS, &key)
                )?;
                Ok(Self {
                    sync,
                    known,
                    ..Self::default()
                })
            }
            Record::Endpoint(_) => Ok(Self {
                deliveries: one(bus, keys::ENDPOINT_STATE, &key).await?,
                ..Self::default()
            }),
            Record::Project(_) | Record::Host(_) | Record::Credential(_) => Ok(Self::default()),
        }
    }

    /// About those of a page, which may be a moment old.
    pub(super) async fn of_page(bus: &Bus, records: &[Record]) -> Result<Self, RecordError> {
        let of = |kind: Kind| -> Vec<String> {
            let some = records.iter().filter(|record| record.object().kind == kind);
            some.map(Record::key).collect()
        };
        let (repositories, endpoints) = (of(Kind::Repository), of(Kind::Endpoint));
        let (sync, known, deliveries) = tokio::try_join!(
            some(bus, keys::SYNC_STATE, &repositories),
            some(bus, keys::KNOWN_REFS, &repositories),
            some(bus, keys::ENDPOINT_STATE, &endpoints)
        )?;
        Ok(Self {
            sync,
            known,
            deliveries,
        })
    }
}

async fn one<M: Serialize + DeserializeOwned>(
    bus: &Bus,
    bucket: &'static str,
    key: &str,
) -> Result<HashMap<String, M>, RecordError> {
    let found = Records::<M>::new(bus, bucket).get(key).await?;
    let found = found.into_iter();
    Ok(found.map(|found| (found.key, found.record)).collect())
}

async fn some<M: Serialize + DeserializeOwned>(
    bus: &Bus,
    bucket: &'static str,
    keys: &[String],
) -> Result<HashMap<String, M>, RecordError> {
    let found = Records::<M>::new(bus, bucket).some(keys).await?;
    let found = found.into_iter();
    Ok(found.map(|found| (found.key, found.record)).collect())
}
