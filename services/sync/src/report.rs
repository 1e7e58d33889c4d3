//! What sync says about a repository: that it is in step, why it is not, that it can be reached again.

use serde::Serialize;
use sluice_bus::{
    Outgoing,
    consume::{Failure, Sink},
};
use sluice_events::{
    Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{RefMove, SyncCompleted, SyncConnected, SyncDisconnected, SyncFailed, SyncState, Trust},
};
use sluice_git::Advertised;
use sluice_repositories::{Refs, Registered};

/// How many bytes of moves one message has at most.
const MOVES: usize = 400 * 1024;

/// What a look at a repository found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Where its refs are.
    pub(crate) refs: Refs,
    /// Short name of the branch that HEAD points to.
    pub(crate) head: String,
    /// What moved since the last sync.
    pub(crate) moves: Vec<RefMove>,
}

impl Found {
    pub(crate) fn refs_are(&mut self, advertised: Advertised) {
        self.head = advertised
            .head
            .map(|head| head.short().into_owned())
            .unwrap_or_default();
        self.refs = advertised
            .refs
            .into_iter()
            .map(|found| (found.name, found.oid))
            .collect();
    }

    /// The generation that it leads to: the next if anything moved.
    pub(crate) fn generation(&self, before: &SyncState) -> u64 {
        before.generation + u64::from(!self.moves.is_empty())
    }
}

/// Says that the repository is in step, if that is news.
pub(crate) async fn completed(
    registered: &Registered,
    before: &SyncState,
    found: &Found,
    sink: &mut Sink,
) -> Result<(), Failure> {
    let (repository, name) = (Some(registered.told("")), registered.record.name.clone());
    if before.completed_at.is_none() || before.halt.is_some() {
        let said = SyncConnected {
            repository: repository.clone(),
            name: name.clone(),
            connected_at: Some(Timestamp::now()),
        };
        // The same connection, however often it is said.
        let since = before.failure.as_ref().and_then(|failure| failure.since);
        let occasion = [before.generation.to_be_bytes().as_slice(), &seconds(since)].concat();
        say(registered, "connected", &occasion, &said, sink).await?;
    }
    if found.moves.is_empty() {
        return Ok(());
    }
    let said = SyncCompleted {
        repository,
        name,
        generation: found.generation(before),
        moves: some_of(&found.moves),
        moves_total: found.moves.len() as u64,
        head: found.head.clone(),
        completed_at: Some(Timestamp::now()),
    };
    let occasion = found.moves.iter().flat_map(|moved| {
        let parts = [Some(&moved.r#ref), moved.from.as_ref(), moved.to.as_ref()];
        parts
            .map(|part| part.map_or("", String::as_str))
            .join("\n")
            .into_bytes()
    });
    let occasion: Vec<u8> = said
        .generation
        .to_be_bytes()
        .into_iter()
        .chain(occasion)
        .collect();
    say(registered, "completed", &occasion, &said, sink).await
}

/// Says that it failed, if it did not fail the same way before.
pub(crate) async fn failed(
    registered: &Registered,
    before: &SyncState,
    now: &SyncState,
    sink: &mut Sink,
) -> Result<(), Failure> {
    let (repository, name) = (Some(registered.told("")), registered.record.name.clone());
    let Some(failure) = &now.failure else {
        return Ok(());
    };
    let known = before
        .failure
        .as_ref()
        .is_some_and(|known| known.problem == failure.problem);
    let occasion = [
        failure.problem.to_be_bytes().as_slice(),
        &seconds(failure.since),
    ]
    .concat();
    if !known {
        tracing::warn!(
            repository = registered.key,
            problem = failure.message,
            "a repository could not be synced"
        );
        let said = SyncFailed {
            repository: repository.clone(),
            name: name.clone(),
            failure: Some(failure.clone()),
        };
        say(registered, "failed", &occasion, &said, sink).await?;
    }
    if now.halt.is_some() && before.halt.is_none() {
        let said = SyncDisconnected {
            repository,
            name,
            failure: Some(failure.clone()),
        };
        say(registered, "disconnected", &occasion, &said, sink).await?;
    }
    Ok(())
}

/// As many moves as one message holds, without paths where these are what is too much.
fn some_of(moves: &[RefMove]) -> Vec<RefMove> {
    let mut left = MOVES;
    let mut some = Vec::new();
    for moved in moves {
        let size = |moved: &RefMove| to_json(moved).map_or(MOVES, |json| json.len());
        let bare = RefMove {
            paths: None,
            removed: Vec::new(),
            ..moved.clone()
        };
        let fitting = [moved.clone(), bare]
            .into_iter()
            .find(|moved| size(moved) <= left);
        let Some(fitting) = fitting else { break };
        left -= size(&fitting);
        some.push(fitting);
    }
    some
}

async fn say<M: Serialize>(
    registered: &Registered,
    action: &str,
    occasion: &[u8],
    said: &M,
    sink: &mut Sink,
) -> Result<(), Failure> {
    let subject = Subject::new("sync", registered.address(), "repository", action);
    let id = MessageId::of(&[
        b"sync",
        registered.key.as_bytes(),
        action.as_bytes(),
        occasion,
    ]);
    let envelope = envelope(registered, &subject, "", &id);
    let payload =
        to_json(said).map_err(|error| Failure::Reject(format!("it cannot be encoded: {error}")))?;
    sink.push(Outgoing::event(&subject, &envelope, id, payload))
        .await
}

/// The envelope of what sync says.
pub(crate) fn envelope(
    registered: &Registered,
    subject: &Subject,
    about: &str,
    id: &MessageId,
) -> Envelope {
    Envelope {
        id: id.as_str().to_owned(),
        source: registered.told("").web_url,
        event_type: subject.event_type(),
        subject: about.to_owned(),
        time: Timestamp::now(),
        project: registered.record.project.clone(),
        fact: None,
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    }
}

fn seconds(time: Option<Timestamp>) -> [u8; 8] {
    time.map_or(0, |time| time.seconds).to_be_bytes()
}
