//! Canary secrets: made to be recognised wherever they turn up, in whatever form; and the search for them.
//!
//! ```
//! use sluice_test_support::canary::{Canary, Search};
//! let token = Canary::new("a host's token");
//! let search = Search::of([&token]);
//! let found = search.bytes(format!("GET /?t={}", token.value()).as_bytes());
//! assert_eq!(found[0].canary, "a host's token");
//! ```

mod forms;
mod search;
mod table;
mod watch;

use std::fmt;

use forms::forms;
pub use search::{Found, Search};
pub use table::Table;
pub use watch::{Watch, watch};

/// How many letters and digits the random part of a canary has.
const LENGTH: usize = 40;

/// The shortest piece that is looked for: nothing of its length comes about by chance.
const SHORTEST: usize = 12;

/// A secret that is looked for, with a name to speak of it by. Its value cannot be printed.
#[derive(Clone)]
pub struct Canary {
    name: String,
    value: String,
    /// What is unmistakable of it. Each is looked for alone: who sees half a secret has seen too much.
    marks: Vec<Vec<u8>>,
}

impl Canary {
    /// A new one, of letters and digits.
    pub fn new(name: &str) -> Self {
        Self::within(name, "", "")
    }

    /// A new one that begins and ends like this, which is not looked for: `ghp_`, or characters that encoders change.
    pub fn within(name: &str, begin: &str, end: &str) -> Self {
        let core = random(LENGTH);
        Self {
            name: name.to_owned(),
            value: format!("{begin}{core}{end}"),
            marks: marks(core.as_bytes()),
        }
    }

    /// A secret that was made by somebody else: a private key in PEM, or something of which only what is random may be
    /// given.
    ///
    /// # Panics
    /// If it is so short that it might be found by chance.
    pub fn made(name: &str, secret: &[u8]) -> Self {
        let marks = match secret.starts_with(b"-----BEGIN ") {
            true => lines(secret).flat_map(marks).collect(),
            false => marks(secret),
        };
        assert!(!marks.is_empty(), "{name} is too short");
        Self {
            name: name.to_owned(),
            value: String::from_utf8_lossy(secret).into_owned(),
            marks,
        }
    }

    /// A new one as text around it: every `{}` becomes its random part, which alone is looked for.
    pub fn in_text(name: &str, text: impl FnOnce(&str) -> String) -> Self {
        let core = random(LENGTH);
        Self {
            name: name.to_owned(),
            value: text(&core),
            marks: marks(core.as_bytes()),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret itself.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// It in every form that is looked for, each with the form's name: what somebody says who means to let it slip.
    pub fn disguises(&self) -> Vec<(&'static str, Vec<u8>)> {
        forms(self.value.as_bytes())
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canary({} [redacted])", self.name)
    }
}

/// The halves, as far as they are long enough to be known.
fn marks(secret: &[u8]) -> Vec<Vec<u8>> {
    match secret.len() {
        0..SHORTEST => Vec::new(),
        length if length < 2 * SHORTEST => vec![secret.to_vec()],
        length => {
            let (first, second) = secret.split_at(length / 2);
            vec![first.to_vec(), second.to_vec()]
        }
    }
}

/// Those lines of a key in PEM that are not the same in every key.
fn lines(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = key.split(|byte| byte.is_ascii_whitespace());
    lines
        .filter(|line| line.len() > 2 * SHORTEST && !line.starts_with(b"-----"))
        .skip(1)
}

/// Random letters and digits. It begins with one of either: what begins with a digit is a number to some, and what has
/// none is no token to others.
fn random(length: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    let digit = |(place, byte): (usize, &u8)| {
        let choice = match place {
            0 => &DIGITS[..52],
            1 => &DIGITS[52..],
            _ => DIGITS,
        };
        char::from(choice[usize::from(*byte) % choice.len()])
    };
    bytes.iter().enumerate().map(digit).collect()
}

#[cfg(test)]
mod tests;
