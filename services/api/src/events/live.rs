//! Events as they come: server-sent events (`text/event-stream`), for as long as the access token opens them.
//!
//! Each has its sequence in the stream as its id, so whoever was cut off goes on after the last that they have seen
//! (`Last-Event-ID`). Little is kept for slow readers: who does not take an event in time is cut off, and comes again.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header::{ACCEPT, CACHE_CONTROL},
    web::Bytes,
};
use futures_util::stream;
use sluice_bus::{LookupError, StoredMessage, Wake};
use sluice_events::Timestamp;
use tokio::{sync::mpsc, time::Instant};

use super::{STREAM, shown::Shown};
use crate::{places::Place, problem::Problem, serve::Asked};

/// What they are called.
pub(crate) const MEDIA: &str = "text/event-stream";

/// How often something is said at least, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How soon the stream is read again after a wake-up: what wakes may not be stored yet.
const SOON: Duration = Duration::from_millis(20);

/// How many events are on their way to a reader at most.
const ON_THE_WAY: usize = 16;

/// How many are read at a time for one who may take long over each.
const AT_ONCE: usize = 64;

/// What a reader is told first: when to come again after the connection has ended.
const BEGIN: &[u8] = b"retry: 2000\n\n";

/// Says nothing, and is heard.
const BEAT: &[u8] = b": still here\n\n";

/// Whether events are wanted as they come.
pub(super) fn is_wanted(asked: &Asked) -> bool {
    let mut accepted = asked.request.headers().get_all(ACCEPT);
    let wants = accepted.any(|value| value.to_str().is_ok_and(|value| value.contains(MEDIA)));
    wants && asked.request.method() == actix_web::http::Method::GET
}

/// Sends what is stored on a subject after `after`, else from now on, and what comes.
pub(super) async fn follow(
    asked: Asked,
    subject: String,
    after: Option<u64>,
) -> Result<HttpResponse, Problem> {
    let place = asked.api.followers.take(asked.holder.name())?;
    // Woken from before the first look, so that nothing falls in between.
    let wake = asked.in_time(asked.api.bus.wake(&subject)).await?;
    let seen = match after {
        Some(after) => after,
        None => asked.in_time(asked.api.bus.last_sequence(STREAM)).await?,
    };
    let (sender, receiver) = mpsc::channel(ON_THE_WAY);
    let following = Following {
        asked,
        subject,
        seen,
        wake,
        sender,
        _place: place,
    };
    actix_web::rt::spawn(following.run());
    let frames = stream::unfold(receiver, |mut receiver| async move {
        let frame: Bytes = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(frame), receiver))
    });
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.content_type(MEDIA).streaming(frames))
}

/// One who follows.
struct Following {
    asked: Asked,
    subject: String,
    /// The last sequence that was sent.
    seen: u64,
    wake: Wake,
    sender: mpsc::Sender<Bytes>,
    /// Free when it ends: a reader who takes nothing any more can keep its connection open, and no more than that.
    _place: Place,
}

impl Following {
    /// Until the reader is gone or too slow, the token opens nothing any more, the bus is away, or we stop.
    async fn run(mut self) {
        let mut changes = self.asked.api.directory.changes();
        let mut said = Instant::now();
        let (mut pause, mut look_at) = (SOON, Instant::now());
        let mut goes_on = self.say(Bytes::from_static(BEGIN)).await;
        while goes_on && self.is_open() {
            if look_at <= Instant::now() {
                let before = self.seen;
                goes_on = self.pass_on().await;
                if self.seen != before {
                    (said, pause) = (Instant::now(), SOON);
                }
                look_at = Instant::now() + pause;
                pause = (pause * 3).min(HEARTBEAT / 2);
            }
            if said.elapsed() >= HEARTBEAT {
                goes_on &= self.say(Bytes::from_static(BEAT)).await;
                said = Instant::now();
            }
            let ends_at = Instant::now() + self.left();
            tokio::select! {
                // Many at once are one reason to look.
                () = self.wake.next() => {
                    (pause, look_at) = (SOON, look_at.min(Instant::now() + SOON));
                }
                () = tokio::time::sleep_until(look_at.min(ends_at)) => {}
                // It may be the access token that has changed.
                _ = changes.changed() => {}
                () = self.asked.api.stopping.cancelled() => return,
                () = self.sender.closed() => return,
            }
        }
    }

    /// Whether the access token is what it was, and has not ended.
    fn is_open(&self) -> bool {
        let holder = &self.asked.holder;
        let present = self.asked.api.directory.token_named(holder.name());
        present.is_some_and(|present| holder.is(&present)) && !self.left().is_zero()
    }

    /// How long the access token still opens something; no more than is waited anyway.
    fn left(&self) -> Duration {
        match self.asked.holder.expires_at() {
            None => HEARTBEAT,
            Some(end) => end.since(Timestamp::now()).min(HEARTBEAT),
        }
    }

    /// Sends everything that is stored and was not sent; false if it cannot be read, or the reader cannot follow.
    async fn pass_on(&mut self) -> bool {
        loop {
            let messages = match self.read().await {
                Ok(messages) => messages,
                Err(problem) => {
                    tracing::warn!("{problem}: who follows events is cut off");
                    return false;
                }
            };
            if messages.is_empty() {
                return true;
            }
            for message in messages {
                self.seen = message.sequence;
                if let Some(frame) = frame(&message)
                    && !(self.is_open() && self.say(frame).await)
                {
                    return false;
                }
            }
        }
    }

    async fn read(&self) -> Result<Vec<StoredMessage>, Problem> {
        let api = &self.asked.api;
        let from = self.seen.saturating_add(1);
        let reading = async {
            let _place = api.reads.acquire().await;
            api.bus
                .read_few_forward(STREAM, &self.subject, from, AT_ONCE)
                .await
        };
        self.asked.in_time(reading).await
    }

    /// Whether the reader has taken it in time.
    async fn say(&self, frame: Bytes) -> bool {
        let deadline = self.asked.api.listen.follow_deadline;
        let said = tokio::time::timeout(deadline, self.sender.send(frame)).await;
        matches!(said, Ok(Ok(())))
    }
}

impl Asked {
    async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, LookupError>>,
    ) -> Result<T, Problem> {
        let read = tokio::time::timeout(self.api.listen.answer_deadline, reading).await;
        let read = read.map_err(|_| Problem::unavailable("the events took too long to read"))?;
        Ok(read?)
    }
}

/// An event as it is sent. Its JSON has no line breaks: they would end it.
fn frame(message: &StoredMessage) -> Option<Bytes> {
    let shown = Shown::read(message)?;
    let data = serde_json::to_string(&shown).ok()?;
    Some(Bytes::from(format!(
        "id: {}\ndata: {data}\n\n",
        message.sequence
    )))
}
