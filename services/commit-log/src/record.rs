//! What is said of a listing: a record of each commit, and one of the move. Pure.
//!
//! Ids come from what is said. Its time is when the listing was made, so that what is said twice differs in
//! `recordedAt` alone, and the first stands.

use sha2::{Digest, Sha256};
use sluice_bus::Outgoing;
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, ref_qualifiers, to_json,
    v1::{CommitRecorded, ListedCommit, Push, RefMove, RefMoved, Trust},
};

use crate::listing::Listing;

/// A move, ready to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    /// Under its own subject, where no other move of the same ref and generation stands.
    pub(crate) first: Outgoing,
    /// Under a subject that also says from where to where.
    pub(crate) besides: Outgoing,
}

/// The record of one commit. `push` is what was learnt after it was listed.
pub(crate) fn commit(
    listing: &Listing,
    place: &Address,
    listed: &ListedCommit,
    push: Option<&Push>,
    now: Timestamp,
) -> Result<Outgoing, serde_json::Error> {
    let record = listed.commit.clone().unwrap_or_default();
    let pointing = listing.refs.iter().filter(|at| at.sha == record.sha);
    let subject = Subject::new("commit", place.clone(), "recorded", &record.sha);
    let envelope = envelope(listing, place, &subject, &record.sha);
    let recorded = CommitRecorded {
        repository: Some(listing.repository.clone()),
        name: listing.name.clone(),
        r#ref: listing.moved.r#ref.clone(),
        refs: pointing.map(|at| at.r#ref.clone()).collect(),
        push: listed.push.clone().or_else(|| push.cloned()),
        commit: Some(record),
        recorded_at: Some(now),
    };
    Ok(Outgoing::record(&subject, &envelope, to_json(&recorded)?))
}

/// The record of the move that a listing is about.
pub(crate) fn moved(
    listing: &Listing,
    place: &Address,
    push: Option<&Push>,
    now: Timestamp,
) -> Result<Moved, serde_json::Error> {
    let mut moved = listing.moved.clone();
    moved.push = moved.push.or_else(|| push.cloned());
    let [_, short] = ref_qualifiers(listing.kind, &moved.r#ref, "");
    let hash = hash(&moved);
    let recorded = RefMoved {
        repository: Some(listing.repository.clone()),
        name: listing.name.clone(),
        generation: listing.generation,
        r#move: Some(moved),
        recorded_at: Some(now),
    };
    let payload = to_json(&recorded)?;
    let generation = listing.generation.to_string();
    let said = |qualifiers: Vec<String>| {
        let subject = Subject::new("commit", place.clone(), "moved", &generation);
        let subject = subject.qualified(qualifiers);
        let envelope = envelope(listing, place, &subject, &listing.moved.r#ref);
        Outgoing::record(&subject, &envelope, payload.clone())
    };
    let kind = listing.kind_word().to_owned();
    Ok(Moved {
        first: said(vec![kind.clone(), short.clone()]),
        besides: said(vec![kind, short, hash]),
    })
}

/// Whether two moves of one ref in one generation are the same.
pub(crate) fn is_same(one: &RefMove, other: &RefMove) -> bool {
    hash(one) == hash(other)
}

/// What tells moves of one ref and generation apart. The subject has the name without the bytes that are not UTF-8.
fn hash(moved: &RefMove) -> String {
    let mut hash = Sha256::new();
    let [from, to] = [&moved.from, &moved.to].map(|sha| sha.as_deref().unwrap_or_default());
    for part in [from.as_bytes(), to.as_bytes(), &moved.ref_raw] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..8])
}

fn envelope(listing: &Listing, place: &Address, subject: &Subject, about: &str) -> Envelope {
    let said = subject.to_string();
    let source = match listing.repository.web_url.as_str() {
        "" => "sluice:commit-log",
        address => address,
    };
    Envelope {
        id: MessageId::of(&[said.as_bytes()]).as_str().to_owned(),
        source: source.to_owned(),
        // Not the subject's: a type names no sha.
        event_type: format!("dev.sluice.commit.{}.v1", subject.name),
        subject: about.to_owned(),
        time: listing.found_at,
        project: place.project.clone(),
        fact: None,
        // Read from the repository by us.
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::{
        from_json,
        v1::{CommitRecord, RefAt, RefKind, Repository},
    };

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn listing() -> Listing {
        Listing {
            project: "default".into(),
            tokens: String::new(),
            repository: Repository {
                full_name: "acme/site".into(),
                ..Default::default()
            },
            name: "web".into(),
            generation: 7,
            kind: RefKind::Branch,
            moved: RefMove {
                r#ref: "refs/heads/feature/x.y".into(),
                to: Some(B.into()),
                ..Default::default()
            },
            refs: vec![
                RefAt {
                    r#ref: "refs/heads/feature/x.y".into(),
                    sha: B.into(),
                    ..Default::default()
                },
                RefAt {
                    r#ref: "refs/heads/old".into(),
                    sha: A.into(),
                    ..Default::default()
                },
            ],
            part: 0,
            commits: Vec::new(),
            found_at: Timestamp::from_seconds(7),
        }
    }

    fn push(id: &str) -> Push {
        Push {
            event_id: id.into(),
            ..Default::default()
        }
    }

    fn recorded(own: Option<Push>, learnt: Option<&Push>) -> (Outgoing, CommitRecorded) {
        let listed = ListedCommit {
            commit: Some(CommitRecord {
                sha: B.into(),
                ..Default::default()
            }),
            push: own,
        };
        let place = Address::of("default", "github", "acme/web");
        let said = commit(
            &listing(),
            &place,
            &listed,
            learnt,
            Timestamp::from_seconds(9),
        )
        .unwrap();
        let data = from_json(&said.payload).unwrap();
        (said, data)
    }

    #[test]
    fn a_commit_stands_under_its_place_and_says_what_pointed_to_it() {
        let (said, data) = recorded(None, None);
        assert_eq!(
            said.subject,
            format!("sluice.v1.commit.default.github.acme.web.recorded.{B}")
        );
        assert!(said.first && said.id.is_none());
        assert_eq!(data.refs, ["refs/heads/feature/x.y"]);
        assert_eq!(
            data.repository.unwrap().full_name,
            "acme/site",
            "as it is called now"
        );
        let header = |name: &str| {
            said.headers
                .iter()
                .find(|(other, _)| other == name)
                .unwrap()
                .1
                .clone()
        };
        assert_eq!(header("ce-type"), "dev.sluice.commit.recorded.v1");
        assert_eq!(header("ce-time"), "1970-01-01T00:00:07Z");
    }

    #[test]
    fn the_push_that_was_listed_goes_before_the_one_that_was_learnt() {
        let learnt = push("learnt");
        assert_eq!(recorded(None, None).1.push, None);
        assert_eq!(recorded(None, Some(&learnt)).1.push, Some(learnt.clone()));
        assert_eq!(
            recorded(Some(push("own")), Some(&learnt)).1.push,
            Some(push("own"))
        );
    }

    #[test]
    fn a_move_stands_under_its_generation_and_ref() {
        let place = Address::of("default", "github", "acme/web");
        let said = |listing: &Listing| moved(listing, &place, None, Timestamp::default()).unwrap();
        let there = said(&listing());
        let subject = "sluice.v1.commit.default.github.acme.web.moved.7.branch.feature/x=2Ey";
        assert_eq!(there.first.subject, subject);
        assert!(there.besides.subject.starts_with(&format!("{subject}.")));

        let mut other = listing();
        other.moved.to = None;
        let gone = said(&other);
        assert_eq!(gone.first.subject, subject);
        assert_ne!(gone.besides.subject, there.besides.subject);
        assert!(!is_same(&listing().moved, &other.moved));
        other = listing();
        other.moved.ref_raw = b"refs/heads/feature/x.y\xff".to_vec().into();
        assert!(!is_same(&listing().moved, &other.moved));
        assert!(is_same(&listing().moved, &listing().moved));
    }
}
