//! Whether the job is still wanted: the service keeps our standard input open for as long as it is.
//!
//! A signal at the parent's death would come too early: Linux ties it to the thread that started us, and a service's
//! threads come and go.

use std::{
    io::Read,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::Duration,
};

use sluice_git::{GitError, problem};

/// Ends this process when the job is not wanted any more.
pub(crate) struct Alive(Receiver<()>);

impl Alive {
    /// Watches from now on. What holds us in must be in force already, since threads inherit it.
    pub(crate) fn watch() -> Result<Self, GitError> {
        let (ended, watched) = sync_channel(1);
        let watch = move || {
            let mut byte = [0];
            // More than the job is not for us; anything else is the end.
            while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
            drop(ended);
            end();
        };
        let thread = std::thread::Builder::new()
            .name("alive".into())
            .stack_size(128 << 10)
            .spawn(watch);
        thread.map_err(|error| problem!(Local, "cannot start a thread: {error}"))?;
        Ok(Self(watched))
    }

    /// Lets that much time pass.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), GitError> {
        match self.0.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            _ => Err(problem!(Local, "the job is not wanted any more")),
        }
    }
}

#[expect(
    clippy::exit,
    reason = "the main thread may be amid anything, and there is nothing to finish"
)]
fn end() {
    std::process::exit(0);
}
