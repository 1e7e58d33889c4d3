//! Answers what is asked about commits, over NATS micro.
//!
//! The project is the one of the call's subject, and nothing of another one is ever looked at (rule S36). What is asked
//! is checked first ([`question`]), looked up within a budget of steps, and cut to what one message holds ([`page`]).

mod cursor;
mod page;
mod question;

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, Fleet, Query, Refusal};
use sluice_events::v1::{CommitPage, IndexProgress, ListCommits, RecordedCommit, ShowCommit};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{cursor::Cursors, question::Listed};
use crate::{
    SERVICE,
    index::{Index, IndexError, follow, position::Position, scope::Scope, walks::Walks},
};

/// Questions that are in hand at once; more are refused.
const IN_HAND: usize = 64;

/// How long to wait before serving again.
const RETRY: Duration = Duration::from_secs(1);

/// The verbs.
const VERBS: &[&str] = &["list", "show"];

/// What answers are made from.
pub(crate) struct Answering {
    pub(crate) bus: Bus,
    pub(crate) index: Index,
    /// How many steps one question may cost.
    pub(crate) steps: u64,
}

/// What answers are made from, once the key of cursors is known.
struct Ready {
    answering: Answering,
    cursors: Cursors,
}

/// Answers until told to stop, then finishes what is in hand.
pub(crate) async fn serve(answering: Answering, stopping: CancellationToken) {
    let mut in_hand = JoinSet::new();
    tokio::select! {
        biased;
        () = stopping.cancelled() => {}
        () = take(answering, &mut in_hand) => {}
    }
    in_hand.join_all().await;
}

async fn take(answering: Answering, in_hand: &mut JoinSet<()>) {
    let bus = answering.bus.clone();
    let ready = Arc::new(Ready {
        cursors: Cursors::load(&bus).await,
        answering,
    });
    loop {
        let mut queries =
            Fleet::serve(&bus, SERVICE.name, SERVICE.version, SERVICE.about, VERBS).await;
        while let Some(query) = queries.next(&bus).await {
            while in_hand.try_join_next().is_some() {}
            if in_hand.len() >= IN_HAND {
                let busy = Refusal::new(503, "too many questions at once: ask again");
                query.answer(Err::<CommitPage, _>(busy)).await;
                continue;
            }
            let ready = Arc::clone(&ready);
            in_hand.spawn(async move { ready.answer(query).await });
        }
        tokio::time::sleep(RETRY).await;
    }
}

impl Ready {
    async fn answer(&self, query: Query) {
        let begun = std::time::Instant::now();
        let (verb, outcome) = match query.call.verb.as_str() {
            "list" => ("list", respond(&query, self.list(&query).await).await),
            _ => ("show", respond(&query, self.show(&query).await).await),
        };
        metrics::counter!("sluice_commit_log_queries_total", "verb" => verb, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("sluice_commit_log_query_seconds", "verb" => verb)
            .record(begun.elapsed().as_secs_f64());
    }

    async fn list(&self, query: &Query) -> Result<CommitPage, Refusal> {
        let project = query.call.project.clone();
        let asked = read::<ListCommits>(query)?;
        let listed = Listed::read(&asked)?;
        let after = self.cursors.open(&asked, &project)?;
        let room = page::room(&self.answering.bus);
        let looking = self.ask(move |connection, walks| {
            let scope = Scope::of(
                connection,
                &project,
                &listed.wanted.host,
                &listed.wanted.repository,
            )?;
            page::look(
                connection,
                walks,
                scope.as_ref(),
                &listed,
                after,
                &project,
                room,
            )
        });
        let (found, last) = tokio::join!(looking, self.last());
        let found = found?;
        Ok(CommitPage {
            commits: found.commits,
            next: found
                .next
                .map(|next| self.cursors.seal(&asked, &query.call.project, next))
                .unwrap_or_default(),
            index: Some(IndexProgress {
                indexed: found.indexed,
                last: last.max(found.indexed),
            }),
        })
    }

    async fn show(&self, query: &Query) -> Result<RecordedCommit, Refusal> {
        let project = query.call.project.clone();
        let asked = read::<ShowCommit>(query)?;
        let prefix = question::prefix(&asked.sha)?;
        question::bounded(&[&asked.repository, &asked.host])?;
        let room = page::room(&self.answering.bus);
        let looking = self.ask(move |connection, _| {
            let scope = Scope::of(connection, &project, &asked.host, &asked.repository)?;
            let commit = crate::index::show::show(connection, scope.as_ref(), &prefix, &project)?;
            let position = Position::read(connection)?;
            Ok((page::fit(commit, room), position.sequence))
        });
        match looking.await {
            Ok((commit, _)) => Ok(commit),
            // What is not there may only be not there yet.
            Err(refusal) if refusal.code == 404 => Err(self.unless_behind(refusal).await),
            Err(refusal) => Err(refusal),
        }
    }

    /// Asks the index within the budget.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&rusqlite::Connection, &Walks) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let answer = self
            .answering
            .index
            .look(Some(self.answering.steps), ask)
            .await;
        answer.map_err(|error| match error {
            IndexError::Refused(refusal) => refusal,
            IndexError::TooMuch => Refusal::new(
                422,
                "it would take too long: narrow it by a repository, a time or a path",
            ),
            IndexError::Damaged(_) => Refusal::new(503, "the index is read anew: ask again"),
            IndexError::Failed(reason) => {
                tracing::error!(reason, "a query failed");
                Refusal::new(503, "the index cannot be read at present: ask again")
            }
        })
    }

    /// A refusal that says so if the index has not read the whole log.
    async fn unless_behind(&self, refusal: Refusal) -> Refusal {
        let indexed = self.answering.index.read(None, Position::read).await;
        let indexed = indexed.map_or(0, |position| position.sequence);
        let last = self.last().await;
        match last > indexed {
            true => Refusal::new(
                404,
                format!(
                    "{}; the index has read {indexed} of {last}, it may come",
                    refusal.message
                ),
            ),
            false => refusal,
        }
    }

    /// The last sequence of the log; 0 if it cannot be asked.
    async fn last(&self) -> u64 {
        let last = self.answering.bus.last_sequence(follow::STREAM).await;
        last.unwrap_or(0)
    }
}

fn read<M: DeserializeOwned>(query: &Query) -> Result<M, Refusal> {
    query.read()
}

/// Sends the answer; in a word, what it was.
async fn respond<M: Serialize>(query: &Query, answer: Result<M, Refusal>) -> &'static str {
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(refusal) if refusal.code >= 500 => "failed",
        Err(_) => "refused",
    };
    query.answer(answer).await;
    outcome
}
