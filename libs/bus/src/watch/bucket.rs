//! A bucket, as whoever reads it forward sees it.

use async_nats::{Subscriber, datetime::DateTime};

use crate::{Bus, LookupError, StoredMessage};

/// A bucket by its name on the bus.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) bus: Bus,
    pub(super) name: String,
}

/// How a bucket stands, as its leader has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// When it was made: another one of its name was made at another time.
    pub(super) created: DateTime,
    /// Its last revision; 0 if nothing was ever written.
    pub(super) last: u64,
}

impl Bucket {
    /// What is published to it wakes from now on.
    pub(super) async fn subscribe(&self) -> Result<Subscriber, LookupError> {
        self.bus.connected().await;
        let subscription = self.bus.client().subscribe(self.subjects()).await;
        subscription.map_err(|error| LookupError::new(&self.name, error))
    }

    pub(super) async fn standing(&self) -> Result<Standing, LookupError> {
        let stream = self.stream();
        let info = self.bus.stream_info(&stream).await?;
        let info = info.ok_or_else(|| LookupError::new(stream, "it does not exist"))?;
        Ok(Standing {
            created: info.created,
            last: info.state.last_sequence,
        })
    }

    /// What stands there from a revision on, in parts. None: nothing does up to the revision `last`.
    pub(super) async fn read(
        &self,
        from: u64,
        last: u64,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        let (stream, subjects) = (self.stream(), self.subjects());
        let messages = self.bus.read_batch(&stream, &subjects, from).await?;
        if !messages.is_empty() {
            return Ok(messages);
        }
        // Any replica may have answered, and one that lags behind has not seen it yet: what it has not, is not gone. The
        // leader knows.
        let next = self.bus.next_in(&stream, &subjects, from).await?;
        let next = next.filter(|next| next.sequence <= last);
        Ok(next.into_iter().collect())
    }

    fn stream(&self) -> String {
        format!("KV_{}", self.name)
    }

    fn subjects(&self) -> String {
        format!("$KV.{}.>", self.name)
    }
}
