//! Who may what: every operation, asked by every role of the project that it is about, of another one and of all.
//!
//! The table here is written by hand and says what must be; that of the API is what is.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_events::{Timestamp, v1::AccessRole};
use sluice_test_support::Registry;

use crate::{
    client::Client,
    imports,
    records::{manifest, web},
    server::{Api, Running},
    site::Site,
};

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// A project: others do not see it.
    Project,
    /// A project itself, by its name in the path.
    Itself,
    /// What everybody may see.
    Everybody,
    /// What belongs to no project.
    System,
}

use About::{Everybody, Itself, Project, System};
use AccessRole::{Admin, Editor, Viewer};

const MUST: &[(&str, AccessRole, About)] = &[
    ("listProjects", Viewer, Everybody),
    ("getProject", Viewer, Itself),
    ("putProject", Admin, System),
    ("deleteProject", Admin, System),
    ("listHosts", Viewer, Everybody),
    ("getHost", Viewer, Everybody),
    ("putHost", Admin, System),
    ("deleteHost", Admin, System),
    ("listCredentials", Viewer, Project),
    ("getCredential", Viewer, Project),
    ("putCredential", Admin, Project),
    ("deleteCredential", Admin, Project),
    ("listRepositories", Viewer, Project),
    ("getRepository", Viewer, Project),
    ("putRepository", Editor, Project),
    ("deleteRepository", Editor, Project),
    ("deleteRepository?force=true", Admin, Project),
    ("listEndpoints", Viewer, Project),
    ("getEndpoint", Viewer, Project),
    ("putEndpoint", Editor, Project),
    ("deleteEndpoint", Editor, Project),
    ("apply", Editor, Project),
    ("syncRepository", Editor, Project),
    ("recheckRepository", Editor, Project),
    ("renewRepository", Editor, Project),
    ("acceptRepository", Admin, Project),
    ("startImport", Editor, Project),
    ("endImport", Editor, Project),
    ("listImports", Viewer, Project),
    ("getImport", Viewer, Project),
    ("getOperation", Viewer, Project),
    ("listAccessTokens", Admin, Project),
    ("getAccessToken", Admin, Project),
    ("createAccessToken", Admin, Project),
    ("deleteAccessToken", Admin, Project),
    ("listCommits", Viewer, Project),
    ("getCommit", Viewer, Project),
    ("listEvents", Viewer, Project),
    ("listAudit", Admin, Project),
    ("getOpenApi", Viewer, Everybody),
];

/// Method and path of every operation, by its name.
fn operations() -> Vec<(String, String, String)> {
    let document: Value = serde_json::from_str(sluice_api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let mut all = Vec::new();
    for (path, here) in paths {
        for (method, operation) in here.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            all.push((id, method.to_uppercase(), path.clone()));
        }
    }
    all
}

#[test]
fn every_operation_has_its_line() {
    let must = MUST
        .iter()
        .map(|(id, ..)| id.split('?').next().unwrap().to_owned());
    let must: BTreeSet<_> = must.collect();
    let there: BTreeSet<_> = operations().into_iter().map(|(id, ..)| id).collect();
    assert_eq!(must, there);
}

/// What is there to be asked about, made by somebody who may everything.
struct World {
    admin: Client,
    sha: String,
}

impl World {
    /// What an operation is sent: the body, and the name that the path has. What is to be deleted is made first.
    async fn prepare(&self, id: &str, number: usize) -> (String, Option<Value>) {
        let name = format!("x{number}");
        let (verb, kind) = ["delete", "put"]
            .iter()
            .find_map(|verb| Some((*verb, id.strip_prefix(verb)?)))
            .unwrap_or_default();
        if verb.is_empty() {
            return match id {
                "apply" => (name.clone(), Some(web(&name))),
                "createAccessToken" => {
                    (name.clone(), Some(json!({"name": name, "role": "viewer"})))
                }
                "startImport" => (name, Some(imports::spec("there"))),
                "getHost" => ("github".into(), None),
                "getProject" => ("default".into(), None),
                "getCommit" => (self.sha.clone(), None),
                "getOperation" => (operation_id(), None),
                _ => ("there".into(), None),
            };
        }
        let (path, body) = thing(kind, &name);
        if verb == "put" {
            return (name, Some(body));
        }
        let method = if kind == "AccessToken" { "POST" } else { "PUT" };
        let made = self.admin.json(method, &path, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        (name, None)
    }
}

/// Where something of a kind is made, and of what.
fn thing(kind: &str, name: &str) -> (String, Value) {
    let secret = "a-secret-of-some-length";
    let one = |plural: &str, spec: Value| {
        (
            format!("/api/v1/{plural}/{name}"),
            manifest(kind, name, spec),
        )
    };
    match kind {
        "Project" => one("projects", json!({})),
        "Host" => one(
            "hosts",
            json!({"provider": "gitea", "url": format!("https://{name}.test")}),
        ),
        "Credential" => one(
            "credentials",
            json!({"host": "github", "token": {"value": secret}}),
        ),
        "Repository" => (format!("/api/v1/repositories/{name}"), web(name)),
        "Endpoint" => one(
            "endpoints",
            json!({"host": "github", "scope": {"owner": "acme"}, "secrets": [{"kind": "hmac", "value": secret}]}),
        ),
        _ => (
            "/api/v1/access-tokens".into(),
            json!({"name": name, "role": "viewer"}),
        ),
    }
}

/// One that was just asked for.
fn operation_id() -> String {
    format!("default-{:x}-{:032x}", Timestamp::now().seconds + 60, 7)
}

/// What must be answered: the beginning of the status, or all of it.
fn expected(role: AccessRole, opens: &str, must: (AccessRole, About)) -> u16 {
    let (least, about) = must;
    let outside = match (about, opens) {
        (Project | Itself, "payments") => Some(404),
        (System, "payments" | "default") => Some(403),
        _ => None,
    };
    outside.unwrap_or(if role >= least { 2 } else { 403 })
}

#[tokio::test]
async fn s1_s16_everybody_may_what_they_must_and_nothing_else() {
    let site = Site::start().await;
    let registry = Registry::of(&site.nats).await;
    let log = Running::commit_log(&site).await;
    site.record("default", "acme/there", 1).await;
    let mut tokens = Vec::new();
    for role in [Viewer, Editor, Admin] {
        for opens in ["default", "payments", ""] {
            tokens.push((role, opens, site.token_of(role, opens).await));
        }
    }
    let api = Api::sealing(&site, &registry).await;
    let admin = api.client(&tokens.last().unwrap().2);
    for kind in ["Credential", "Repository", "Endpoint", "AccessToken"] {
        let (path, body) = thing(kind, "there");
        let method = if kind == "AccessToken" { "POST" } else { "PUT" };
        let made = admin.json(method, &path, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    site.current(&admin).await;
    imports::stands(&site, &admin, "there").await;
    let sha = sluice_test_support::commits::numbered(0).sha;
    let world = World { admin, sha };
    let mut number = 0;
    for (id, least, about) in MUST {
        let (bare, query) = id.split_once('?').unwrap_or((id, ""));
        let (_, method, path) = operations()
            .into_iter()
            .find(|(known, ..)| known == bare)
            .unwrap();
        for (role, opens, token) in &tokens {
            number += 1;
            let (name, body) = world.prepare(bare, number).await;
            let start = path.find('{').unwrap_or(path.len());
            let end = path.find('}').map_or(path.len(), |end| end + 1);
            let mut asked = path.clone();
            asked.replace_range(start..end, if start < end { &name } else { "" });
            let project = if *about == Project {
                "&project=default"
            } else {
                ""
            };
            asked = format!("{asked}?{query}{project}");
            let client = api.client(token);
            let answer = match &body {
                Some(body) => client.json(&method, &asked, body).await,
                None => client.send(&method, &asked, &[]).await,
            };
            let must = expected(*role, opens, (*least, *about));
            let is = if must == 2 {
                answer.status / 100
            } else {
                answer.status
            };
            assert_eq!(is, must, "{role:?} of `{opens}`: {id}: {}", answer.body);
        }
    }
    drop(log);
}
