//! Tokens and passwords.

use crate::{Plaintext, Problem, plaintext::MAX_SECRET_BYTES};

/// Says what is wrong with one, or what to warn of.
pub(super) fn check(value: &Plaintext) -> Result<Vec<Problem>, Problem> {
    let problem = |what: &str, remedy: &str| Problem::new("value", what, remedy);
    let bytes = value.expose();
    if bytes.is_empty() {
        return Err(problem(
            "it is empty",
            "give one, or leave it out to keep the one that is there",
        ));
    }
    if bytes.len() > MAX_SECRET_BYTES {
        let what = format!("it is longer than {MAX_SECRET_BYTES} bytes");
        return Err(problem(&what, "check that it is the right one"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| problem("it is not UTF-8 text", "give it as text"))?;
    if text.starts_with("-----BEGIN ") {
        return Err(problem("it is a key, not a word", "declare it as sshKey"));
    }
    if text.contains(char::is_control) {
        return Err(problem(
            "it has a line break or another control character",
            "give the value alone",
        ));
    }
    let around = text.trim().len() < text.len();
    let warning = problem(
        "it begins or ends with a blank, which counts",
        "check that it is meant",
    );
    Ok(around.then_some(warning).into_iter().collect())
}
