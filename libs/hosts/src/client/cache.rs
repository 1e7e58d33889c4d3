//! Answers that the host may call still right, so that it need not say them again.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;

/// Most bytes of all answers together.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Longest answer that is kept.
const LONGEST: usize = 256 * 1024;

/// Longest tag that is sent back.
const LONGEST_TAG: usize = 256;

/// Who asked what. All calls that are kept read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    /// Digest of the credential: what one may see is not shown to another.
    pub(super) who: [u8; 32],
    /// Path and query.
    pub(super) what: String,
}

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// What the host calls this state of it.
    pub(super) tag: String,
    pub(super) body: Bytes,
    /// Where the next page was.
    pub(super) next: Option<String>,
}

/// The answers, oldest first.
#[derive(Default)]
pub(super) struct Cache {
    answers: HashMap<Arc<Question>, Kept>,
    order: VecDeque<Arc<Question>>,
    bytes: usize,
}

impl Cache {
    pub(super) fn get(&self, question: &Question) -> Option<Kept> {
        self.answers.get(question).cloned()
    }

    pub(super) fn keep(&mut self, question: Question, kept: Kept) {
        if kept.body.len() > LONGEST || kept.tag.len() > LONGEST_TAG {
            return;
        }
        self.forget(&question);
        let question = Arc::new(question);
        self.bytes += size(&question, &kept);
        self.order.push_back(question.clone());
        self.answers.insert(question, kept);
        while self.bytes > MOST_BYTES
            && let Some(oldest) = self.order.front().cloned()
        {
            self.forget(&oldest);
        }
    }

    pub(super) fn forget(&mut self, question: &Question) {
        if let Some((known, kept)) = self.answers.remove_entry(question) {
            self.bytes -= size(&known, &kept);
            self.order.retain(|other| *other != known);
        }
    }
}

/// With what it takes to keep it.
fn size(question: &Question, kept: &Kept) -> usize {
    let next = kept.next.as_ref().map_or(0, String::len);
    question.what.len() + kept.tag.len() + kept.body.len() + next + 256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(number: usize) -> Question {
        Question {
            who: [0; 32],
            what: format!("/{number}"),
        }
    }

    fn kept(length: usize) -> Kept {
        Kept {
            tag: "\"a\"".into(),
            body: vec![b' '; length].into(),
            next: None,
        }
    }

    #[test]
    fn the_oldest_answers_make_room() {
        let mut cache = Cache::default();
        for number in 0..200 {
            cache.keep(question(number), kept(LONGEST));
        }
        assert!(cache.bytes <= MOST_BYTES && cache.answers.len() == cache.order.len());
        assert_eq!(cache.get(&question(0)), None);
        assert_eq!(cache.get(&question(199)), Some(kept(LONGEST)));
        for number in 0..200 {
            cache.forget(&question(number));
        }
        assert_eq!((cache.bytes, cache.order.len()), (0, 0));
    }

    #[test]
    fn an_answer_takes_the_place_of_the_one_before() {
        let mut cache = Cache::default();
        cache.keep(question(1), kept(10));
        cache.keep(question(1), kept(20));
        assert_eq!(cache.get(&question(1)), Some(kept(20)));
        assert_eq!(cache.order.len(), 1);
        cache.keep(question(1), kept(LONGEST + 1));
        assert_eq!(cache.get(&question(1)), Some(kept(20)));
    }

    #[test]
    fn one_credential_does_not_see_what_another_saw() {
        let mut cache = Cache::default();
        cache.keep(question(1), kept(10));
        let other = Question {
            who: [1; 32],
            ..question(1)
        };
        assert_eq!(cache.get(&other), None);
    }
}
