//! Makes a token and writes it as the credential's new version.

use sluice_bus::{RecordError, Records, Versioned};
use sluice_events::{
    Timestamp,
    v1::{self, Installation, SealedValue},
};
use sluice_hosts::{Minted, Opens, Problem};
use sluice_registry::{Record, Step, keys, new_token};

use super::due::{Wanted, is_due};
use crate::{
    apps::{At, Known, READ, of_app},
    fault::{Again, Fault},
    handler::Connector,
    retries,
    state::claim,
};

/// What is needed to see which repositories there are.
const SEE: &[(&str, &str)] = &[("metadata", "read")];

/// An App's token in our hand.
struct Making<'a> {
    key: &'a str,
    wanted: &'a Wanted,
    credential: Versioned<v1::Credential>,
    kept: Installation,
    /// Of the record of `kept`.
    revision: u64,
}

/// A token, and how many of the wanted repositories it opens.
struct Made {
    minted: Minted,
    installation: String,
    opened: usize,
}

impl Connector {
    /// Makes a new token for an App, unless another replica does or has done. `values`: the keys of the credential's
    /// values that are there.
    pub(super) async fn renew(
        &self,
        key: &str,
        wanted: &Wanted,
        values: &[String],
    ) -> Result<(), Fault> {
        let Some(mut making) = self.take_app(key, wanted).await? else {
            return Ok(());
        };
        let made = match self.make(&making).await {
            Ok(made) => self.write(&mut making, made).await,
            Err(fault) => Err(fault),
        };
        let outcome = match &made {
            Ok(()) => "made",
            Err(Fault::Host { .. }) => "failed",
            Err(Fault::Bus(_)) => "interrupted",
        };
        metrics::counter!("sluice_app_tokens_total", "outcome" => outcome).increment(1);
        match made {
            Ok(()) => self.clear(&making, values).await?,
            Err(Fault::Host { problem, again }) => failed(self, &mut making, problem, again),
            // Whoever is next begins anew.
            Err(fault) => {
                let _ = self.let_app_go(making).await;
                return Err(fault);
            }
        }
        self.let_app_go(making).await
    }

    /// Takes it in hand. `None`: there is nothing to do any more, or another one is at it.
    async fn take_app<'a>(
        &self,
        key: &'a str,
        wanted: &'a Wanted,
    ) -> Result<Option<Making<'a>>, Fault> {
        let credential = self.credentials().get(key).await?;
        let kept = self.installations().get(key).await?;
        let Some(credential) = credential.filter(|found| found.record.app.is_some()) else {
            return Ok(None);
        };
        let now = Timestamp::now();
        let values = Records::<SealedValue>::new(&self.bus, keys::CREDENTIAL_VALUES);
        let value = values.get(&value_key(&credential.record)).await?;
        let before = kept.as_ref().map(|kept| &kept.record);
        if !is_due(&credential.record, before, wanted, value.is_some(), now) {
            return Ok(None);
        }
        let revision = kept.as_ref().map(|kept| kept.revision);
        let mut kept = kept.map(|kept| kept.record).unwrap_or_default();
        kept.claim = Some(claim(self.connections.ours()));
        match self.installations().put(key, &kept, revision).await {
            Ok(revision) => Ok(Some(Making {
                key,
                wanted,
                credential,
                kept,
                revision,
            })),
            Err(RecordError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn make(&self, making: &Making<'_>) -> Result<Made, Fault> {
        let (wanted, record) = (making.wanted, &making.credential.record);
        let at = At {
            host: &wanted.host,
            revision: wanted.host_revision,
        };
        let known = self.apps.known(self.hosts.all(), at, record).await?;
        let of_app = |error| of_app(error, record, &wanted.host);
        let installation = known.installation(record, &wanted.owner).await;
        let installation = installation.map_err(of_app)?.id;
        let (minted, opened) = narrowed(&known, &installation, wanted)
            .await
            .map_err(of_app)?;
        Ok(Made {
            minted,
            installation,
            opened,
        })
    }

    /// Seals it, has the credential name it, and deletes what it named before.
    async fn write(&self, making: &mut Making<'_>, made: Made) -> Result<(), Fault> {
        let (now, life) = (Timestamp::now(), made.minted.life / self.limits.hosts_clock);
        let credential = &making.credential;
        let (token, ends) = (&made.minted.token, now.plus(life));
        let steps = new_token(&credential.record, token, ends, &self.sealing, now)?;
        let values = Records::<SealedValue>::new(&self.bus, keys::CREDENTIAL_VALUES);
        let credentials = self.credentials();
        let (mut sealed, mut named) = (None, None);
        for step in steps {
            match step {
                Step::Seal { key, value, .. } => {
                    values.put(&key, &value, None).await?;
                    sealed = Some(key);
                }
                Step::Put(Record::Credential(record)) => {
                    let revision = Some(credential.revision);
                    if let Err(error) = credentials.put(making.key, &record, revision).await {
                        // Somebody has changed it meanwhile: nobody will name what was sealed.
                        if let Some(key) = sealed {
                            values.remove(&key).await?;
                        }
                        return Err(error.into());
                    }
                    named = Some(record);
                }
                Step::Delete { key, .. } => values.remove(&key).await?,
                Step::Put(_) => {}
            }
        }
        if let Some(record) = named {
            note(making, &record, &made, now.plus(life * 2 / 3));
        }
        Ok(())
    }

    /// Deletes what somebody left who died on the way: it is older than what the credential names.
    async fn clear(&self, making: &Making<'_>, there: &[String]) -> Result<(), Fault> {
        let values = Records::<SealedValue>::new(&self.bus, keys::CREDENTIAL_VALUES);
        let version = |key: &str| key.rsplit('.').next()?.parse::<u64>().ok();
        let named = making.kept.version;
        let older = |key: &&String| version(key).is_some_and(|version| version < named);
        for key in there.iter().filter(older) {
            values.remove(key).await?;
        }
        Ok(())
    }

    async fn let_app_go(&self, making: Making<'_>) -> Result<(), Fault> {
        let mut kept = making.kept;
        kept.claim = None;
        let revision = Some(making.revision);
        self.installations()
            .put(making.key, &kept, revision)
            .await?;
        Ok(())
    }

    fn credentials(&self) -> Records<v1::Credential> {
        Records::new(&self.bus, keys::CREDENTIALS)
    }

    pub(super) fn installations(&self) -> Records<Installation> {
        Records::new(&self.bus, keys::INSTALLATIONS)
    }
}

/// A token for the wanted repositories, and how many of them it opens: those for which the App is not installed are left
/// out.
async fn narrowed(
    known: &Known,
    installation: &str,
    wanted: &Wanted,
) -> Result<(Minted, usize), sluice_hosts::ApiError> {
    let listed = wanted.listed();
    let opens = |ids| Opens {
        repositories: ids,
        permissions: READ,
    };
    let ids = (!listed.is_empty()).then_some(listed.as_slice());
    let refused = match known.app.mint(installation, opens(ids)).await {
        Err(error) if error.problem == Problem::Refused && ids.is_some() => error,
        minted => return minted.map(|minted| (minted, wanted.ids.len())),
    };
    let see = Opens {
        repositories: None,
        permissions: SEE,
    };
    let seeing = known.app.mint(installation, see).await?;
    let seen = known.app.repositories_of(&seeing).await?;
    let installed = listed.iter().filter(|id| seen.contains(id));
    let installed: Vec<_> = installed.cloned().collect();
    if installed.is_empty() || installed.len() == wanted.ids.len() {
        return Err(refused);
    }
    let minted = known
        .app
        .mint(installation, opens(Some(&installed)))
        .await?;
    Ok((minted, installed.len()))
}

/// What is known of the new token.
fn note(making: &mut Making<'_>, record: &v1::Credential, made: &Made, renew_at: Timestamp) {
    let app = record.app.clone().unwrap_or_default();
    making.kept = Installation {
        id: made.installation.clone(),
        version: record.version,
        key_version: app.key_version,
        declared: app.installation,
        repositories: making.wanted.listed(),
        opened: u32::try_from(made.opened).unwrap_or(u32::MAX),
        renew_at: Some(renew_at),
        ..Installation::default()
    };
    tracing::debug!(
        credential = making.key,
        opens = made.opened,
        "an App has made a token"
    );
}

fn failed(
    connector: &Connector,
    making: &mut Making<'_>,
    problem: v1::ConnectionProblem,
    again: Again,
) {
    let earliest = match again {
        Again::Later(earliest) => earliest,
        Again::Usual | Again::Changed => None,
    };
    let app = making.credential.record.app.clone().unwrap_or_default();
    let kept = &mut making.kept;
    if kept.problem.as_ref().map(|known| known.kind) != Some(problem.kind) {
        tracing::warn!(
            credential = making.key,
            problem = problem.message,
            remedy = problem.remedy,
            "an App could make no token"
        );
    }
    kept.failures = kept.failures.saturating_add(1);
    let first = connector.limits.first_pause;
    kept.due_at = Some(retries::at(
        Timestamp::now(),
        first,
        kept.failures,
        earliest,
    ));
    (kept.key_version, kept.declared) = (app.key_version, app.installation);
    kept.repositories = making.wanted.listed();
    kept.problem = Some(problem);
}

/// The key of the value that a credential names.
pub(super) fn value_key(credential: &v1::Credential) -> String {
    keys::credential_value(&credential.project, &credential.name, credential.version)
}
