//! A listing becomes records: find out who pushed and where to record, say what is new, count it.

use std::{collections::HashSet, time::Duration};

use sluice_bus::{
    Bus, Outgoing,
    consume::{Advance, Failure, Handler, Received, Sink},
};
use sluice_events::{
    Address, Timestamp,
    v1::{CommitsListed, Push},
};

use crate::{
    index::{Index, known::known},
    listing::{Listing, object_id},
    places::{Places, Whose},
    pushes::{self, Missing},
    record::{self, Moved},
    store::Store,
};

/// Records what sync lists.
pub(crate) struct Recorder {
    bus: Bus,
    index: Index,
    places: Places,
    store: Store,
    grace: Duration,
}

/// What is said of a listing.
#[derive(Debug)]
struct Said {
    commits: Vec<Outgoing>,
    moved: Option<Moved>,
    /// How many commits stand in the log already.
    repeats: usize,
}

impl Recorder {
    pub(crate) fn new(bus: &Bus, index: Index, grace: Duration) -> Self {
        Self {
            bus: bus.clone(),
            index,
            places: Places::new(bus),
            store: Store::new(bus),
            grace,
        }
    }

    /// The push that nobody knew when the commits were listed.
    async fn push(&self, listing: &Listing) -> Result<Option<Push>, Failure> {
        let missing = pushes::missing(listing, Timestamp::now(), self.grace);
        if missing == Missing::No {
            return Ok(None);
        }
        let found = pushes::find(&self.bus, listing).await;
        match found.map_err(|error| Failure::Retry(error.to_string()))? {
            None if missing == Missing::MayCome => {
                Err(Failure::Retry("who pushed it is not known yet".to_owned()))
            }
            found => Ok(found),
        }
    }

    /// Which of its commits are in the log already, as far as the index knows.
    async fn known(&self, place: &Address, listing: &Listing) -> HashSet<Vec<u8>> {
        let commits = listing.commits.iter();
        let shas = commits.filter_map(|listed| object_id(&listed.commit.as_ref()?.sha).ok());
        match known(&self.index, place, shas.collect()).await {
            Ok(known) => known,
            Err(error) => {
                // The stream knows: it refuses what stands there.
                tracing::warn!(%error, "the index cannot say what is recorded; all is said again");
                HashSet::new()
            }
        }
    }
}

impl Handler for Recorder {
    type Event = CommitsListed;

    async fn handle(
        &self,
        event: Received<CommitsListed>,
        sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let listing = Listing::read(event).map_err(Failure::Reject)?;
        let push = self.push(&listing).await?;
        let place = self.places.of(&Whose::of(&listing)).await;
        let place = place.map_err(|error| Failure::Retry(error.to_string()))?;
        let known = self.known(&place, &listing).await;

        let said = decide(&listing, &place, push.as_ref(), &known, Timestamp::now());
        let said = said.map_err(|error| Failure::Reject(format!("cannot be recorded: {error}")))?;
        report(&said);

        self.store.commits(said.commits, sink).await?;
        if let Some(moved) = said.moved {
            self.store.moved(moved).await?;
        }
        Ok(None)
    }
}

/// What there is to say that the log does not say yet. A move stands in every part of its listing, and is said of the
/// first.
fn decide(
    listing: &Listing,
    place: &Address,
    push: Option<&Push>,
    known: &HashSet<Vec<u8>>,
    now: Timestamp,
) -> Result<Said, serde_json::Error> {
    let is_known = |sha: &str| object_id(sha).is_ok_and(|sha| known.contains(&sha));
    let new = listing.commits.iter().filter(|listed| {
        let commit = listed.commit.as_ref();
        commit.is_some_and(|commit| !is_known(&commit.sha))
    });
    let commits = new.map(|listed| record::commit(listing, place, listed, push, now));
    let commits = commits.collect::<Result<Vec<_>, _>>()?;
    let moved = (listing.part == 0).then(|| record::moved(listing, place, push, now));
    Ok(Said {
        repeats: listing.commits.len() - commits.len(),
        commits,
        moved: moved.transpose()?,
    })
}

fn report(said: &Said) {
    let count = |outcome: &'static str, count: usize| {
        metrics::counter!("sluice_commit_log_commits_total", "outcome" => outcome)
            .increment(count as u64);
    };
    count("said", said.commits.len());
    count("repeated", said.repeats);
    if said.moved.is_some() {
        metrics::counter!("sluice_commit_log_moves_total").increment(1);
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{CommitRecord, ListedCommit, RefKind, RefMove};

    use super::*;

    fn sha(number: u8) -> String {
        hex::encode([number; 20])
    }

    fn listing(part: u32, commits: &[u8]) -> Listing {
        let listed = |number: &u8| ListedCommit {
            commit: Some(CommitRecord {
                sha: sha(*number),
                ..Default::default()
            }),
            push: None,
        };
        Listing {
            project: "default".into(),
            tokens: String::new(),
            repository: Default::default(),
            name: "web".into(),
            generation: 7,
            kind: RefKind::Branch,
            moved: RefMove::default(),
            refs: Vec::new(),
            part,
            commits: commits.iter().map(listed).collect(),
            found_at: Timestamp::default(),
        }
    }

    fn said(part: u32, commits: &[u8], known: &[u8]) -> Said {
        let known = known.iter().map(|number| vec![*number; 20]).collect();
        let listing = listing(part, commits);
        decide(
            &listing,
            &Address::default(),
            None,
            &known,
            Timestamp::default(),
        )
        .unwrap()
    }

    #[test]
    fn what_is_new_is_said_parents_first() {
        let said = said(0, &[1, 2, 3], &[2]);
        let subjects: Vec<_> = said.commits.iter().map(|record| &record.subject).collect();
        assert!(subjects[0].ends_with(&sha(1)) && subjects[1].ends_with(&sha(3)));
        assert_eq!((subjects.len(), said.repeats), (2, 1));
    }

    #[test]
    fn a_move_is_said_of_the_first_part_alone_whatever_is_known() {
        assert!(said(0, &[1], &[1]).moved.is_some());
        assert!(said(0, &[], &[]).moved.is_some());
        assert!(said(1, &[1], &[]).moved.is_none());
    }
}
