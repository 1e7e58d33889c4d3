//! What is told to the service: frames on standard output.

use std::io::{BufWriter, Stdout, Write};

use sluice_events::v1;
use sluice_git::{
    Advertised, GitError, frames,
    job::{Confinement, Done, Frame, NewCommit, Problem, Ref, Refs, RefsEnd, frame::Said},
    problem,
};

/// How many refs go into one frame.
const TOGETHER: usize = 500;

/// Standard output.
pub(crate) struct Say(BufWriter<Stdout>);

impl Say {
    pub(crate) fn stdout() -> Self {
        Self(BufWriter::with_capacity(64 << 10, std::io::stdout()))
    }

    /// What holds us in.
    pub(crate) fn confinement(&mut self, confinement: Confinement) -> Result<(), GitError> {
        self.frame(Said::Confinement(confinement))?;
        self.flush()
    }

    /// All refs of the remote.
    pub(crate) fn refs(&mut self, refs: &Advertised) -> Result<(), GitError> {
        for some in refs.refs.chunks(TOGETHER) {
            let as_ref = |at: &sluice_git::AdvertisedRef| Ref {
                name: at.name.as_bytes().to_vec(),
                oid: at.oid.as_bytes().to_vec(),
                peeled: at
                    .peeled
                    .map(|oid| oid.as_bytes().to_vec())
                    .unwrap_or_default(),
            };
            self.frame(Said::Refs(Refs {
                refs: some.iter().map(as_ref).collect(),
            }))?;
        }
        let head = refs.head.as_ref().map(|head| head.as_bytes().to_vec());
        self.frame(Said::RefsEnd(RefsEnd {
            head: head.unwrap_or_default(),
        }))?;
        self.flush()
    }

    /// A ref moved.
    pub(crate) fn moved(&mut self, moved: v1::RefMove) -> Result<(), GitError> {
        self.frame(Said::Move(moved))
    }

    /// A commit is new.
    pub(crate) fn commit(
        &mut self,
        commit: v1::CommitRecord,
        mark: Option<u64>,
    ) -> Result<(), GitError> {
        self.frame(Said::Commit(NewCommit {
            commit: Some(commit),
            mark,
        }))
    }

    /// Everything is done.
    pub(crate) fn done(&mut self) {
        self.last(Said::Done(Done {}));
    }

    /// It did not go.
    pub(crate) fn problem(&mut self, error: &GitError) {
        let message = error.message.clone();
        self.last(Said::Problem(Problem {
            problem: error.problem.into(),
            message,
        }));
    }

    fn last(&mut self, said: Said) {
        // Whoever does not hear it sees our end.
        let _ = self.frame(said).and_then(|()| self.flush());
    }

    fn frame(&mut self, said: Said) -> Result<(), GitError> {
        frames::write(&mut self.0, &Frame { said: Some(said) }).map_err(|_| gone())
    }

    fn flush(&mut self) -> Result<(), GitError> {
        self.0.flush().map_err(|_| gone())
    }
}

fn gone() -> GitError {
    problem!(Local, "nobody listens any more")
}
