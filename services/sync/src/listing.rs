//! Commits in parts of bounded size, as they come.

use std::mem;

use sluice_bus::{
    Outgoing,
    consume::{Failure, Sink},
};
use sluice_events::{
    MessageId, Subject, to_json,
    v1::{CommitRecord, CommitsListed, ListedCommit, RefMove},
};
use sluice_repositories::Registered;

use crate::{pushes::Pushes, report::envelope};

/// How many bytes of JSON one part has at most, but for a single commit that is larger.
const PART: usize = 400 * 1024;

/// How many commits one part has at most.
const COMMITS: usize = 500;

/// The listings of one sync: one for each move, each in parts.
pub(crate) struct Listing<'s> {
    registered: &'s Registered,
    generation: u64,
    pushes: &'s Pushes,
    open: Option<Open>,
}

/// The listing of a move that is being filled.
struct Open {
    moved: RefMove,
    part: u32,
    bytes: usize,
    commits: Vec<ListedCommit>,
}

impl<'s> Listing<'s> {
    /// The listings that lead to a generation.
    pub(crate) fn new(registered: &'s Registered, generation: u64, pushes: &'s Pushes) -> Self {
        Self {
            registered,
            generation,
            pushes,
            open: None,
        }
    }

    /// A move with the push that brought it, where an event tells.
    pub(crate) fn explained(&self, moved: RefMove) -> RefMove {
        let to = moved.to.as_deref().unwrap_or_default();
        let push = self.pushes.that_brought(&moved.r#ref, &moved.ref_raw, to);
        RefMove {
            push: push.cloned(),
            ..moved
        }
    }

    /// Ends the listing of the last move and begins one of the next.
    pub(crate) async fn next(&mut self, moved: RefMove, sink: &mut Sink) -> Result<(), Failure> {
        self.finish(sink).await?;
        let moved = RefMove {
            paths: None,
            ..self.explained(moved)
        };
        self.open = Some(Open {
            moved,
            part: 0,
            bytes: 0,
            commits: Vec::new(),
        });
        Ok(())
    }

    /// Adds a commit that the move brought.
    pub(crate) async fn add(
        &mut self,
        commit: CommitRecord,
        mark: Option<usize>,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        let push = mark.and_then(|mark| self.pushes.at(mark)).cloned();
        let listed = ListedCommit {
            commit: Some(commit),
            push,
        };
        let bytes = encoded(&listed)?.len();
        let full = self.open.as_ref().is_some_and(|open| {
            !open.commits.is_empty() && (open.bytes + bytes > PART || open.commits.len() >= COMMITS)
        });
        if full {
            self.part(false, sink).await?;
        }
        if let Some(open) = &mut self.open {
            open.bytes += bytes;
            open.commits.push(listed);
        }
        Ok(())
    }

    /// Ends the listing of the last move.
    pub(crate) async fn finish(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        self.part(true, sink).await?;
        self.open = None;
        Ok(())
    }

    async fn part(&mut self, last: bool, sink: &mut Sink) -> Result<(), Failure> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let listed = CommitsListed {
            repository: Some(self.registered.told("")),
            name: self.registered.record.name.clone(),
            generation: self.generation,
            r#move: Some(open.moved.clone()),
            part: open.part,
            last,
            commits: mem::take(&mut open.commits),
            ..CommitsListed::default()
        };
        (open.part, open.bytes) = (open.part + 1, 0);
        sink.push(outgoing(self.registered, &listed)?).await
    }
}

/// Its id comes from what it says: who says it again, after a crash or elsewhere, says it under the same id.
fn outgoing(registered: &Registered, listed: &CommitsListed) -> Result<Outgoing, Failure> {
    let payload = encoded(listed)?;
    let id = MessageId::of(&[b"commits", registered.key.as_bytes(), &payload]);
    let subject = Subject::new("bulk", registered.address(), "commits", "listed");
    let about = listed.r#move.as_ref().map_or("", |moved| &moved.r#ref);
    let envelope = envelope(registered, &subject, about, &id);
    Ok(Outgoing::event(&subject, &envelope, id, payload))
}

fn encoded<M: serde::Serialize>(message: &M) -> Result<Vec<u8>, Failure> {
    to_json(message).map_err(|error| Failure::Reject(format!("it cannot be encoded: {error}")))
}
