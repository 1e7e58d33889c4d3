//! Under which subjects a repository's commits are recorded: those of its first record, for ever.
//!
//! A rename at the host would else record everything again. What a repository is found by is the host's own id where it
//! is known, else its name in the registry; when the id becomes known, it takes over what stands under the name. A
//! place belongs to one id: a new repository that got the name of a renamed one is recorded beside it, as `web#77`.
//!
//! Keys of `commit-places`: `id.<project>.<host>.<id>` and `name.<project>.<host>.<name>` say the place,
//! `at.<project>.<host>.<owner>.<repository>` says whose it is. All are written by compare-and-set, so replicas agree.

use std::{collections::HashMap, sync::Mutex};

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::{Address, token, v1::CommitPlace};

use crate::listing::Listing;

/// The bucket.
pub(crate) const BUCKET: &str = "commit-places";

/// So many places are remembered; a place never changes.
const REMEMBERED: usize = 10_000;

/// Finds places.
pub(crate) struct Places {
    records: Records<CommitPlace>,
    known: Mutex<HashMap<String, Address>>,
}

/// Whose place is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whose {
    project: String,
    host: String,
    /// The host's own id. Empty if it is not known.
    host_id: String,
    /// Name in the registry.
    name: String,
    full_name: String,
}

/// What becomes of the claim on a place.
#[derive(Debug, PartialEq, Eq)]
enum Claim {
    /// It is nobody's yet, or nobody's whose id is known: it is to be written from this revision.
    Write(Option<u64>),
    /// It is ours already.
    Ours,
    /// It is another repository's.
    Taken,
}

impl Places {
    pub(crate) fn new(bus: &Bus) -> Self {
        Self {
            records: Records::new(bus, BUCKET),
            known: Mutex::default(),
        }
    }

    /// Where the commits of a repository are recorded.
    pub(crate) async fn of(&self, whose: &Whose) -> Result<Address, RecordError> {
        let key = whose.key();
        let remembered = self.known().get(&key).cloned();
        if let Some(place) = remembered {
            return Ok(place);
        }
        let place = match self.records.get(&key).await? {
            Some(there) => there.record,
            None => self.begin(whose, &key).await?,
        };
        let place = Address {
            project: whose.project.clone(),
            host: whose.host.clone(),
            owner: place.owner,
            repository: place.repository,
        };
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, place.clone());
        Ok(place)
    }

    /// The first record of a repository: chooses its place and writes it down. Whoever is first decides.
    async fn begin(&self, whose: &Whose, key: &str) -> Result<CommitPlace, RecordError> {
        let place = self.choose(whose).await?;
        match self.records.put(key, &place, None).await {
            Ok(_) => Ok(place),
            Err(RecordError::Conflict { .. }) => {
                let there = self.records.get(key).await?;
                Ok(there.map_or(place, |there| there.record))
            }
            Err(error) => Err(error),
        }
    }

    async fn choose(&self, whose: &Whose) -> Result<CommitPlace, RecordError> {
        let before = match whose.host_id.is_empty() {
            true => None,
            false => self.records.get(&whose.name_key()).await?,
        };
        let before = before.map(|there| (there.record.owner, there.record.repository));
        let wanted = whose.wanted();
        let beside = (wanted.0.clone(), format!("{}#{}", wanted.1, whose.host_id));
        for (owner, repository) in before.into_iter().chain([wanted]) {
            if self.claim(whose, &owner, &repository).await? {
                return Ok(whose.place(owner, repository));
            }
        }
        // Unique by its id.
        self.claim(whose, &beside.0, &beside.1).await?;
        Ok(whose.place(beside.0, beside.1))
    }

    async fn claim(&self, whose: &Whose, owner: &str, name: &str) -> Result<bool, RecordError> {
        let key = whose.at_key(owner, name);
        loop {
            let there = self.records.get(&key).await?;
            let there = there.as_ref().map(|there| (&there.record, there.revision));
            match claim(there, &whose.host_id) {
                Claim::Ours => return Ok(true),
                Claim::Taken => return Ok(false),
                Claim::Write(revision) => {
                    let place = whose.place(owner.to_owned(), name.to_owned());
                    match self.records.put(&key, &place, revision).await {
                        Ok(_) => return Ok(true),
                        Err(RecordError::Conflict { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Address>> {
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A place that no id owns is shared by those whose id is not known, and goes to the first whose id is.
fn claim(there: Option<(&CommitPlace, u64)>, host_id: &str) -> Claim {
    match there {
        None => Claim::Write(None),
        Some((place, _)) if host_id.is_empty() || place.host_id == host_id => Claim::Ours,
        Some((place, revision)) if place.host_id.is_empty() => Claim::Write(Some(revision)),
        Some(_) => Claim::Taken,
    }
}

impl Whose {
    /// The repository that a listing is about.
    pub(crate) fn of(listing: &Listing) -> Self {
        Self {
            project: listing.project.clone(),
            host: listing.repository.host.clone(),
            host_id: listing.repository.host_id.clone(),
            name: listing.name.clone(),
            full_name: listing.repository.full_name.clone(),
        }
    }

    fn key(&self) -> String {
        match self.host_id.as_str() {
            "" => self.name_key(),
            id => self.keyed("id", &[id]),
        }
    }

    fn name_key(&self) -> String {
        self.keyed("name", &[&self.name])
    }

    fn at_key(&self, owner: &str, repository: &str) -> String {
        self.keyed("at", &[owner, repository])
    }

    fn keyed(&self, kind: &str, parts: &[&str]) -> String {
        let whole = [self.project.as_str(), &self.host];
        let tokens = whole.iter().chain(parts).map(token::encode);
        tokens.fold(kind.to_owned(), |key, token| format!("{key}.{token}"))
    }

    /// Owner and repository as the host calls it now.
    fn wanted(&self) -> (String, String) {
        let address = Address::of("", "", &self.full_name);
        (address.owner, address.repository)
    }

    fn place(&self, owner: String, repository: String) -> CommitPlace {
        CommitPlace {
            owner,
            repository,
            host_id: self.host_id.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host_id: &str) -> CommitPlace {
        CommitPlace {
            host_id: host_id.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_place_belongs_to_one_id() {
        assert_eq!(claim(None, "42"), Claim::Write(None));
        assert_eq!(claim(Some((&place("42"), 7)), "42"), Claim::Ours);
        assert_eq!(claim(Some((&place("42"), 7)), "77"), Claim::Taken);
    }

    #[test]
    fn the_first_whose_id_is_known_takes_it_over() {
        assert_eq!(claim(Some((&place(""), 7)), "42"), Claim::Write(Some(7)));
        assert_eq!(claim(Some((&place(""), 7)), ""), Claim::Ours);
        assert_eq!(claim(Some((&place("42"), 7)), ""), Claim::Ours);
    }

    #[test]
    fn keys_say_whose_they_are() {
        let mut whose = Whose {
            project: "default".into(),
            host: "github".into(),
            host_id: String::new(),
            name: "web".into(),
            full_name: "acme/a.b".into(),
        };
        assert_eq!(whose.key(), "name.default.github.web");
        whose.host_id = "42".into();
        assert_eq!(whose.key(), "id.default.github.42");
        assert_eq!(
            whose.at_key("acme", "a.b#42"),
            "at.default.github.acme.a=2Eb=2342"
        );
    }
}
