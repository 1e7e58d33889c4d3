//! One search for all canaries in all their forms.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use aho_corasick::AhoCorasick;

use super::{Canary, forms::forms};

/// Looks for canaries.
pub struct Search {
    automaton: AhoCorasick,
    /// What it is that was found, by the number of the pattern.
    meaning: Vec<Found>,
}

/// What was found. It says nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The canary's name.
    pub canary: String,
    /// In which form.
    pub form: &'static str,
}

impl Search {
    /// For these.
    pub fn of<'c>(canaries: impl IntoIterator<Item = &'c Canary>) -> Self {
        let (mut patterns, mut meaning) = (Vec::new(), Vec::new());
        for canary in canaries {
            for (form, pattern) in canary.marks.iter().flat_map(|mark| forms(mark)) {
                patterns.push(pattern);
                meaning.push(Found {
                    canary: canary.name.clone(),
                    form,
                });
            }
        }
        let automaton = AhoCorasick::new(patterns).unwrap();
        Self { automaton, meaning }
    }

    /// What is in some bytes, each once.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<Found> {
        let found = self.automaton.find_iter(bytes);
        self.told(found.map(|found| found.pattern().as_usize()))
    }

    /// What is in whatever can be read, however long it is and wherever one read ends and the next begins.
    pub fn reader(&self, reading: impl Read) -> io::Result<Vec<Found>> {
        let found = self.automaton.stream_find_iter(reading);
        let found: io::Result<Vec<_>> = found
            .map(|found| found.map(|found| found.pattern().as_usize()))
            .collect();
        Ok(self.told(found?.into_iter()))
    }

    fn told(&self, patterns: impl Iterator<Item = usize>) -> Vec<Found> {
        let found: BTreeSet<_> = patterns.map(|pattern| &self.meaning[pattern]).collect();
        found.into_iter().cloned().collect()
    }
}
