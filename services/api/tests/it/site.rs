//! A site: a nats-server with what is shipped on it, an operator who makes access tokens, and what is stored there.

use std::time::Duration;

use sluice_bus::{Bus, Outgoing, Records};
use sluice_events::{
    Address, Envelope, Fact, MessageId, Subject, Timestamp, to_json,
    v1::{AccessRole, AccessToken, Project, RefEvent, Trust},
};
use sluice_registry::{keys, new_access_token};
use sluice_test_support::{
    Nats, Registry,
    canary::watch,
    commits::{History, numbered},
    eventually,
};

use crate::{client::Client, server::Api};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that an API needs.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) operator: Bus,
}

impl Site {
    /// One with the projects `default` and `payments`.
    pub(crate) async fn start() -> Self {
        let nats = Nats::start().await;
        let operator = nats.bus("operator").await;
        let projects = Records::<Project>::new(&operator, keys::PROJECTS);
        let payments = Project {
            name: "payments".into(),
            ..Default::default()
        };
        let key = keys::project("payments");
        projects.put(&key, &payments, None).await.unwrap();
        Self { nats, operator }
    }

    /// An API that seals, and somebody who may everything.
    pub(crate) async fn with_admin() -> (Self, Registry, Api, Client) {
        let site = Self::start().await;
        let registry = Registry::of(&site.nats).await;
        let token = site.token_of(AccessRole::Admin, "").await;
        let api = Api::sealing(&site, &registry).await;
        let client = api.client(&token);
        (site, registry, api, client)
    }

    /// An API that knows an access token for all projects, and its holder.
    pub(crate) async fn with_api() -> (Self, Api, Client) {
        let site = Self::start().await;
        let token = site.token("ci", "", None).await;
        let api = Api::start(&site).await;
        let client = api.client(&token);
        (site, api, client)
    }

    /// Makes an access token of a viewer.
    pub(crate) async fn token(&self, name: &str, project: &str, ends: Option<Timestamp>) -> String {
        self.make(name, project, AccessRole::Viewer, ends).await
    }

    /// Makes an access token that does not end.
    pub(crate) async fn token_of(&self, role: AccessRole, project: &str) -> String {
        let name = ["", "viewer", "editor", "admin"][role as usize];
        let name = match project {
            "" => format!("{name}-of-all"),
            project => format!("{name}-of-{project}"),
        };
        self.make(&name, project, role, None).await
    }

    async fn make(
        &self,
        name: &str,
        project: &str,
        role: AccessRole,
        ends: Option<Timestamp>,
    ) -> String {
        let now = Timestamp::from_seconds(1);
        let (token, record) = new_access_token(name, project, role, now, ends).unwrap();
        self.tokens().put(name, &record, None).await.unwrap();
        watch().secret(&format!("access token: of {name}"), token.expose());
        String::from_utf8(token.expose().to_vec()).unwrap()
    }

    /// Changes the record of an access token.
    pub(crate) async fn change(&self, name: &str, change: impl FnOnce(&mut AccessToken)) {
        let mut there = self.tokens().get(name).await.unwrap().unwrap();
        change(&mut there.record);
        let (tokens, revision) = (self.tokens(), Some(there.revision));
        tokens.put(name, &there.record, revision).await.unwrap();
    }

    pub(crate) fn tokens(&self) -> Records<AccessToken> {
        Records::new(&self.operator, keys::ACCESS_TOKENS)
    }

    /// Records a line of so many commits in a repository, at whose end `main` stands.
    pub(crate) async fn record(&self, project: &str, full_name: &str, count: u64) {
        let log = self.nats.bus("commit-log").await;
        let history = History { project, full_name };
        history.record(&log, (0..count).map(numbered)).await;
        let last = numbered(count - 1).sha;
        history.stands(&log, "main", &last, 1).await;
    }

    /// Waits until the commit log has read everything.
    pub(crate) async fn current(&self, client: &Client) {
        eventually("the index is current", || async {
            let answer = client.get("/api/v1/commits?limit=1").await;
            let page: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
            let index = &page["index"];
            (index["indexed"].is_string() && index["indexed"] == index["last"]).then_some(())
        })
        .await;
    }

    /// Stores an event: `branch.updated.default.main` or the like of a repository. Its `ce-id` is its number.
    pub(crate) async fn event(&self, project: &str, full_name: &str, what: &str, number: u64) {
        let data = RefEvent {
            r#ref: "refs/heads/main".into(),
            ..Default::default()
        };
        self.event_with(project, full_name, what, number, &data)
            .await;
    }

    /// The same with that content.
    pub(crate) async fn event_with(
        &self,
        project: &str,
        full_name: &str,
        what: &str,
        number: u64,
        data: &RefEvent,
    ) {
        let gateway = self.nats.bus("gateway").await;
        let address = Address::of(project, "github", full_name);
        let tokens: Vec<_> = what.split('.').collect();
        let subject = Subject::new("git", address, tokens[0], tokens[1]);
        let subject = subject.qualified(tokens[2..].iter().copied());
        let id = MessageId::of(&[&number.to_be_bytes()]);
        let envelope = Envelope {
            id: number.to_string(),
            source: format!("https://github.com/{full_name}"),
            event_type: subject.event_type(),
            subject: "refs/heads/für\u{1b}".into(),
            time: Timestamp::from_seconds(1_700_000_000),
            project: project.into(),
            fact: Some(Fact::of_statement("github", "test", &number.to_be_bytes())),
            trust: Trust::Signed,
            delivery: "d-1".into(),
            operation: String::new(),
        };
        let event = Outgoing::event(&subject, &envelope, id, to_json(data).unwrap());
        gateway.publish(event, PATIENCE).await.unwrap();
    }
}
