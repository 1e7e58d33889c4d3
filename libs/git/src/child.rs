//! The child process of one job: started, fed, listened to, bounded, killed.
//!
//! The job goes in on standard input, which stays open: its end tells the child that we are gone. Frames come out on
//! standard output. Time counts only while somebody waits for a frame, so that a slow caller costs the child nothing.

use std::{
    os::unix::process::ExitStatusExt, path::Path, process::ExitStatus, process::Stdio,
    time::Duration,
};

use prost::Message;
use rustix::process::Signal;
use sluice_events::v1::GitProblem;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::{Instant, timeout},
};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Confinement, GitError, Settings, frames,
    job::{Frame, Job, frame::Said},
    problem,
    scrub::Scrub,
};

/// Most bytes that are kept of what it says on standard error.
const STDERR: usize = 16 << 10;

/// A child at work.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    said: BufReader<ChildStdout>,
    complaints: JoinHandle<Vec<u8>>,
    /// Open for as long as the child shall live.
    _alive: ChildStdin,
    left: Duration,
    deadline: Duration,
    scrub: Scrub,
    confinement: Confinement,
    over: bool,
}

impl Child {
    /// Starts it on a job.
    pub(crate) async fn start(settings: &Settings, mut job: Job) -> Result<Self, GitError> {
        let secret = job
            .remote
            .as_ref()
            .map(|remote| Zeroizing::new(remote.secret.clone()));
        let encoded = Zeroizing::new(job.encode_length_delimited_to_vec());
        if let Some(remote) = &mut job.remote {
            remote.secret.zeroize();
        }
        let mut process = spawn(&settings.program)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        ) else {
            return Err(problem!(Local, "sluice-git has no pipes"));
        };
        let complaints = tokio::spawn(first_bytes(stderr));
        // If it ended already, reading tells why.
        let _ = timeout(settings.deadline, stdin.write_all(&encoded)).await;
        Ok(Self {
            process,
            said: BufReader::with_capacity(64 << 10, stdout),
            complaints,
            left: settings.deadline,
            deadline: settings.deadline,
            scrub: secret.map(|secret| Scrub::of(&secret)).unwrap_or_default(),
            confinement: Confinement::default(),
            over: false,
            _alive: stdin,
        })
    }

    /// What holds it in.
    pub(crate) fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// The next frame; none after the last. Kills it if it takes too long.
    pub(crate) async fn next(&mut self) -> Result<Option<Said>, GitError> {
        if self.over {
            return Ok(None);
        }
        let began = Instant::now();
        let read = timeout(
            self.left,
            frames::read_async::<Frame>(&mut self.said, frames::MAX_FRAME),
        )
        .await;
        self.left = self.left.saturating_sub(began.elapsed());
        let Ok(read) = read else {
            self.end().await;
            let deadline = self.deadline;
            return Err(problem!(
                Timeout,
                "the work was not done within {deadline:?} and was given up"
            ));
        };
        match read {
            Ok(Some(Frame {
                said: Some(Said::Done(_)),
            })) => {
                self.over = true;
                // It has nothing left to do; its end is not waited for longer than that.
                let _ = timeout(Duration::from_secs(5), self.process.wait()).await;
                Ok(None)
            }
            Ok(Some(Frame {
                said: Some(Said::Problem(problem)),
            })) => {
                self.end().await;
                let message = self.scrub.text(problem.message.as_bytes());
                Err(GitError::new(problem.problem(), message))
            }
            Ok(Some(Frame {
                said: Some(Said::Confinement(found)),
            })) => {
                self.confinement = Confinement {
                    landlock: found.landlock,
                    files: found.files,
                    network: found.network,
                    calls: found.calls,
                    missing: found.missing.clone(),
                };
                Ok(Some(Said::Confinement(found)))
            }
            Ok(Some(Frame { said: Some(said) })) => Ok(Some(said)),
            Ok(Some(Frame { said: None })) => {
                self.end().await;
                Err(problem!(
                    Local,
                    "sluice-git said something that is not known here; is it of another version?"
                ))
            }
            Ok(None) | Err(_) => Err(self.died().await),
        }
    }

    /// Kills it.
    async fn end(&mut self) {
        self.over = true;
        // It may have ended by itself.
        let _ = self.process.kill().await;
    }

    /// Why it ended without a last word.
    async fn died(&mut self) -> GitError {
        self.over = true;
        let status = match timeout(Duration::from_secs(5), self.process.wait()).await {
            Ok(Ok(status)) => status,
            // It closed its output and goes on: that is no way to end.
            _ => {
                self.end().await;
                return problem!(Local, "sluice-git stopped talking");
            }
        };
        let complaints = (&mut self.complaints).await.unwrap_or_default();
        let shown = self.scrub.text(&complaints);
        tracing::debug!(%status, stderr = shown, "sluice-git ended without a last word");
        explain(status, &complaints, &shown)
    }
}

fn spawn(program: &Path) -> Result<tokio::process::Child, GitError> {
    let mut command = Command::new(program);
    command
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A signal for us, such as Ctrl-C, is not one for it: it ends when its job is given up.
        .process_group(0)
        .kill_on_drop(true);
    command.spawn().map_err(|error| {
        problem!(
            Local,
            "cannot run `{}`: {error}; name it with --git-program",
            program.display()
        )
    })
}

/// Reads to the end, so that the writer never waits, and keeps the beginning.
async fn first_bytes(mut from: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        let room = STDERR.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(part.get(..room).unwrap_or_default());
    }
    kept
}

/// What an end without a last word means.
fn explain(status: ExitStatus, complaints: &[u8], shown: &str) -> GitError {
    let says = |what: &str| {
        complaints
            .windows(what.len())
            .any(|window| window == what.as_bytes())
    };
    let signal = status.signal();
    let is = |of: Signal| signal == Some(of.as_raw());
    match signal {
        _ if says("memory allocation of") => GitError::new(
            GitProblem::Limit,
            "the work needed more memory than it may take (git-memory)",
        ),
        _ if is(Signal::XCPU) || is(Signal::KILL) => GitError::new(
            GitProblem::Limit,
            "the work took more of the processor or of memory than it may take, and was ended by the system",
        ),
        _ if is(Signal::BUS) => GitError::new(
            GitProblem::Local,
            "a file of the mirror changed or could not be read",
        ),
        Some(number) => problem!(
            Corrupt,
            "sluice-git broke (signal {number}) over what it read: {shown}"
        ),
        None => problem!(
            Local,
            "sluice-git ended without a last word ({status}): {shown}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let error = Child::start(&Settings::of("/nowhere/sluice-git"), Job::default())
            .await
            .unwrap_err();
        assert_eq!(error.problem, GitProblem::Local);
        assert!(error.message.contains("/nowhere/sluice-git"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_says_nothing_is_an_error() {
        let mut child = Child::start(&Settings::of("/bin/false"), Job::default())
            .await
            .unwrap();
        assert_eq!(child.next().await.unwrap_err().problem, GitProblem::Local);
        assert_eq!(child.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_killed() {
        let settings = Settings {
            deadline: Duration::from_millis(20),
            ..Settings::of("/bin/cat")
        };
        let mut child = Child::start(&settings, Job::default()).await.unwrap();
        // It repeats the job, which ends where a frame goes on, and waits for more.
        let error = child.next().await.unwrap_err();
        assert!(
            [GitProblem::Timeout, GitProblem::Local].contains(&error.problem),
            "{error}"
        );
    }

    #[test]
    fn an_end_says_what_it_was() {
        let of = |signal, said: &str| {
            explain(ExitStatus::from_raw(signal), said.as_bytes(), said).problem
        };
        assert_eq!(of(24, ""), GitProblem::Limit);
        assert_eq!(
            of(6, "memory allocation of 9 bytes failed"),
            GitProblem::Limit
        );
        assert_eq!(of(7, ""), GitProblem::Local);
        assert_eq!(of(11, ""), GitProblem::Corrupt);
        assert_eq!(of(1 << 8, ""), GitProblem::Local);
    }
}
