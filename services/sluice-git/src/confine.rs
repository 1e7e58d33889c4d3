//! What holds this process in (rule S21): whoever takes it over through a crafted pack finds nothing else to take.
//!
//! It is all done before the first byte of a remote or of a repository is read, and before there is a second thread.

mod calls;
mod files;
mod limits;

use std::path::PathBuf;

use sluice_git::{
    GitError,
    job::{Confinement, Limits},
    problem,
};

/// What a job cannot be done without. The default is nothing.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// The folder that is written.
    pub(crate) written: Option<PathBuf>,
    /// What is read besides.
    pub(crate) read: Option<PathBuf>,
    /// The ports that are connected to.
    pub(crate) ports: Vec<u16>,
}

/// What can be done before the job is known.
pub(crate) fn first() -> Result<(), GitError> {
    limits::close_all_files()
        .map_err(|error| problem!(Local, "inherited files cannot be closed: {error}"))?;
    limits::refuse_to_grow()
        .map_err(|error| problem!(Local, "the process cannot be protected: {error}"))
}

/// The rest, and what came of it.
pub(crate) fn rest(needs: &Needs, limits: &Limits) -> Result<Confinement, GitError> {
    limits::bound(limits)
        .map_err(|error| problem!(Local, "the process cannot be bounded: {error}"))?;
    let mut confinement = Confinement::default();
    files::confine(needs, &mut confinement)?;
    match calls::refuse(!needs.ports.is_empty()) {
        Ok(()) => confinement.calls = true,
        Err(why) => confinement
            .missing
            .push(format!("system calls are not filtered: {why}")),
    }
    Ok(confinement)
}
