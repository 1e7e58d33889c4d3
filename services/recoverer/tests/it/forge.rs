//! A host with an API beside its Git: what the recoverer asks there, and what it says became of a repository.

use std::time::Duration;

use sluice_bus::{Outgoing, StoredMessage};
use sluice_events::{
    Address, Envelope, MessageId, Timestamp, Weight, from_json, to_json,
    v1::{
        FieldChange, Host, KnownRepository, Provenance, RepositoryAction, RepositoryEvent, Trust,
    },
};
use sluice_fake_hosts::{FakeHost, Kind, Role};
use sluice_test_support::{
    eventually,
    registry::{credential, host_of, repository},
};

use crate::site::Site;

/// What opens the host for us.
pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";

/// All kinds of hosts.
pub(crate) const KINDS: [Kind; 4] = [Kind::GitHub, Kind::GitLab, Kind::Gitea, Kind::Forgejo];

pub(crate) struct Forge {
    pub(crate) site: Site,
    pub(crate) host: FakeHost,
    record: Host,
    pub(crate) id: String,
}

impl Forge {
    /// One of that kind with a private repository `acme/web`, declared, and a token of somebody who may administer it.
    pub(crate) async fn with(kind: Kind) -> Self {
        let forge = Self::undeclared(kind).await;
        forge.declare("acme/web").await;
        forge
    }

    /// The same before the repository is declared.
    pub(crate) async fn undeclared(kind: Kind) -> Self {
        let (site, host) = (Site::start().await, FakeHost::start(kind).await);
        let first = site.server.repository("acme/web");
        let first = first.commit("main", "first", &[("a", "1")]);
        let made = host.repository("acme/web").branch("main", &first);
        let id = made.branch("next", &first).private().create();
        let token = host.token(TOKEN).user("bot");
        let token = match kind {
            Kind::GitHub => token.scopes(["repo"]),
            Kind::GitLab => token.scopes(["api"]),
            Kind::Gitea | Kind::Forgejo => token.scopes(["read:repository", "read:user"]),
        };
        token.role("acme/web", Role::Admin);
        let record = Host {
            name: "forge".into(),
            provider: word(kind).into(),
            url: site.server.origin(),
            api_url: host.api_url(),
            calls_per_hour: 50_000_000,
            ..Host::default()
        };
        let bot = credential("bot", "forge").token(TOKEN).manifest();
        let manifests = [host_of(record.clone()), bot];
        site.registry.declare(&manifests).await;
        Self {
            site,
            host,
            record,
            id: id.to_string(),
        }
    }

    /// Has the host called no more often than that in an hour.
    pub(crate) async fn spare(&self, calls_per_hour: u32) {
        let record = Host {
            calls_per_hour,
            ..self.record.clone()
        };
        self.site.registry.declare(&[host_of(record)]).await;
    }

    /// Declares the repository under that name.
    pub(crate) async fn declare(&self, full_name: &str) {
        let web = repository("web", "forge", full_name);
        let web = web.host_id(&self.id).opened_by("bot");
        self.site.registry.declare(&[web.manifest()]).await;
    }

    /// What the recoverer knows of it.
    pub(crate) async fn known(&self) -> Option<KnownRepository> {
        self.site.known().await?.repository
    }

    /// Waits until the host was asked for it once.
    pub(crate) async fn asked(&self) {
        eventually("the host was asked", || async {
            self.known().await.filter(|known| known.known.is_some())
        })
        .await;
    }

    /// Waits for a reading that began after now, and one more: what they would publish, they have.
    pub(crate) async fn asked_twice(&self) {
        for _ in 0..2 {
            let now = Timestamp::now();
            eventually("the host was asked again", || async {
                let known = self.known().await?;
                (known.read_at > Some(now) && known.suspected.is_none()).then_some(())
            })
            .await;
        }
    }

    /// Waits until so many questions in a row were not answered.
    pub(crate) async fn unanswered(&self, count: u32) {
        eventually("questions were not answered", || async {
            self.known().await.filter(|known| known.failures >= count)
        })
        .await;
    }

    /// Waits until the last question was answered, and that is known.
    pub(crate) async fn answered(&self) {
        eventually("a question was answered", || async {
            self.known().await.filter(|known| known.failures == 0)
        })
        .await;
    }

    /// Everything that is stored of what became of repositories, in its order.
    pub(crate) async fn stored(&self) -> Vec<(StoredMessage, RepositoryEvent)> {
        let subjects = "sluice.v1.git.*.*.*.*.repository.*";
        let stored = self.site.operator.read_forward("SLUICE_GIT", subjects, 1);
        let stored = stored.await.unwrap().into_iter();
        stored
            .map(|message| (message.clone(), from_json(&message.payload).unwrap()))
            .collect()
    }

    /// The same as `<repository>: <action> <from> <to>`, with a mark where no webhook told it.
    pub(crate) async fn lines(&self) -> Vec<String> {
        let stored = self.stored().await;
        stored
            .iter()
            .map(|(message, event)| line(message, event))
            .collect()
    }

    /// Waits until so many are stored, and gives the lines of the last.
    pub(crate) async fn tells(&self, count: usize, last: usize) -> Vec<String> {
        eventually("it is told", || async {
            (self.stored().await.len() >= count).then_some(())
        })
        .await;
        let mut lines = self.lines().await;
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines.split_off(count - last)
    }

    /// A webhook tells of a new name, as the gateway does, under the new one alone or under both. Gives whether it was
    /// news.
    pub(crate) async fn renamed(&self, old: &str, new: &str, trust: Trust) -> bool {
        let event = RepositoryEvent {
            action: RepositoryAction::Renamed.into(),
            changed: vec![FieldChange {
                field: "full_name".into(),
                from: Some(old.into()),
                to: Some(new.into()),
            }],
            provenance: Some(Provenance::default()),
            repository: Some(sluice_events::v1::Repository {
                host: "forge".into(),
                host_id: self.id.clone(),
                full_name: new.into(),
                ..Default::default()
            }),
            ..RepositoryEvent::default()
        };
        let fact = event.fact("forge", &self.id);
        let id = MessageId::of_event(&fact, Weight::from(trust));
        let mut is_news = false;
        for (name, id) in [(new, id.clone()), (old, id.under_old_name())] {
            let subject = event.subject_at(Address::of("default", "forge", name));
            let envelope = Envelope {
                id: format!("webhook-{fact}"),
                source: "https://forge.example".into(),
                event_type: subject.event_type(),
                subject: String::new(),
                time: Timestamp::now(),
                project: "default".into(),
                fact: Some(fact.clone()),
                trust,
                delivery: "delivery".into(),
                operation: String::new(),
            };
            let outgoing = Outgoing::event(&subject, &envelope, id, to_json(&event).unwrap());
            let stored = self
                .site
                .gateway
                .publish(outgoing, Duration::from_secs(5))
                .await;
            is_news |= !stored.unwrap().duplicate;
        }
        is_news
    }
}

fn line(message: &StoredMessage, event: &RepositoryEvent) -> String {
    let words: Vec<_> = message.subject.split('.').collect();
    let change = event.change();
    let from = change
        .and_then(|change| change.from.clone())
        .unwrap_or_default();
    let to = change
        .and_then(|change| change.to.clone())
        .unwrap_or_default();
    let recovered = event.provenance.as_ref().is_some_and(|told| told.recovered);
    let mark = if recovered { " (recovered)" } else { "" };
    format!("{}/{}: {} {from} {to}{mark}", words[5], words[6], words[8])
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::GitHub => "github",
        Kind::GitLab => "gitlab",
        Kind::Gitea => "gitea",
        Kind::Forgejo => "forgejo",
    }
}
