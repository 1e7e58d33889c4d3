//! Publishes what became of a repository and no webhook told, as the webhook would have: the same subjects, fact and ids.

use sluice_bus::{Bus, Outgoing, consume::Failure};
use sluice_events::{
    Address, Envelope, Fact, MessageId, Subject, Timestamp, Weight, from_json, repository_filter,
    to_json,
    v1::{Repository, RepositoryEvent, RepositoryReading, Trust},
};
use sluice_repositories::Registered;

use super::{GIT, PATIENCE, provenance, retry};

/// Publishes it, under the old name, too, if it has another now. Gives whether it was news.
pub(crate) async fn publish(
    bus: &Bus,
    registered: &Registered,
    now: &RepositoryReading,
    event: RepositoryEvent,
) -> Result<bool, Failure> {
    let record = &registered.record;
    let at = |name: &str| Address::of(&record.project, &record.host, name);
    let old = event.old_name().map(at);
    // One that events have told to be called otherwise since then is called so by them.
    let new = at(event.new_name().unwrap_or(&now.full_name));
    let event = RepositoryEvent {
        provenance: Some(provenance()),
        repository: Some(repository(registered, now)),
        ..event
    };
    let fact = event.fact(&registered.host.name, &now.host_id);
    let telling = Telling {
        bus,
        project: &record.project,
        id: MessageId::of_event(&fact, Weight::Proof),
        filter: repository_filter(old.clone().unwrap_or_else(|| new.clone())),
        event: &event,
        fact,
    };
    let is_news = telling.under(new, false).await?;
    match old {
        Some(old) => Ok(telling.under(old, true).await? || is_news),
        None => Ok(is_news),
    }
}

/// One event, to be told under one name or two.
struct Telling<'t> {
    bus: &'t Bus,
    project: &'t str,
    event: &'t RepositoryEvent,
    fact: Fact,
    id: MessageId,
    /// The events among which it is looked for whether it has come true again: under the old name every way back to it is
    /// told as well.
    filter: String,
}

impl Telling<'_> {
    async fn under(&self, name: Address, is_old: bool) -> Result<bool, Failure> {
        let subject = self.event.subject_at(name);
        let here = match is_old {
            true => self.id.under_old_name(),
            false => self.id.clone(),
        };
        let outgoing = self.outgoing(&subject, &self.id, here.clone())?;
        let stored = self.bus.publish(outgoing, PATIENCE).await.map_err(retry)?;
        if !stored.duplicate {
            return Ok(true);
        }
        // The fact stands there: told just now, or the same one that came true before it went back.
        let Some(after) = self.left_since(stored.sequence).await? else {
            return Ok(false);
        };
        let again = self.outgoing(&subject, &self.id.again(after), here.again(after))?;
        let stored = self.bus.publish(again, PATIENCE).await;
        Ok(!stored.map_err(retry)?.duplicate)
    }

    /// The sequence of the last event about the same thing, if that led elsewhere.
    async fn left_since(&self, original: u64) -> Result<Option<u64>, Failure> {
        let Some(change) = self.event.change() else {
            return Ok(None);
        };
        let since = self.bus.read_forward(GIT, &self.filter, original).await;
        let last = since.map_err(retry)?.into_iter().rev().find_map(|message| {
            let told: RepositoryEvent = from_json(&message.payload).ok()?;
            let told = told.change().filter(|told| told.field == change.field)?;
            let proves = Weight::from(message.envelope().ok()?.trust) == Weight::Proof;
            proves.then(|| (message.sequence, told.to.clone()))
        });
        let elsewhere = last.filter(|(_, to)| *to != change.to);
        Ok(elsewhere.map(|(sequence, _)| sequence))
    }

    /// `telling` tells one telling of the fact from another; it has one id under both names.
    fn outgoing(
        &self,
        subject: &Subject,
        telling: &MessageId,
        id: MessageId,
    ) -> Result<Outgoing, Failure> {
        let event_id = MessageId::of(&[b"recovered", telling.as_str().as_bytes()]);
        let repository = self.event.repository.as_ref();
        let envelope = Envelope {
            id: event_id.as_str().to_owned(),
            source: repository
                .map(|repository| repository.web_url.clone())
                .unwrap_or_default(),
            event_type: subject.event_type(),
            subject: String::new(),
            time: Timestamp::now(),
            project: self.project.to_owned(),
            fact: Some(self.fact.clone()),
            trust: Trust::Host,
            delivery: String::new(),
            operation: String::new(),
        };
        let payload = to_json(self.event).map_err(retry)?;
        Ok(Outgoing::event(subject, &envelope, id, payload))
    }
}

/// As it is now. The registry's address has its place in it until its record follows the name.
fn repository(registered: &Registered, now: &RepositoryReading) -> Repository {
    let registered_as = registered.told(&now.host_id);
    let web_url = format!("{}/{}", registered.host.url, now.full_name);
    let clone_url = match registered_as.full_name == now.full_name {
        true => registered_as.clone_url,
        false => format!("{web_url}.git"),
    };
    Repository {
        host_id: now.host_id.clone(),
        full_name: now.full_name.clone(),
        default_branch: now.default_branch.clone(),
        visibility: now.visibility,
        web_url,
        clone_url,
        ..registered_as
    }
}
