//! Follows the buckets and keeps the directory current.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream, SelectAll},
};
use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, Change, Records, Versioned};
use sluice_daemon::Check;
use sluice_events::v1::{AccessToken, Connection, Import};
use sluice_registry::{Record, keys};

use super::{Directory, table::Told};

/// What a bucket tells.
type Telling = BoxStream<'static, (&'static str, News)>;

/// A piece of it.
enum News {
    Told(Box<Told>),
    /// Everything that stands in the bucket has been told.
    Current,
    Interrupted(String),
    /// What cannot be read or is nobody's; what was known still holds.
    Nothing,
}

/// Follows the buckets, for ever. A token that is deleted opens nothing as soon as that is told.
pub(crate) async fn follow(bus: Bus, directory: Directory, check: Check) {
    let mut buckets = buckets(&bus);
    let mut unread: BTreeSet<_> = WATCHED.into();
    while let Some((bucket, news)) = buckets.next().await {
        match news {
            News::Told(told) => directory.change(|table| table.note(*told)),
            News::Current => drop(unread.remove(bucket)),
            News::Interrupted(reason) if !unread.is_empty() => check.failing(reason),
            // What was read stays good while the bus is away: that is the check `nats`.
            News::Interrupted(_) | News::Nothing => {}
        }
        if unread.is_empty() && !directory.is_read() {
            directory.change(|table| table.read = true);
        }
        if unread.is_empty() {
            check.ok();
        }
    }
}

const WATCHED: [&str; 8] = [
    keys::ACCESS_TOKENS,
    keys::PROJECTS,
    keys::HOSTS,
    keys::CREDENTIALS,
    keys::REPOSITORIES,
    keys::ENDPOINTS,
    keys::CONNECTIONS,
    keys::IMPORTS,
];

fn buckets(bus: &Bus) -> SelectAll<Telling> {
    stream::select_all([
        telling(bus, keys::ACCESS_TOKENS, |key, token| {
            let token = token.map(|token: Versioned<AccessToken>| token.record);
            Some(Told::Token(key, token))
        }),
        telling(bus, keys::CONNECTIONS, |key, connection| {
            let connection =
                connection.map(|kept: Versioned<Connection>| Arc::new(shown(kept.record)));
            Some(Told::Connection(key, connection))
        }),
        telling(bus, keys::IMPORTS, |key, import| {
            let import = import.map(|kept: Versioned<Import>| Arc::new(kept.record));
            Some(Told::Import(key, import))
        }),
        records(bus, keys::PROJECTS, Record::Project),
        records(bus, keys::HOSTS, Record::Host),
        records(bus, keys::CREDENTIALS, Record::Credential),
        records(bus, keys::REPOSITORIES, Record::Repository),
        records(bus, keys::ENDPOINTS, Record::Endpoint),
    ])
}

/// A bucket of what is declared. A record under a key that is not its own is nobody's.
fn records<M: Serialize + DeserializeOwned + Send + Sync + 'static>(
    bus: &Bus,
    bucket: &'static str,
    record: fn(M) -> Record,
) -> Telling {
    telling(bus, bucket, move |key, versioned: Option<Versioned<M>>| {
        let Some(versioned) = versioned else {
            return keys::object(bucket, &key).map(Told::Gone);
        };
        let record = record(versioned.record);
        if record.key() != key {
            tracing::error!(
                bucket,
                key,
                "a record stands under another's key and is passed over"
            );
            return None;
        }
        Some(Told::Record(record, versioned.revision))
    })
}

/// What a bucket tells, in the directory's words.
fn telling<M: Serialize + DeserializeOwned + Send + Sync + 'static>(
    bus: &Bus,
    bucket: &'static str,
    told: impl Fn(String, Option<Versioned<M>>) -> Option<Told> + Send + Sync + 'static,
) -> Telling {
    let watch = Records::<M>::new(bus, bucket).watch();
    let telling = stream::unfold((watch, told), move |(mut watch, told)| async move {
        let told_of = |key, versioned| {
            told(key, versioned).map_or(News::Nothing, |told| News::Told(Box::new(told)))
        };
        let news = match watch.next().await {
            Change::Put(versioned) => told_of(versioned.key.clone(), Some(versioned)),
            Change::Deleted(key) => told_of(key, None),
            Change::Unreadable(_) => News::Nothing,
            Change::Current => News::Current,
            Change::Interrupted(reason) => News::Interrupted(reason),
        };
        Some(((bucket, news), (watch, told)))
    });
    telling.boxed()
}

/// Without what the connector keeps for itself. Whether somebody works on it, and with which records it was looked at, say
/// to whoever waits for it that it is done.
fn shown(connection: Connection) -> Connection {
    Connection {
        obsolete: Vec::new(),
        intent: None,
        requests: Vec::new(),
        ..connection
    }
}
