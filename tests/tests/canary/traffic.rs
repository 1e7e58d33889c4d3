//! NATS, seen by somebody who may see everything: what goes over it while it goes, and what is stored at the end.

use std::sync::Arc;

use async_nats::{Client, ConnectOptions, HeaderMap, jetstream};
use futures_util::{StreamExt, TryStreamExt};
use sluice_bus::{Connection, Credentials};

use crate::evidence::{Evidence, Sink};

/// More messages than come while one is kept.
const WAITING: usize = 1 << 18;

/// Somebody who listens.
pub(crate) struct Traffic {
    client: Client,
    evidence: Arc<Evidence>,
}

impl Traffic {
    /// From now on.
    pub(crate) async fn watched(connection: &Connection, evidence: &Arc<Evidence>) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let options = ConnectOptions::with_user_and_password(user.clone(), password.clone());
        let options = options.subscription_capacity(WAITING);
        let client = options.connect(&connection.url).await.unwrap();
        let mut all = client.subscribe(">").await.unwrap();
        client.flush().await.unwrap();
        let (evidence, kept) = (Arc::clone(evidence), Arc::clone(evidence));
        tokio::spawn(async move {
            while let Some(message) = all.next().await {
                let subject = message.subject.to_string();
                let sink = match subject.starts_with("$KV.") {
                    true => Sink::Bucket,
                    false => Sink::Traffic,
                };
                let bytes = whole(&subject, message.headers.as_ref(), &message.payload);
                kept.add(sink, subject, bytes);
            }
        });
        Self { client, evidence }
    }

    /// Keeps every message of every stream, those of buckets and object stores among them; how many there are.
    pub(crate) async fn keep_stored(&self) -> usize {
        let jetstream = jetstream::new(self.client.clone());
        let names: Vec<String> = jetstream.stream_names().try_collect().await.unwrap();
        let mut count = 0;
        for name in names {
            let mut stream = jetstream.get_stream(&name).await.unwrap();
            let state = stream.info().await.unwrap().state.clone();
            for sequence in state.first_sequence..=state.last_sequence {
                // It may have been replaced by a newer one of its subject.
                let Ok(message) = stream.get_raw_message(sequence).await else {
                    continue;
                };
                let sink = match name.starts_with("KV_") {
                    true => Sink::Bucket,
                    false => Sink::Stream,
                };
                let bytes = whole(&message.subject, Some(&message.headers), &message.payload);
                self.evidence
                    .add(sink, format!("{name} {}", message.subject), bytes);
                count += 1;
            }
        }
        count
    }
}

/// A message as its bytes.
fn whole(subject: &str, headers: Option<&HeaderMap>, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("{subject}\n");
    for (name, values) in headers.into_iter().flat_map(HeaderMap::iter) {
        for value in values {
            text += &format!("{name}: {}\n", value.as_str());
        }
    }
    [text.as_bytes(), b"\n", payload].concat()
}
