//! Pages of a stream, from the oldest message on.

use actix_web::http::StatusCode;
use sluice_bus::{LookupError, StoredMessage};

use crate::{problem::Problem, serve::Asked};

/// Where a reader that follows was cut off, as it says when it comes again.
const LAST_SEEN: &str = "last-event-id";

impl Asked {
    /// The sequence that was seen last: by the header of a reader that comes again, else by the parameter.
    pub(crate) fn after(&self) -> Result<Option<u64>, Problem> {
        let by_parameter = self.parameters.sequence("after")?;
        let Some(value) = self.request.headers().get(LAST_SEEN) else {
            return Ok(by_parameter);
        };
        let text = value.to_str().unwrap_or_default();
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let seen = text.parse().ok().filter(|_| digits);
        let wrong = || {
            let detail = "Last-Event-ID: give the id of the last event that was seen";
            Problem::new(StatusCode::BAD_REQUEST, detail)
        };
        seen.map(Some).ok_or_else(wrong)
    }

    /// The messages of a stream on a subject, as many as are wanted, after `after` or since `since`; and what leads to the
    /// next page, if something more is stored.
    pub(crate) async fn read(
        &self,
        stream: &str,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<StoredMessage>, Option<String>), Problem> {
        let (api, given) = (&self.api, &self.parameters);
        let (since, after) = (given.time("since")?, self.after()?);
        let reading = async {
            // It is never closed; whoever waits too long for a place has waited too long.
            let _place = api.reads.acquire().await;
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
