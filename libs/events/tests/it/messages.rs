//! Every message of the contract, by name: what is generated in Rust beside its descriptor.

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sluice_events::{from_json, to_json, v1};

/// What our code makes of a message.
pub(crate) struct Ours {
    /// Its proto-JSON, as it is published.
    pub(crate) json: String,
    /// Its protobuf encoding.
    pub(crate) encoded: Vec<u8>,
}

/// One message type.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Reads proto-JSON.
    pub(crate) from_json: fn(&str) -> Result<Ours, String>,
    /// Reads the protobuf encoding.
    pub(crate) decode: fn(&[u8]) -> Ours,
}

macro_rules! kinds {
    ($($message:ident)*) => {
        &[$(Kind {
            name: concat!("sluice.v1.", stringify!($message)),
            from_json: |json| from_json::<v1::$message>(json.as_bytes()).map(ours).map_err(|error| error.to_string()),
            decode: |encoded| ours(v1::$message::decode(encoded).unwrap()),
        }),*]
    };
}

/// All of them.
pub(crate) const KINDS: &[Kind] = kinds![
    AccessToken Actor AuditEntry ChangeEvent ChangeSide ChangedPath ChangedPaths Commit CommitPage CommitPerson CommitPlace CommitRecord CommitRecorded CommitsListed Connection ConnectionBasis ConnectionClaim ConnectionGained ConnectionLost ConnectionProblem ConnectionRequest ConnectionStep ConnectorRequest Credential CredentialApp CredentialGrant CursorKey DeadLetter DeliveryRecord Endpoint EndpointState EventReference FieldChange Header Hook HookFailed HookInstalled HookIntent HookRemoved HookRepaired HookSecret HookTest Host HostedRepository Import IndexProgress Installation KnownRef KnownRefs KnownRepository ListCommits ListedCommit OperationOutcome OtherEvent PendingMove PingEvent Project Provenance Push RecordedCommit RefAt RefEvent RefMove RefMoved RefTable RefTablePart RefusedAttempt RegisteredRepository Repository RepositoryEvent RepositoryReading Scope SealedValue ShowCommit SyncCompleted SyncConnected SyncDisconnected SyncFailed SyncFailure SyncHalt SyncRepository SyncState Verification Wake
];

fn ours<M: Message + Serialize + DeserializeOwned>(message: M) -> Ours {
    Ours {
        json: String::from_utf8(to_json(&message).unwrap()).unwrap(),
        encoded: message.encode_to_vec(),
    }
}

pub(crate) fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).unwrap()
}

pub(crate) fn pool() -> DescriptorPool {
    DescriptorPool::decode(v1::DESCRIPTORS).unwrap()
}

/// The messages of the contract by their descriptors, in the order of their names.
pub(crate) fn descriptors(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let mut ours: Vec<_> = pool
        .all_messages()
        .filter(|message| message.package_name() == "sluice.v1" && !message.is_map_entry())
        .collect();
    ours.sort_by_key(|message| message.full_name().to_owned());
    ours
}

/// proto-JSON as prost-reflect, another implementation, writes it.
pub(crate) fn reference_json(message: &DynamicMessage) -> Value {
    serde_json::to_value(message).unwrap()
}

#[test]
fn the_table_has_every_message() {
    let pool = pool();
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let expected: Vec<_> = descriptors(&pool)
        .iter()
        .map(|message| message.full_name().to_owned())
        .collect();
    assert_eq!(names, expected);
}
