//! When an App needs a new token, and for which repositories.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use sluice_events::{
    Timestamp,
    v1::{self, Installation},
};
use sluice_registry::{credential_of, keys, may_open};
use sluice_repositories::Registered;

use super::MOST;

/// What a token shall open.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) host: v1::Host,
    pub(super) host_revision: u64,
    /// Whose repositories they are: a token is of one installation, and that is one owner's.
    pub(super) owner: String,
    /// The host's ids of them, in the order of texts.
    pub(super) ids: Vec<String>,
}

impl Wanted {
    /// As it stands in the record: empty if they are too many to be listed.
    pub(super) fn listed(&self) -> Vec<String> {
        match self.ids.len() {
            0..=MOST => self.ids.clone(),
            _ => Vec::new(),
        }
    }
}

/// What each App's token shall open, by the credential's key. An App that opens nothing that is known at its host needs
/// none.
pub(super) fn wanted(
    apps: &HashMap<String, v1::Credential>,
    repositories: &[Arc<Registered>],
) -> HashMap<String, Wanted> {
    let mut users: HashMap<String, Vec<&Arc<Registered>>> = HashMap::new();
    for one in repositories {
        let (project, name) = credential_of(&one.record);
        let key = keys::credential(project, name);
        let opens = |app: &v1::Credential| app.host == one.host.name && may_open(app, &one.record);
        let is_known = !one.record.host_id.is_empty() && one.record.suspended.is_empty();
        if is_known && apps.get(&key).is_some_and(opens) {
            users.entry(key).or_default().push(one);
        }
    }
    let users = users.into_iter();
    users
        .filter_map(|(key, users)| Some((key, of_one_owner(&users)?)))
        .collect()
}

/// Those of the owner who has most of them: only a transfer can bring others.
fn of_one_owner(users: &[&Arc<Registered>]) -> Option<Wanted> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in users {
        let ids = owners.entry(owner(&one.record.full_name)).or_default();
        ids.insert(one.record.host_id.clone());
    }
    let most = owners.values().map(BTreeSet::len).max()?;
    let (owner, ids) = owners.into_iter().find(|(_, ids)| ids.len() == most)?;
    let first = users.first()?;
    Some(Wanted {
        host: first.host.clone(),
        host_revision: first.versions.host,
        owner,
        ids: ids.into_iter().collect(),
    })
}

/// Whose a repository is, in lower case.
fn owner(full_name: &str) -> String {
    let owner = full_name.split('/').next().unwrap_or_default();
    owner.to_lowercase()
}

/// Whether a new token has to be made now. `has_value`: what the credential names is there.
pub(super) fn is_due(
    credential: &v1::Credential,
    kept: Option<&Installation>,
    wanted: &Wanted,
    has_value: bool,
    now: Timestamp,
) -> bool {
    let Some(kept) = kept else {
        return true;
    };
    let claimed = kept.claim.as_ref().and_then(|claim| claim.until);
    if let Some(until) = claimed {
        // A claim that is over was an attempt that did not end.
        return until <= now;
    }
    if !is_of(kept, credential, wanted) {
        return true;
    }
    match kept.due_at {
        // The last attempt has failed.
        Some(at) => at <= now,
        None => {
            credential.version == 0
                || !has_value
                || kept.version != credential.version
                || kept.renew_at.is_none_or(|at| at <= now)
        }
    }
}

/// Whether it tells of the same App, and of the same repositories.
fn is_of(kept: &Installation, credential: &v1::Credential, wanted: &Wanted) -> bool {
    let app = credential.app.as_ref();
    app.is_some_and(|app| {
        kept.key_version == app.key_version
            && kept.declared == app.installation
            && kept.repositories == wanted.listed()
    })
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{ConnectionClaim, CredentialApp};

    use super::*;

    const NOW: Timestamp = Timestamp {
        seconds: 1_000_000,
        nanos: 0,
    };

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp {
            seconds: NOW.seconds + seconds,
            nanos: 0,
        })
    }

    fn credential(key_version: u64, version: u64) -> v1::Credential {
        let app = CredentialApp {
            id: "1".into(),
            key_version,
            ..CredentialApp::default()
        };
        v1::Credential {
            version,
            app: Some(app),
            ..v1::Credential::default()
        }
    }

    fn wanted(ids: &[&str]) -> Wanted {
        Wanted {
            host: v1::Host::default(),
            host_revision: 1,
            owner: "acme".into(),
            ids: ids.iter().map(ToString::to_string).collect(),
        }
    }

    /// A token for the repository 17 that is good for a while.
    fn kept() -> Installation {
        Installation {
            version: 20,
            key_version: 10,
            repositories: vec!["17".into()],
            renew_at: at(60),
            ..Installation::default()
        }
    }

    fn due(credential: &v1::Credential, kept: &Installation, ids: &[&str]) -> bool {
        is_due(credential, Some(kept), &wanted(ids), true, NOW)
    }

    #[test]
    fn a_token_is_made_when_there_is_none_when_its_time_comes_and_when_it_would_open_something_else()
     {
        let good = credential(10, 20);
        assert!(!due(&good, &kept(), &["17"]));
        assert!(is_due(&good, None, &wanted(&["17"]), true, NOW));
        assert!(is_due(&good, Some(&kept()), &wanted(&["17"]), false, NOW));
        assert!(due(&credential(10, 0), &kept(), &["17"]), "there is none");
        assert!(due(&credential(11, 20), &kept(), &["17"]), "another key");
        assert!(due(&credential(10, 21), &kept(), &["17"]), "another's");
        assert!(due(&good, &kept(), &["17", "18"]) && due(&good, &kept(), &["18"]));
        let over = Installation {
            renew_at: at(0),
            ..kept()
        };
        assert!(due(&good, &over, &["17"]));
    }

    #[test]
    fn after_a_failure_it_waits_unless_something_changed() {
        let failed = Installation {
            due_at: at(30),
            renew_at: at(-10),
            ..kept()
        };
        assert!(!due(&credential(10, 20), &failed, &["17"]));
        assert!(due(&credential(11, 20), &failed, &["17"]));
        assert!(due(&credential(10, 20), &failed, &["18"]));
        let again = Installation {
            due_at: at(0),
            ..failed
        };
        assert!(due(&credential(10, 20), &again, &["17"]));
    }

    #[test]
    fn what_another_has_in_hand_is_left_to_it_until_its_claim_is_over() {
        let held = |until| Installation {
            claim: Some(ConnectionClaim {
                by: "another".into(),
                until,
            }),
            renew_at: at(-10),
            ..kept()
        };
        assert!(!due(&credential(11, 0), &held(at(5)), &["18"]));
        assert!(due(&credential(10, 20), &held(at(0)), &["17"]));
    }

    #[test]
    fn more_than_the_host_takes_are_not_listed() {
        let ids: Vec<_> = (0..501).map(|id: u32| id.to_string()).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        assert_eq!(wanted(&ids[..500]).listed().len(), 500);
        assert!(wanted(&ids).listed().is_empty());
    }
}
