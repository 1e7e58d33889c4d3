//! Many repositories at once: asked for, watched, shown.

use sluice_bus::{
    Bus, Records,
    consume::{self, Advance, Failure, Handler, Options, Received, Sink},
    topology::Topology,
};
use sluice_daemon::Shutdown;
use sluice_events::{
    Call,
    v1::{
        Connection, ConnectionStatus, ConnectorRequest, Import, ImportStatus, OperationOutcome,
        OperationState, RegisteredRepository,
    },
};
use sluice_registry::keys;

use crate::site::Site;

const CREDENTIAL: &str = "apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot}
spec: {host: github, token: {value: a-secret-of-some-length}}
";

const IMPORT: &[&str] = &[
    "repositories",
    "import",
    "--host",
    "github",
    "--owner",
    "acme",
    "--credential",
    "bot",
];

/// A stand-in for the connector: what it is asked to import is there at once, as one repository.
struct Stand(Bus);

impl Handler for Stand {
    type Event = ConnectorRequest;

    async fn handle(
        &self,
        event: Received<ConnectorRequest>,
        _: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let call = Call::parse(&event.subject).unwrap();
        assert_eq!(call.verb, "import");
        let (project, name) = (&call.project, &event.data.name);
        let repository = RegisteredRepository {
            name: "web".into(),
            project: project.clone(),
            host: "github".into(),
            full_name: "acme/web".into(),
            import: name.clone(),
            ..Default::default()
        };
        let key = keys::repository(project, "web");
        let repositories = Records::new(&self.0, keys::REPOSITORIES);
        repositories.put(&key, &repository, None).await.unwrap();
        let connection = Connection {
            status: ConnectionStatus::Active.into(),
            ..Default::default()
        };
        let connections = Records::new(&self.0, keys::CONNECTIONS);
        connections.put(&key, &connection, None).await.unwrap();
        let import = Import {
            status: ImportStatus::Listed.into(),
            seen: 1,
            registered: 1,
            operation_id: event.envelope.id.clone(),
            ..event.data.import.unwrap()
        };
        let imports = Records::new(&self.0, keys::IMPORTS);
        let key = keys::import(project, name);
        imports.put(&key, &import, None).await.unwrap();
        let outcome = OperationOutcome {
            state: OperationState::Accepted.into(),
            ..Default::default()
        };
        Advance::of(keys::OPERATIONS, event.envelope.id, &outcome, None).map(Some)
    }
}

#[tokio::test]
async fn w9_an_import_is_asked_for_watched_and_shown() {
    let site = Site::start().await;
    assert_eq!(site.apply(CREDENTIAL).await.code, Some(0));
    let bus = site.bus("connector").await;
    let spec = Topology::current();
    let spec = spec
        .consumer("SLUICE_COMMANDS", "connector")
        .unwrap()
        .clone();
    let stand = Stand(bus.clone());
    let options = Options::default();
    tokio::spawn(consume::run(bus, spec, stand, options, Shutdown::default()));
    let ran = site.run_directly(IMPORT).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let so_far = "1 seen, 1 registered, 0 known, 0 skipped; 1 of 1 active";
    assert_eq!(
        ran.stdout,
        format!("Import default/acme is listed: {so_far}\n")
    );
    assert_eq!(ran.stderr, format!("  {so_far}\n"));
    let listed = site.tells(&["imports", "list", "-o", "json"]).await;
    assert_eq!(listed[0]["spec"]["owner"], "acme");
    assert_eq!(listed[0]["status"]["repositories"]["active"], 1);
    let page = site.does(&["imports", "show", "acme"]).await;
    assert!(page.contains(so_far), "{page}");
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_with_what_to_do() {
    let site = Site::start().await;
    let refused = site.run_directly(IMPORT).await;
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("no credential `bot`"),
        "{}",
        refused.stderr
    );
    let none = site.run_directly(&["imports", "delete", "none"]).await;
    assert_eq!(none.code, Some(2));
    assert!(
        none.stderr.contains("hint: `sluice imports list`"),
        "{}",
        none.stderr
    );
}
