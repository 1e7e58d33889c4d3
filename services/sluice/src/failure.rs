//! Why a command has not done what was asked, as its user reads it: `error: …`, and `hint: …` below.

use std::{fmt, process::ExitCode};

use sluice_daemon::escape;
use sluice_registry::Problems;

/// Something failed that may work another time.
const FAILED: u8 = 1;

/// What was asked for is refused or wrong: asked again, it is again.
const REFUSED: u8 = 2;

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: String,
    code: u8,
}

impl Failure {
    /// It may work another time.
    pub(crate) fn failed(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        let (what, hint) = (what.into(), hint.into());
        Self {
            what,
            hint,
            code: FAILED,
        }
        .into()
    }

    /// It is refused or wrong.
    pub(crate) fn refused(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        let (what, hint) = (what.into(), hint.into());
        Self {
            what,
            hint,
            code: REFUSED,
        }
        .into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Tells it, and returns the exit code that says what kind it is.
pub(crate) fn tell(error: &anyhow::Error) -> ExitCode {
    eprint!("{}", words(error));
    ExitCode::from(code(error))
}

fn words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for (index, cause) in error.chain().enumerate() {
        let start = if index == 0 { "error" } else { "  caused by" };
        words += &format!("{start}: {}\n", lines(&cause.to_string()));
    }
    let failures = error.chain().filter_map(|cause| cause.downcast_ref());
    for Failure { hint, .. } in failures.filter(|failure: &&Failure| !failure.hint.is_empty()) {
        words += &format!("hint: {}\n", lines(hint));
    }
    words
}

/// Lines of our own making stay lines; what is inside them may be anyone's.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escape::terminal).collect();
    lines.join("\n  ")
}

fn code(error: &anyhow::Error) -> u8 {
    let mut failures = error.chain().filter_map(|cause| cause.downcast_ref());
    let failure = failures.next().map(|failure: &Failure| failure.code);
    let is_wrong = || error.chain().any(|cause| cause.is::<Problems>());
    failure.unwrap_or_else(|| if is_wrong() { REFUSED } else { FAILED })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_what_went_wrong_comes_before_what_to_do_and_steers_no_terminal() {
        let failure = Failure::refused("no \u{1b}[31m\nDoor a: locked", "ask\u{202e}");
        let failure = failure.context("it stays outside");
        let said = "error: it stays outside\n  caused by: no \\u{1b}[31m\n  Door a: locked\nhint: ask\\u{202e}\n";
        assert_eq!(words(&failure), said);
        assert_eq!(code(&failure), 2);
        assert_eq!(code(&Failure::failed("x", "")), 1);
        assert_eq!(words(&anyhow::anyhow!("x")), "error: x\n");
        assert_eq!(code(&anyhow::anyhow!("x")), 1);
        let wrong = sluice_registry::parse(b"kind: None").unwrap_err();
        assert_eq!(code(&anyhow::Error::new(wrong).context("y")), 2);
    }
}
