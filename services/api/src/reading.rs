//! Pages of a stream, from the oldest message on.

use sluice_bus::{LookupError, StoredMessage};

use crate::{problem::Problem, serve::Asked};

impl Asked {
    /// The messages of a stream on a subject, as many as are wanted, after `after` or since `since`; and what leads to the
    /// next page, if something more is stored.
    pub(crate) async fn read(
        &self,
        stream: &str,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Option<String>), Problem> {
        let (api, given) = (&self.api, &self.parameters);
        let (since, after) = (given.time("since")?, given.sequence("after")?);
        let place = api.reads.try_acquire();
        let _place = place.map_err(|_| Problem::unavailable("too many read at once"))?;
        let reading = async {
            match (after, since) {
                (Some(after), _) => {
                    let from = after.saturating_add(1);
                    api.bus.read_forward(stream, subject, from).await
                }
                (None, Some(since)) => api.bus.read_since(stream, subject, since).await,
                (None, None) => api.bus.read_forward(stream, subject, 1).await,
            }
        };
        let read: Result<_, LookupError> =
            tokio::time::timeout(api.listen.answer_deadline, reading)
                .await
                .map_err(|_| Problem::unavailable("what is stored took too long to read"))?;
        let mut messages = read?;
        let more = messages.len() > limit as usize;
        messages.truncate(limit as usize);
        let last = messages.last().filter(|last| more || has_more(last));
        let next = last.map(|last| last.sequence.to_string());
        Ok((messages, next))
    }
}

/// Whether the server has said that something follows.
fn has_more(last: &StoredMessage) -> bool {
    let pending = last.header("Nats-Num-Pending");
    pending.is_some_and(|pending| pending != "0")
}
