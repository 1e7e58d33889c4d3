//! The values of one class on their way from old keys to a new one: decided first, then written.

use std::collections::HashMap;

use anyhow::Context;
use serde::Serialize;
use sluice_bus::{Bus, RecordError, Records, Versioned};
use sluice_events::v1::SealedValue;
use sluice_registry::{KeyClass, Listed, OpeningKeys, SealingKey, Snapshot};

/// From where to where.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) class: KeyClass,
    /// What opens them now.
    pub(super) opening: OpeningKeys,
    /// What they are to be sealed to.
    pub(super) sealing: SealingKey,
}

/// What there is to do: every value is opened and sealed anew, and none is written.
#[derive(Debug, Default)]
pub(super) struct Decided {
    moves: Vec<Move>,
    skipped: usize,
    unopened: Vec<Unopened>,
}

/// One value, sealed anew for the place where it stands.
#[derive(Debug)]
struct Move {
    what: String,
    bucket: &'static str,
    /// The old one with the revision that it must still have.
    from: Versioned<SealedValue>,
    to: SealedValue,
}

/// What became of a class.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Moved {
    pub(super) class: &'static str,
    /// Id of the new key.
    pub(super) key: String,
    /// How many are sealed to it now, or would be.
    pub(super) moved: usize,
    /// How many were before.
    pub(super) skipped: usize,
    /// What somebody else changed meanwhile.
    pub(super) changed: Vec<String>,
    pub(super) unopened: Vec<Unopened>,
}

/// A value that the old keys do not open.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Unopened {
    pub(super) what: String,
    pub(super) why: String,
}

impl Moving {
    /// Opens every value that a record lists and that stands under another key, and seals it anew for its own place.
    ///
    /// The records must be older than the values: then a value is of the version that its record lists, and its
    /// revision says whether it still is when it is written.
    pub(super) async fn decide(&self, bus: &Bus, records: &Snapshot) -> anyhow::Result<Decided> {
        let Some(bucket) = self.class.bucket() else {
            return Ok(Decided::default());
        };
        let values = Records::<SealedValue>::new(bus, bucket).all().await?;
        let mut values: HashMap<_, _> = values
            .into_iter()
            .map(|value| (value.key.clone(), value))
            .collect();
        let mut decided = Decided::default();
        for listed in records.listed(self.class) {
            // One that is not there yet, or not any more, does not stand in an old key's way.
            match values.remove(&listed.key) {
                Some(value) if value.record.key_id == self.sealing.id() => decided.skipped += 1,
                Some(value) => match self.seal_anew(&listed, value) {
                    Ok(one) => decided.moves.push(one),
                    Err(unopened) => decided.unopened.push(unopened),
                },
                None => {}
            }
        }
        Ok(decided)
    }

    fn seal_anew(
        &self,
        listed: &Listed<'_>,
        from: Versioned<SealedValue>,
    ) -> Result<Move, Unopened> {
        let what = listed.to_string();
        let opened = self.opening.open(&listed.place, &from.record);
        let sealed = opened.map_err(|error| error.to_string()).and_then(|value| {
            let sealed = self.sealing.seal(&listed.place, &value);
            sealed.map_err(|error| error.to_string())
        });
        match sealed {
            Ok(to) => Ok(Move {
                what,
                bucket: listed.place.bucket,
                from,
                to,
            }),
            Err(why) => Err(Unopened { what, why }),
        }
    }

    /// Writes what was decided, each where it stood and only if nobody has changed it since. Where that fails, what is
    /// written stays, and what is not is as it was.
    pub(super) async fn carry_out(&self, bus: &Bus, decided: Decided) -> anyhow::Result<Moved> {
        let all = decided.moves.len();
        let mut moved = self.before(decided.skipped, decided.unopened);
        for one in decided.moves {
            let values = Records::<SealedValue>::new(bus, one.bucket);
            let revision = Some(one.from.revision);
            match values.put(&one.from.key, &one.to, revision).await {
                Ok(_) => moved.moved += 1,
                Err(RecordError::Conflict { .. }) => moved.changed.push(one.what),
                Err(error) => {
                    let (done, words) = (moved.moved, self.class.words());
                    return Err(error).with_context(|| {
                        format!("stopped after {done} of {all} {words} were moved; run it again to go on")
                    });
                }
            }
        }
        Ok(moved)
    }

    /// What would be done.
    pub(super) fn rehearse(&self, decided: Decided) -> Moved {
        Moved {
            moved: decided.moves.len(),
            ..self.before(decided.skipped, decided.unopened)
        }
    }

    fn before(&self, skipped: usize, unopened: Vec<Unopened>) -> Moved {
        Moved {
            class: self.class.name(),
            key: self.sealing.id().to_owned(),
            moved: 0,
            skipped,
            changed: Vec::new(),
            unopened,
        }
    }
}

impl Decided {
    /// Whether anything has to be written.
    pub(super) fn changes_something(&self) -> bool {
        !self.moves.is_empty()
    }
}

impl Moved {
    /// Whether everything is where it shall be.
    pub(super) fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.unopened.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use sluice_declared::Declared;
    use sluice_events::v1::Credential;
    use sluice_registry::{OpeningKey, Place, keys};
    use sluice_test_support::Nats;

    use super::*;

    fn record(name: &str) -> Credential {
        Credential {
            name: name.into(),
            project: "default".into(),
            host: "github".into(),
            version: 1,
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn what_was_changed_meanwhile_is_left_alone() {
        let nats = Nats::start().await;
        let bus = nats.bus("operator").await;
        let records = Records::<Credential>::new(&bus, keys::CREDENTIALS);
        let values = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
        let [old, new] = [(), ()].map(|()| OpeningKey::generate(KeyClass::Credentials).unwrap());
        for name in ["changed", "deleted", "moved"] {
            let record = record(name);
            let key = keys::credential("default", name);
            records.put(&key, &record, None).await.unwrap();
            let place = Place::credential(&record, 1);
            let value = old.sealing_key().seal(&place, name.as_bytes()).unwrap();
            let key = keys::credential_value("default", name, 1);
            values.put(&key, &value, None).await.unwrap();
        }
        let moving = Moving {
            class: KeyClass::Credentials,
            opening: [old].into_iter().collect(),
            sealing: new.sealing_key(),
        };
        let snapshot = Declared::read(&bus).await.unwrap().snapshot;
        let decided = moving.decide(&bus, &snapshot).await.unwrap();

        let key = keys::credential_value("default", "changed", 1);
        let before = values.get(&key).await.unwrap().unwrap();
        let theirs = SealedValue {
            key_id: "theirs".into(),
            ..before.record
        };
        let put = values.put(&key, &theirs, Some(before.revision));
        put.await.unwrap();
        let gone = keys::credential_value("default", "deleted", 1);
        let revision = values.get(&gone).await.unwrap().unwrap().revision;
        values.delete(&gone, revision).await.unwrap();

        let moved = moving.carry_out(&bus, decided).await.unwrap();
        assert!(!moved.is_whole());
        assert_eq!((moved.moved, moved.skipped), (1, 0));
        let names = ["Credential default/changed", "Credential default/deleted"];
        assert_eq!(moved.changed, names);
        assert_eq!(values.get(&key).await.unwrap().unwrap().record, theirs);
        assert_eq!(values.get(&gone).await.unwrap(), None);
        let key = keys::credential_value("default", "moved", 1);
        let there = values.get(&key).await.unwrap().unwrap().record;
        let place = record("moved");
        let opened = new.open(&Place::credential(&place, 1), &there);
        assert_eq!(&**opened.unwrap(), b"moved");
    }
}
