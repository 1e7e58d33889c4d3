//! Where the next page begins, for the asker to bring back.
//!
//! A cursor carries an HMAC over itself, the project and what was asked, so that it fits this question alone and nobody
//! can make one up. The key is one for all replicas: the first makes it, by compare-and-set, and keeps it in
//! `commit-places` under a key that is no place's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sluice_bus::{Bus, RecordError, Records, Refusal};
use sluice_events::{
    to_json,
    v1::{CursorKey, ListCommits},
};

use crate::{index::list::After, places::BUCKET};

/// Where the key is kept. Keys of places have more parts.
const KEY: &str = "cursor-key";

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// The version of a cursor's form, its first byte.
const VERSION: u8 = 1;

/// Bytes of what a cursor says: version, moment, time, id.
const SAYS: usize = 25;

/// Bytes of the HMAC that go with it.
const MAC: usize = 16;

/// How long to wait before the key is asked for again.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Makes and opens cursors.
pub(super) struct Cursors {
    key: Vec<u8>,
}

impl Cursors {
    /// Finds the key, or makes it. Tries until it works.
    pub(super) async fn load(bus: &Bus) -> Self {
        let records = Records::<CursorKey>::new(bus, BUCKET);
        loop {
            bus.connected().await;
            match find_or_make(&records).await {
                Ok(key) => return Self { key },
                Err(error) => tracing::warn!(%error, "no key for cursors yet"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// The cursor of a page that ended here.
    pub(super) fn seal(&self, asked: &ListCommits, project: &str, after: After) -> String {
        let mut says = vec![VERSION];
        says.extend(after.as_of.to_be_bytes());
        says.extend(after.time.to_be_bytes());
        says.extend(after.id.to_be_bytes());
        if let Some(mac) = self.mac(asked, project, &says) {
            says.extend(&mac.finalize().into_bytes()[..MAC]);
        }
        URL_SAFE_NO_PAD.encode(says)
    }

    /// Where the page before ended; `None` if there was none.
    pub(super) fn open(
        &self,
        asked: &ListCommits,
        project: &str,
    ) -> Result<Option<After>, Refusal> {
        if asked.cursor.is_empty() {
            return Ok(None);
        }
        let opened = self.opened(asked, project);
        let refusal = || {
            Refusal::new(
                400,
                "the cursor does not belong to this question: begin without one",
            )
        };
        opened.map(Some).ok_or_else(refusal)
    }

    fn opened(&self, asked: &ListCommits, project: &str) -> Option<After> {
        let bytes = URL_SAFE_NO_PAD.decode(&asked.cursor).ok()?;
        let (says, mac) = bytes.split_at_checked(SAYS)?;
        if mac.len() != MAC || says.first() != Some(&VERSION) {
            return None;
        }
        self.mac(asked, project, says)?
            .verify_truncated_left(mac)
            .ok()?;
        let number = |from: usize| says.get(from..from + 8)?.try_into().ok();
        Some(After {
            as_of: u64::from_be_bytes(number(1)?),
            time: i64::from_be_bytes(number(9)?),
            id: i64::from_be_bytes(number(17)?),
        })
    }

    /// Over the cursor, the project and all of the question but how much of it is wanted. Any key fits HMAC.
    fn mac(&self, asked: &ListCommits, project: &str, says: &[u8]) -> Option<Hmac<Sha256>> {
        let question = ListCommits {
            cursor: String::new(),
            limit: 0,
            ..asked.clone()
        };
        let question = to_json(&question).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        for part in [says, project.as_bytes(), &question] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

async fn find_or_make(records: &Records<CursorKey>) -> Result<Vec<u8>, RecordError> {
    loop {
        if let Some(there) = records.get(KEY).await? {
            if there.record.key.len() >= KEY_BYTES {
                return Ok(there.record.key.to_vec());
            }
            tracing::error!("the key for cursors is too short and is made anew");
            records.delete(KEY, there.revision).await?;
        }
        let mut key = [0u8; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|error| RecordError::Bus {
            bucket: BUCKET,
            reason: format!("no randomness: {error}"),
        })?;
        let record = CursorKey {
            key: key.to_vec().into(),
        };
        match records.put(KEY, &record, None).await {
            // Another replica was first: its key it is.
            Ok(_) | Err(RecordError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cursors() -> Cursors {
        Cursors { key: vec![7; 32] }
    }

    fn asked(change: impl FnOnce(&mut ListCommits)) -> ListCommits {
        let mut asked = ListCommits {
            repository: "web".into(),
            ..Default::default()
        };
        change(&mut asked);
        asked
    }

    const AFTER: After = After {
        as_of: 9,
        time: -3,
        id: 5,
    };

    #[test]
    fn a_cursor_comes_back_whatever_the_limit_is_then() {
        let cursor = cursors().seal(&asked(|_| {}), "default", AFTER);
        let next = asked(|asked| (asked.cursor, asked.limit) = (cursor, 7));
        assert_eq!(cursors().open(&next, "default"), Ok(Some(AFTER)));
        assert_eq!(cursors().open(&asked(|_| {}), "default"), Ok(None));
    }

    #[test]
    fn it_fits_no_other_question_project_or_key() {
        let cursor = cursors().seal(&asked(|_| {}), "default", AFTER);
        let next = |change: fn(&mut ListCommits)| {
            asked(|asked| {
                asked.cursor = cursor.clone();
                change(asked)
            })
        };
        let other_key = Cursors { key: vec![8; 32] };
        for (cursors, next, project) in [
            (
                cursors(),
                next(|asked| asked.repository = "api".into()),
                "default",
            ),
            (
                cursors(),
                next(|asked| asked.author = "x".into()),
                "default",
            ),
            (cursors(), next(|_| {}), "payments"),
            (other_key, next(|_| {}), "default"),
        ] {
            assert_eq!(cursors.open(&next, project).unwrap_err().code, 400);
        }
    }

    proptest! {
        #[test]
        fn no_other_text_is_one(change in any::<(usize, u8)>(), garbage in "\\PC{0,80}") {
            let cursor = cursors().seal(&asked(|_| {}), "default", AFTER);
            let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = change.0 % bytes.len();
            bytes[at] ^= change.1.max(1);
            for text in [URL_SAFE_NO_PAD.encode(&bytes), garbage] {
                let next = asked(|asked| asked.cursor = text.clone());
                prop_assert_eq!(cursors().open(&next, "default").is_ok(), text.is_empty());
            }
        }
    }
}
