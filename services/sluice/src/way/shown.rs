//! An object as it is declared, and how it stands.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::{Connection, KnownRefs, RegisteredRepository, SyncState};
use sluice_registry::{DEFAULT_PROJECT, Manifest, keys, parse_json};

/// An object, without secrets' values.
pub(crate) struct Shown {
    pub(crate) manifest: Manifest,
    pub(crate) status: Status,
}

/// What nobody declares. Tables of refs are left out: most of them stand elsewhere.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Status {
    /// Of the record; 0 for what is predefined.
    #[serde(default, deserialize_with = "number")]
    pub(crate) revision: u64,
    /// How a repository is connected to its host.
    #[serde(default)]
    pub(crate) connection: Option<Connection>,
    /// What sync keeps about a repository.
    #[serde(default)]
    pub(crate) sync: Option<SyncState>,
    /// What the recoverer keeps about it.
    #[serde(default)]
    pub(crate) known: Option<KnownRefs>,
    /// The public half of an SSH key.
    #[serde(default, rename = "publicKey")]
    pub(crate) public_key: String,
    /// Where hosts send to an endpoint, if whoever asks may know.
    #[serde(default)]
    pub(crate) address: Option<String>,
}

impl Status {
    /// Reads what services keep about a repository.
    pub(crate) async fn of_repository(
        bus: &Bus,
        repository: &RegisteredRepository,
    ) -> Result<Self, RecordError> {
        let key = keys::repository(&repository.project, &repository.name);
        let sync = Records::<SyncState>::new(bus, keys::SYNC_STATE);
        let known = Records::<KnownRefs>::new(bus, keys::KNOWN_REFS);
        let connections = Records::<Connection>::new(bus, keys::CONNECTIONS);
        Ok(Self {
            sync: sync.get(&key).await?.map(|sync| SyncState {
                refs: None,
                ..sync.record
            }),
            known: known.get(&key).await?.map(|known| KnownRefs {
                refs: None,
                ..known.record
            }),
            connection: connections.get(&key).await?.map(|found| found.record),
            ..Self::default()
        })
    }
}

/// As the API shows it: a manifest with a status.
impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut whole = Value::deserialize(deserializer)?;
        let status = whole.get_mut("status").map(Value::take);
        if let Some(whole) = whole.as_object_mut() {
            whole.remove("status");
        }
        let text = serde_json::to_vec(&whole).map_err(D::Error::custom)?;
        let read = parse_json(&text, DEFAULT_PROJECT).map_err(D::Error::custom)?;
        let status = serde_json::from_value(status.unwrap_or_default());
        Ok(Self {
            manifest: read
                .into_iter()
                .next()
                .ok_or_else(|| D::Error::custom("nothing"))?,
            status: status.map_err(D::Error::custom)?,
        })
    }
}

/// A number that is written as text, since it may be larger than JSON's are.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}
