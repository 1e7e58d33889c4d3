//! Lists of so many repositories that most of them are passed over unseen: nothing of what is wanted is, and nothing else
//! is shown.

use std::sync::Arc;

use serde_json::Value;
use sluice_bus::Records;
use sluice_events::v1::{
    AccessLevel, AccessRole, Connection, ConnectionStatus, Project, RegisteredRepository,
};
use sluice_registry::keys;
use sluice_test_support::eventually;
use tokio::task::JoinSet;

use crate::{client::Client, records::names, server::Api, site::Site};

/// Some more than stand together, thrice.
const REPOSITORIES: usize = 1_700;

const PROJECTS: [&str; 3] = ["default", "payments", "search"];

/// One that is to be listed.
#[derive(Clone, PartialEq)]
struct One {
    project: &'static str,
    name: String,
    full_name: String,
    status: ConnectionStatus,
    shown: bool,
}

impl One {
    fn of(number: usize) -> Self {
        let name = format!("web-{:04}", number * 7919 % 10_000);
        Self {
            project: PROJECTS[number % 3],
            // Hosts do not mind the case.
            full_name: format!("Acme/{}", name.to_uppercase()),
            name,
            status: match number % 500 {
                13 => ConnectionStatus::Inactive,
                14 => ConnectionStatus::Unspecified,
                _ => ConnectionStatus::Active,
            },
            shown: number % 211 == 5,
        }
    }

    fn record(&self) -> RegisteredRepository {
        let level = match self.shown {
            true => AccessLevel::Organization,
            false => AccessLevel::Private,
        };
        RegisteredRepository {
            name: self.name.clone(),
            project: self.project.into(),
            host: "github".into(),
            full_name: self.full_name.clone(),
            level: level.into(),
            ..Default::default()
        }
    }
}

/// Writes all of them, and how they stand.
async fn declare(site: &Site) -> Vec<One> {
    let projects = Records::<Project>::new(&site.operator, keys::PROJECTS);
    let search = Project {
        name: "search".into(),
        ..Default::default()
    };
    let key = keys::project("search");
    projects.put(&key, &search, None).await.unwrap();
    let records = Arc::new(Records::new(&site.operator, keys::REPOSITORIES));
    let connector = site.nats.bus("connector").await;
    let connections = Arc::new(Records::new(&connector, keys::CONNECTIONS));
    let mut all: Vec<_> = (0..REPOSITORIES).map(One::of).collect();
    let mut writing = JoinSet::new();
    for one in all.clone() {
        let (records, connections) = (Arc::clone(&records), Arc::clone(&connections));
        writing.spawn(async move {
            let key = keys::repository(one.project, &one.name);
            let connection = Connection {
                status: one.status.into(),
                ..Default::default()
            };
            records.put(&key, &one.record(), Some(0)).await.unwrap();
            if one.status != ConnectionStatus::Unspecified {
                connections.put(&key, &connection, Some(0)).await.unwrap();
            }
        });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap();
    }
    all.sort_by(|one, other| (one.project, &one.name).cmp(&(other.project, &other.name)));
    all
}

/// Everything that a list has, page by page.
async fn pages(client: &Client, query: &str) -> Vec<(String, String)> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/repositories?limit=200&{query}&after={after}");
        let page: Value = client.reads(&path).await;
        let all = page["repositories"].as_array().unwrap();
        let project = |one: &Value| one["metadata"]["project"].as_str().unwrap().to_owned();
        let projects = all.iter().map(project);
        found.extend(projects.zip(names(&page, "repositories")));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return found,
        }
    }
}

fn expected(all: &[One], wanted: impl Fn(&One) -> bool) -> Vec<(String, String)> {
    let wanted = all.iter().filter(|one| wanted(one));
    wanted
        .map(|one| (one.project.to_owned(), one.name.clone()))
        .collect()
}

#[tokio::test]
async fn k3_what_is_wanted_is_listed_and_nothing_else_however_many_there_are() {
    let site = Site::start().await;
    let all = declare(&site).await;
    let admin = site.token_of(AccessRole::Admin, "").await;
    let viewer = site.token_of(AccessRole::Viewer, "search").await;
    let api = Api::start(&site).await;
    let (admin, viewer) = (api.client(&admin), api.client(&viewer));
    let sees = |one: &One| one.project == "search" || one.shown;
    type Wants = fn(&One) -> bool;
    let questions: [(&str, Wants); 9] = [
        ("", |_| true),
        ("project=payments", |one| one.project == "payments"),
        ("status=inactive", |one| {
            one.status == ConnectionStatus::Inactive
        }),
        ("status=unknown", |one| {
            one.status == ConnectionStatus::Unspecified
        }),
        ("status=suspended", |_| false),
        ("q=WEB-77", |one| one.name.starts_with("web-77")),
        ("q=acme%2Fweb-12", |one| one.name.starts_with("web-12")),
        ("q=1%0Aacme", |_| false),
        ("q=git%40github.com%3Aacme%2Fweb-7919.git", |one| {
            one.name == "web-7919"
        }),
    ];
    for (query, wants) in questions {
        let listed = pages(&admin, query).await;
        assert!(listed == expected(&all, wants), "{query}: {}", listed.len());
        if query.starts_with("project=") {
            continue;
        }
        let listed = pages(&viewer, query).await;
        let mine = expected(&all, |one| wants(one) && sees(one));
        assert!(listed == mine, "{query}: {}", listed.len());
    }
    let shown = pages(&viewer, "project=payments").await;
    let mine = expected(&all, |one| one.project == "payments" && one.shown);
    assert!(!mine.is_empty() && shown == mine);
}

#[tokio::test]
async fn how_a_repository_stands_decides_whether_it_is_listed_as_soon_as_it_is_known() {
    let (site, _api, client) = Site::with_api().await;
    let records = Records::new(&site.operator, keys::REPOSITORIES);
    let connector = site.nats.bus("connector").await;
    let connections = Records::new(&connector, keys::CONNECTIONS);
    let one = One::of(1);
    let key = keys::repository(one.project, &one.name);
    let listed = async |status: &str| {
        let found = pages(&client, &format!("status={status}")).await;
        (!found.is_empty()).then_some(())
    };
    let comes =
        async |status: &'static str| eventually(status, async || listed(status).await).await;
    // Whichever is known first.
    let connection = |status: ConnectionStatus| Connection {
        status: status.into(),
        ..Default::default()
    };
    let active = connection(ConnectionStatus::Active);
    let revision = connections.put(&key, &active, None).await.unwrap();
    records.put(&key, &one.record(), None).await.unwrap();
    comes("active").await;
    let suspended = connection(ConnectionStatus::Suspended);
    let suspended = connections.put(&key, &suspended, Some(revision)).await;
    comes("suspended").await;
    assert_eq!(listed("active").await, None);
    connections.delete(&key, suspended.unwrap()).await.unwrap();
    comes("unknown").await;
    assert_eq!(listed("suspended").await, None);
}
