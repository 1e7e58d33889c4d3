//! The child: does one job for a service and ends. libgit2 and whatever reads what a remote says run here.
//!
//! Reads:    one job on standard input, which then stays open for as long as the job is wanted.
//! Writes:   frames on standard output; the last is `Done` or `Problem`.
//! State:    one bare mirror, under a lock.
//! Failure:  whatever a remote does ends in a `Problem`, or in the death of this process and nothing else.
//!
//! The way of a job: [`job`] (read it) → [`confine`] (give up everything else) → [`remote`] (list, fetch) → [`mirror`]
//! (keep) → [`history`] and [`changes`] (what is new) → [`say`].

mod alive;
mod changes;
mod commit;
mod confine;
mod history;
mod job;
mod libgit2;
mod mirror;
mod objects;
mod remote;
mod say;
mod tell;
mod update;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut say = say::Say::stdout();
    let ended = job::run(&mut say);
    // If nobody listens any more there is nobody to tell.
    match ended {
        Ok(()) => say.done(),
        Err(error) => say.problem(&error),
    }
    ExitCode::SUCCESS
}
