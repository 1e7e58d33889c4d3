//! Errors on their way through [`std::io`].

use std::io;

use sluice_git::{GitError, problem};

/// The problem that an error of the wire is: the one that a layer below put into it, else a broken connection.
pub(crate) fn problem(error: io::Error) -> GitError {
    if error.get_ref().is_some_and(|inner| inner.is::<GitError>()) {
        let inner = error
            .into_inner()
            .and_then(|inner| inner.downcast::<GitError>().ok());
        return inner.map_or_else(
            || problem!(Network, "the connection broke off"),
            |inner| *inner,
        );
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => problem!(Network, "the remote broke off amid its answer"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            problem!(Timeout, "the remote said nothing for too long")
        }
        _ => problem!(Network, "the connection broke off: {error}"),
    }
}

/// A problem as an error of the wire.
pub(crate) fn io(error: GitError) -> io::Error {
    io::Error::other(error)
}
