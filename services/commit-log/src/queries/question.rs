//! What is asked, checked: everything that cannot be meant is refused before anything is looked up. Pure.

use sluice_bus::Refusal;
use sluice_events::{Timestamp, v1::ListCommits};

use crate::index::list::{Prefix, Wanted};

/// How many commits a page has if nobody says.
const USUAL: u32 = 50;

/// How many it may have.
const MOST: u32 = 1000;

/// The longest text in a question, in bytes.
const LONGEST: usize = 4096;

/// A sha is given by so many digits at least, and at most by all of a SHA-256.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=64;

/// What is to be listed, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) wanted: Wanted,
    pub(super) limit: usize,
}

impl Listed {
    pub(super) fn read(asked: &ListCommits) -> Result<Self, Refusal> {
        bounded(&[
            &asked.repository,
            &asked.host,
            &asked.branch,
            &asked.author,
            &asked.path,
            &asked.text,
            &asked.cursor,
        ])?;
        let limit = match asked.limit {
            0 => USUAL,
            limit if limit <= MOST => limit,
            limit => {
                return Err(refused(format!(
                    "a page has {MOST} commits at most, not {limit}"
                )));
            }
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Self {
            wanted: Wanted {
                repository: asked.repository.clone(),
                host: asked.host.clone(),
                branch: some(&asked.branch),
                author: some(&asked.author.to_lowercase()),
                since: asked.since.map(first_second),
                until: asked.until.map(first_second),
                path: some(asked.path.trim_matches('/')),
                text: some(&asked.text),
                sha: match asked.sha.as_str() {
                    "" => None,
                    sha => Some(prefix(sha)?),
                },
            },
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }
}

/// Refuses what is longer than any name or phrase.
pub(super) fn bounded(texts: &[&str]) -> Result<(), Refusal> {
    match texts.iter().any(|text| text.len() > LONGEST) {
        true => Err(refused(format!(
            "a text in a question has {LONGEST} bytes at most"
        ))),
        false => Ok(()),
    }
}

/// The shas that begin with these digits.
pub(super) fn prefix(digits: &str) -> Result<Prefix, Refusal> {
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !DIGITS.contains(&digits.len()) || !hexadecimal {
        let shown: String = digits.chars().take(80).collect();
        let words = format!("`{shown}` begins no sha: give 4 to 64 hexadecimal digits");
        return Err(refused(words));
    }
    // Of an odd number the last one is half a byte.
    let fill = |digit: char| {
        hex::decode(format!(
            "{digits}{}",
            if digits.len() % 2 == 1 {
                digit.to_string()
            } else {
                String::new()
            }
        ))
    };
    let (Ok(from), Ok(last)) = (fill('0'), fill('f')) else {
        return Err(refused("the sha cannot be read"));
    };
    Ok(Prefix {
        from,
        before: behind(last),
    })
}

/// What comes after everything that begins with these bytes.
fn behind(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = bytes.pop() {
        if let Some(next) = last.checked_add(1) {
            bytes.push(next);
            return Some(bytes);
        }
    }
    None
}

/// Commits have whole seconds: the first one that is not before this time.
fn first_second(time: Timestamp) -> i64 {
    time.seconds.saturating_add(i64::from(time.nanos > 0))
}

fn refused(words: impl Into<String>) -> Refusal {
    Refusal::new(400, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: impl FnOnce(&mut ListCommits)) -> Result<Listed, Refusal> {
        let mut asked = ListCommits::default();
        change(&mut asked);
        Listed::read(&asked)
    }

    #[test]
    fn what_is_left_out_is_not_asked() {
        let listed = read(|_| {}).unwrap();
        assert_eq!(
            listed,
            Listed {
                wanted: Wanted::default(),
                limit: 50
            }
        );
        let listed = read(|asked| asked.path = "/".into()).unwrap();
        assert_eq!(listed.wanted.path, None, "the top folder is everything");
    }

    #[test]
    fn a_path_is_meant_with_and_without_slashes() {
        let listed = read(|asked| asked.path = "/src/lib/".into()).unwrap();
        assert_eq!(listed.wanted.path.as_deref(), Some("src/lib"));
    }

    #[test]
    fn times_end_at_whole_seconds() {
        let time = |nanos| Some(Timestamp { seconds: 7, nanos });
        let listed = read(|asked| (asked.since, asked.until) = (time(0), time(1))).unwrap();
        assert_eq!(
            (listed.wanted.since, listed.wanted.until),
            (Some(7), Some(8))
        );
    }

    #[test]
    fn a_sha_begins_with_whole_or_half_bytes() {
        let ends = |digits| {
            prefix(digits)
                .map(|prefix| (prefix.from, prefix.before))
                .unwrap()
        };
        assert_eq!(ends("abcd"), (vec![0xab, 0xcd], Some(vec![0xab, 0xce])));
        assert_eq!(
            ends("ABCDE"),
            (vec![0xab, 0xcd, 0xe0], Some(vec![0xab, 0xcd, 0xf0]))
        );
        assert_eq!(ends("abff"), (vec![0xab, 0xff], Some(vec![0xac])));
        assert_eq!(ends("ffff"), (vec![0xff, 0xff], None));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let wrong: [fn(&mut ListCommits); 6] = [
            |asked| asked.limit = 1001,
            |asked| asked.sha = "abc".into(),
            |asked| asked.sha = "a".repeat(65),
            |asked| asked.sha = "abcg".into(),
            |asked| asked.text = "x".repeat(4097),
            |asked| asked.cursor = "x".repeat(4097),
        ];
        for change in wrong {
            assert_eq!(read(change).unwrap_err().code, 400);
        }
    }
}
