//! Where on a shared account this Sluice lives.

/// Prefixes that keep several Sluices, or a Sluice and its neighbours, apart on one account. Empty by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    subjects: String,
    streams: String,
}

impl Namespace {
    /// A namespace by its one word, such as `emea`: subjects begin with `emea.`, streams with `EMEA_`, buckets with
    /// `emea-`. `None` if the word is not made of `a-z`, `0-9` and `-`. The empty word is no namespace.
    pub fn of(word: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if word.is_empty() {
            return Some(Self::default());
        }
        word.chars().all(fits).then(|| Self {
            subjects: format!("{word}."),
            streams: format!("{}_", word.to_ascii_uppercase()),
        })
    }

    /// A subject as it stands on the bus.
    pub fn subject(&self, subject: &str) -> String {
        format!("{}{subject}", self.subjects)
    }

    /// A subject of the bus without the prefix; `None` if it is not ours.
    pub fn strip<'s>(&self, subject: &'s str) -> Option<&'s str> {
        subject.strip_prefix(&self.subjects)
    }

    /// A stream's name on the bus.
    pub fn stream(&self, name: &str) -> String {
        format!("{}{name}", self.streams)
    }

    /// A bucket's name on the bus.
    pub fn bucket(&self, name: &str) -> String {
        let prefix = self.subjects.trim_end_matches('.');
        if prefix.is_empty() {
            format!("sluice-{name}")
        } else {
            format!("{prefix}-sluice-{name}")
        }
    }
}
