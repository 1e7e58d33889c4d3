//! Many repositories at once.

use std::time::{Duration, Instant};

use sluice_bus::{Command, Records};
use sluice_events::{
    token,
    v1::{
        ConnectionProblemKind, ConnectionStatus, ConnectorRequest, Host, Import, ImportStatus,
        OperationOutcome, OperationState, WebhookKind,
    },
};
use sluice_fake_hosts::{Kind, Limits, Role};
use sluice_registry::keys;
use sluice_test_support::{eventually, registry::host_of};

use crate::site::{A, Site, TOKEN, forge};

impl Site {
    /// Repositories `many/r0` and so on, which the token may administer.
    pub(crate) fn many(&self, count: usize) {
        for number in 0..count {
            let full_name = format!("many/r{number}");
            let made = self.host.repository(&full_name).branch("main", A);
            made.private().create();
        }
        self.host.token(TOKEN).user("bot").role("many", Role::Admin);
    }

    /// Asks for an import of `many`, with webhooks of its own for each unless it is said otherwise.
    pub(crate) async fn import(&self, import: Import) {
        let webhook = match import.webhook() {
            WebhookKind::Unspecified => WebhookKind::Managed,
            known => known,
        };
        let owner = match import.owner.as_str() {
            "" => "many".to_owned(),
            owner => owner.to_owned(),
        };
        let import = Import {
            host: "forge".into(),
            owner,
            credential: "bot".into(),
            webhook: webhook.into(),
            ..import
        };
        self.send("import", Some(import)).await;
    }

    /// Asks for something about the import `many`; returns the operation.
    pub(crate) async fn send(&self, verb: &str, import: Option<Import>) -> String {
        let operation = format!("import-{:?}", Instant::now());
        let command = Command {
            sender: "operator",
            principal: "operator",
            project: "default",
            service: "connector",
            verb,
            name: "many",
            operation: &operation,
            wanted: Duration::from_secs(60),
        };
        let request = ConnectorRequest {
            name: "many".into(),
            import,
            ..ConnectorRequest::default()
        };
        let message = command.outgoing(&request).unwrap();
        let stored = self.operator.publish(message, Duration::from_secs(5)).await;
        stored.unwrap();
        operation
    }

    /// What became of an operation, once it has ended.
    pub(crate) async fn outcome(&self, operation: &str) -> OperationOutcome {
        let outcomes = Records::<OperationOutcome>::new(&self.operator, keys::OPERATIONS);
        let key = token::encode(operation);
        eventually("the operation has ended", || async {
            let outcome = outcomes.get(&key).await.unwrap()?.record;
            (outcome.state() != OperationState::Accepted).then_some(outcome)
        })
        .await
    }

    /// The import, once it stands so.
    pub(crate) async fn imported(&self, status: ImportStatus) -> Import {
        let imports = Records::<Import>::new(&self.operator, keys::IMPORTS);
        eventually("the import has ended", || async {
            let found = imports
                .get(&keys::import("default", "many"))
                .await
                .unwrap()?;
            let ended = found.record.claim.is_none() && found.record.status() == status;
            ended.then_some(found.record)
        })
        .await
    }

    /// Waits until so many are active.
    pub(crate) async fn all_active(&self, count: usize, patience: Duration) {
        let waiting = async {
            while self.active().await < count {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        if tokio::time::timeout(patience, waiting).await.is_err() {
            let all =
                Records::<sluice_events::v1::Connection>::new(&self.operator, keys::CONNECTIONS);
            let all = all.all().await.unwrap();
            let waits = all
                .iter()
                .filter(|one| one.record.status() != ConnectionStatus::Active);
            let waits: Vec<_> = waits.take(3).collect();
            panic!("not all are connected, such as {waits:#?}");
        }
    }

    /// How many of the repositories are active.
    async fn active(&self) -> usize {
        let bus = self.nats.bus("operator").await;
        let all = Records::<sluice_events::v1::Connection>::new(&bus, keys::CONNECTIONS);
        let all = all.all().await.unwrap();
        let active = |status| status == ConnectionStatus::Active;
        all.iter().filter(|one| active(one.record.status())).count()
    }
}

#[tokio::test]
async fn w9_all_repositories_of_an_owner_are_connected_by_one_command() {
    for kind in [Kind::GitLab, Kind::Gitea] {
        let site = Site::with(kind).await;
        site.many(7);
        let _connector = site.connector().await;
        let rule = Import {
            r#match: "r?".into(),
            ..Import::default()
        };
        site.import(rule).await;
        let import = site.imported(ImportStatus::Listed).await;
        assert_eq!(
            (import.seen, import.registered, import.known),
            (7, 7, 0),
            "{kind:?}"
        );
        eventually("all are connected", || async {
            (site.active().await == 7).then_some(())
        })
        .await;
        for number in 0..7 {
            assert_eq!(site.host.hooks(&format!("many/r{number}")).len(), 1);
        }
    }
}

#[tokio::test]
async fn what_appears_later_and_fits_the_rule_registers_itself() {
    let site = Site::with(Kind::Gitea).await;
    site.many(3);
    let _connector = site.connector().await;
    let rule = || Import {
        r#match: "r*".into(),
        follow: true,
        ..Import::default()
    };
    site.import(rule()).await;
    let import = site.imported(ImportStatus::Listed).await;
    assert!(import.due_at.is_some());
    site.host
        .repository("many/r-later")
        .branch("main", A)
        .create();
    site.host
        .repository("many/other")
        .branch("main", A)
        .create();
    site.import(rule()).await;
    eventually("the later one is there", || async {
        let import = site.imported(ImportStatus::Listed).await;
        (import.seen == 5).then_some(import)
    })
    .await;
    let import = site.imported(ImportStatus::Listed).await;
    assert_eq!((import.registered, import.known, import.skipped), (4, 3, 1));
    let records = site.registry.snapshot().await;
    assert!(records.repository("default", "r-later").is_some());
    assert!(records.repository("default", "other").is_none());
}

#[tokio::test]
async fn an_owner_that_is_not_there_is_said() {
    let site = Site::with(Kind::GitHub).await;
    let _connector = site.connector().await;
    site.import(Import::default()).await;
    let import = site.imported(ImportStatus::Failed).await;
    let problem = import.problem.unwrap();
    assert_eq!(
        problem.kind(),
        ConnectionProblemKind::NotFound,
        "{problem:?}"
    );
}

/// GitHub takes 80 webhooks in a minute: what is installed by then is proved before the minute is over.
#[tokio::test]
async fn a_proof_is_noted_while_the_host_takes_nothing_new() {
    const TAKEN: usize = 80;
    let site = Site::with(Kind::GitHub).await;
    site.many(TAKEN + 10);
    let patient = Host {
        calls_per_hour: 1_000_000,
        ..forge(&site.host)
    };
    site.registry.declare(&[host_of(patient)]).await;
    let _connector = site.with_clock(&site.base(), 1).await;
    site.import(Import::default()).await;
    site.all_active(TAKEN, Duration::from_secs(20)).await;
    let calls = site.host.calls();
    let made = calls
        .iter()
        .filter(|call| call.method == "POST" && call.path.ends_with("/hooks"));
    assert_eq!(made.count(), TAKEN, "the others wait");
}

/// At GitHub's real limits on a clock sixty times faster: 80 webhooks in a minute, 500 in an hour.
#[tokio::test]
async fn an_import_keeps_to_the_hosts_limits_is_interrupted_twice_and_makes_no_hook_twice() {
    let (_, told) = import_of(200, Duration::from_secs(120)).await;
    println!("{told}");
}

/// The same at the size of a large company.
#[tokio::test]
#[ignore = "it takes minutes, which stand for hours: run it by name"]
async fn an_import_of_3000_is_interrupted_twice_and_makes_no_hook_twice() {
    const COUNT: usize = 3000;
    let (took, told) = import_of(COUNT, Duration::from_secs(540)).await;
    println!("{told}");
    // 500 in an hour, which is a minute here, and within the last hour 80 in a minute.
    let hours = (COUNT - 1) / 500;
    let last = COUNT - 500 * hours;
    let implied = Duration::from_secs(60) * u32::try_from(hours).unwrap()
        + Duration::from_secs(1) * u32::try_from((last - 1) / 80).unwrap();
    // Our own share of the host's calls and this machine have their say as well, so that this is told and not judged.
    println!(
        "which took {:.0} s; the host's limit on webhooks alone implies {} s",
        took.as_secs_f64(),
        implied.as_secs()
    );
}

async fn import_of(count: usize, patience: Duration) -> (Duration, String) {
    let mut site = Site::with(Kind::GitHub).await;
    // The host's clock runs faster than we work: only what it allows shall bound us.
    site.at_once = 16;
    site.many(count);
    site.host
        .limits(Limits::documented().faster(60).in_real_time());
    let begun = Instant::now();
    let mut connector = site.connector().await;
    site.import(Import::default()).await;
    for share in [count / 4, count / 2] {
        let waiting = async {
            while site.active().await < share {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let waited = tokio::time::timeout(patience, waiting).await;
        waited.expect("some are connected");
        connector.crash();
        site.end_claims().await;
        connector = site.connector().await;
    }
    site.all_active(count, patience).await;
    let took = begun.elapsed();
    for number in 0..count {
        assert_eq!(
            site.host.hooks(&format!("many/r{number}")).len(),
            1,
            "r{number}"
        );
    }
    let calls = site.host.calls();
    let refused = calls
        .iter()
        .filter(|call| matches!(call.status, Some(403 | 429)));
    // One that begins anew does not know what the dead one has spent, and is told.
    let refused = refused.count();
    assert!(
        refused <= 12,
        "the host said {refused} times that it was too much"
    );
    // What the crashes interrupted is looked into and done again.
    assert!(calls.len() <= 4 * count + 40, "{} calls", calls.len());
    let told = format!(
        "import: {count} repositories, {} calls, {refused} refused, {:.1} s",
        calls.len(),
        took.as_secs_f64()
    );
    (took, told)
}
