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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_no_namespace() {
        let none = Namespace::of("").unwrap_or_else(|| panic!("the empty word"));
        assert_eq!(none, Namespace::default());
        assert_eq!(none.subject("sluice.v1.git.a"), "sluice.v1.git.a");
        assert_eq!(none.strip("sluice.v1.git.a"), Some("sluice.v1.git.a"));
        assert_eq!(none.stream("SLUICE_GIT"), "SLUICE_GIT");
        assert_eq!(none.bucket("hosts"), "sluice-hosts");
    }

    #[test]
    fn a_word_begins_every_name() {
        let emea = Namespace::of("emea-2").unwrap_or_else(|| panic!("a word"));
        assert_eq!(emea.subject("sluice.v1.git.a"), "emea-2.sluice.v1.git.a");
        assert_eq!(
            emea.strip("emea-2.sluice.v1.git.a"),
            Some("sluice.v1.git.a")
        );
        assert_eq!(emea.strip("apac.sluice.v1.git.a"), None);
        assert_eq!(emea.strip("sluice.v1.git.a"), None);
        assert_eq!(emea.stream("SLUICE_GIT"), "EMEA-2_SLUICE_GIT");
        assert_eq!(emea.bucket("hosts"), "emea-2-sluice-hosts");
    }

    #[test]
    fn what_is_no_token_is_no_word() {
        for word in ["EMEA", "a.b", "a>", "*", "a b", "é", "a_b", "$JS"] {
            assert_eq!(Namespace::of(word), None, "{word}");
        }
    }
}
