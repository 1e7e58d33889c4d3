//! A repository that needs work: read its present state, converge, say what changed.

use std::{path::PathBuf, sync::Arc, time::Instant};

use sluice_bus::{
    Bus,
    consume::{self, Advance, Failure, Options, Received, Sink},
};
use sluice_events::{
    Subject, Timestamp,
    v1::{MirrorKind, SyncState, Wake},
};
use sluice_git::{Asked, Git, GitError, Told, Updating};
use sluice_repositories::{Registered, Repositories};
use tokio::sync::Semaphore;

use crate::{
    listing::Listing,
    pushes::{self, Pushes},
    report::{self, Found},
    state::{self, Before, States},
    wake,
};

/// What the handlers of all partitions share.
pub(crate) struct Sync {
    pub(crate) bus: Bus,
    pub(crate) git: Git,
    /// Folder of the mirrors.
    pub(crate) mirrors: PathBuf,
    pub(crate) repositories: Repositories,
    pub(crate) states: States,
    /// Bounds how many repositories are worked on at once.
    pub(crate) places: Semaphore,
    /// How messages are taken.
    pub(crate) consume: Options,
}

/// The handler of one partition.
pub(crate) struct Handler(pub(crate) Arc<Sync>);

/// What is to be done about a wake.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Nothing: nobody keeps it, or it waits for somebody.
    Leave,
    /// Look at it.
    Look,
}

impl consume::Handler for Handler {
    type Event = Wake;

    async fn handle(
        &self,
        event: Received<Wake>,
        sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let subject = Subject::parse(&event.subject)
            .map_err(|error| Failure::Reject(format!("its subject cannot be read: {error}")))?;
        if !self.0.repositories.is_read() {
            return Err(Failure::Retry("the repositories were not read yet".into()));
        }
        let Some(registered) = self.0.repositories.find(&subject.address) else {
            return Ok(None);
        };
        let before = self.0.states.read(&registered).await?;
        match decide(&registered, &before.state, &event.data) {
            Decision::Leave => Ok(None),
            Decision::Look => self.0.look(&registered, before, sink).await.map(Some),
        }
    }
}

/// What somebody has to mend is left alone until they have, or ask for it.
fn decide(registered: &Registered, state: &SyncState, wake: &Wake) -> Decision {
    let halted = state.halt == Some(registered.versions.halt()) && wake.reason != wake::COMMAND;
    if halted || registered.mirror() == MirrorKind::None {
        Decision::Leave
    } else {
        Decision::Look
    }
}

impl Sync {
    /// Looks at the repository, says what it found, and returns how it stands now.
    async fn look(
        &self,
        registered: &Registered,
        before: Before,
        sink: &mut Sink,
    ) -> Result<Advance, Failure> {
        let pushes = pushes::since(&self.bus, registered, before.state.events_read).await?;
        let place = self.places.acquire().await;
        let began = Instant::now();
        let took = self.take(registered, &before, &pushes, sink).await;
        drop(place);
        metrics::histogram!("sluice_sync_seconds").record(began.elapsed().as_secs_f64());
        let took = took?;
        let outcome = match &took {
            Ok(found) if found.moves.is_empty() => "same",
            Ok(_) => "moved",
            Err(_) => "failed",
        };
        metrics::counter!("sluice_syncs_total", "outcome" => outcome).increment(1);
        let state = match took {
            Ok(found) => {
                report::completed(registered, &before.state, &found, sink).await?;
                self.states
                    .completed(registered, &before, &found, pushes.read)
                    .await?
            }
            Err(error) => {
                let state = state::failed(registered, &before.state, &error, Timestamp::now());
                report::failed(registered, &before.state, &state, sink).await?;
                state
            }
        };
        self.states.advance(registered, &before, &state)
    }

    /// Brings the mirror up and passes on what is told. The outer failure is the bus's, the inner one Git's.
    async fn take(
        &self,
        registered: &Registered,
        before: &Before,
        pushes: &Pushes,
        sink: &mut Sink,
    ) -> Result<Result<Found, GitError>, Failure> {
        let mut updating = match self.begin(registered, before, pushes).await {
            Ok(updating) => updating,
            Err(error) => return Ok(Err(error)),
        };
        let mut found = Found::default();
        let mut listing = Listing::new(registered, before.state.generation + 1, pushes);
        loop {
            match updating.next().await {
                Ok(Some(Told::Refs(refs))) => found.refs_are(refs),
                Ok(Some(Told::Move(moved))) => {
                    listing.next(moved.clone(), sink).await?;
                    found.moves.push(listing.explained(moved));
                }
                Ok(Some(Told::Commit { commit, mark })) => listing.add(commit, mark, sink).await?,
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            }
        }
        listing.finish(sink).await?;
        Ok(Ok(found))
    }

    async fn begin(
        &self,
        registered: &Registered,
        before: &Before,
        pushes: &Pushes,
    ) -> Result<Updating, GitError> {
        let remote = registered.remote.as_ref().map_err(Clone::clone)?;
        let asked = Asked {
            synced: before.refs.clone(),
            marks: pushes.marks(),
        };
        if registered.mirror() == MirrorKind::RefsOnly {
            return self.git.refs_only(remote, asked).await;
        }
        self.git
            .update(remote, &self.mirror(registered), asked)
            .await
    }

    /// Its folder. Both parts of the key are names without dots or slashes.
    fn mirror(&self, registered: &Registered) -> PathBuf {
        let record = &registered.record;
        self.mirrors
            .join(&record.project)
            .join(format!("{}.git", record.name))
    }
}
