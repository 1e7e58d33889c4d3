//! The commands against a running `sluice up`.

use serde_json::Value;
use sluice_providers::{PROVIDERS, SecretKind};
use sluice_test_support::{Folder, eventually};
use sluice_tests::{SECRET, Up, endpoint};

use crate::{deliver, post};

#[tokio::test]
async fn what_is_applied_twice_changes_once_and_what_get_shows_changes_nothing() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let operator = up.operator();
    let first = operator
        .apply(&endpoint("acme", "acme-0123456789abcdef"))
        .await;
    assert!(first.contains("Endpoint default/acme created"), "{first}");
    assert!(first.contains("/hooks/acme-0123456789abcdef"), "{first}");
    let shown = operator.does(&["get", "-o", "yaml"]).await;
    assert!(!shown.contains(SECRET), "no secret comes out again");

    let again = operator.apply(&shown).await;
    let verbs: Vec<_> = again
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert!(!verbs.is_empty());
    assert!(
        verbs.iter().all(|line| line.ends_with(" unchanged")),
        "{again}"
    );
    // The secret that it did not name is still the endpoint's.
    assert_eq!(post(&up, "/hooks/acme-0123456789abcdef").await, 202);

    let twice = operator
        .apply(&endpoint("acme", "acme-0123456789abcdef"))
        .await;
    assert!(!twice.contains("created"), "{twice}");
    assert_eq!(operator.does(&["get", "-o", "yaml"]).await, shown);
    assert_eq!(post(&up, "/hooks/acme-0123456789abcdef").await, 202);
}

#[tokio::test]
async fn what_is_deleted_takes_nothing_any_more() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let operator = up.operator();
    let hook = operator.declares_endpoint("acme", SECRET).await;
    deliver(&up, &hook, 1).await;
    let deleted = operator.does(&["delete", "endpoint", "acme"]).await;
    assert_eq!(deleted, "Endpoint default/acme deleted\n");
    let refused = async || (post(&up, &hook).await == 401).then_some(());
    eventually("the deleted endpoint is unknown", refused).await;
    let get = operator.run(&["get", "endpoints", "acme"]).await;
    assert_eq!(get.code, Some(2));
    assert!(
        get.stderr.contains("there is no such endpoint: acme"),
        "{}",
        get.stderr
    );
    let again = operator.run(&["delete", "endpoint", "acme"]).await;
    assert_eq!(again.code, Some(2));
}

#[tokio::test]
async fn every_sample_of_every_provider_comes_through_and_can_be_read() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let operator = up.operator();
    let mut sent = 0;
    for provider in PROVIDERS {
        let (name, kind) = (provider.name(), provider.secret_kinds()[0]);
        let (word, secret) = match kind {
            SecretKind::Signing => ("signing", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
            _ => ("hmac", SECRET),
        };
        operator.apply(&manifest(name, word, secret)).await;
        for event in provider.sample_events() {
            let trigger = [
                "trigger",
                name,
                event,
                "--endpoint",
                name,
                "--secret-file",
                "-",
            ];
            let trigger = operator.program(&trigger).with(["--secret-kind", word]);
            let said = trigger.run_on(&format!("{secret}\n")).await.good();
            assert!(
                said.starts_with("202 {\"outcome\":\"stored\""),
                "{name} {event}: {said}"
            );
            sent += 1;
        }
    }
    let unknown = operator.program(&[
        "trigger",
        "github",
        "sneeze",
        "--endpoint",
        "github",
        "--secret-file",
        "-",
    ]);
    let unknown = unknown.run_on(SECRET).await;
    assert_eq!(unknown.code, Some(1));
    assert!(
        unknown.stderr.contains("pull_request"),
        "it lists what there is: {}",
        unknown.stderr
    );

    let all = tail(&operator, 1, sent).await;
    assert!(
        all.iter().all(|event| event["stream"] == "SLUICE_GIT"
            && event["data"]["provenance"]["sample"] == true)
    );
    let sequences: Vec<_> = all
        .iter()
        .map(|event| event["sequence"].as_u64().unwrap())
        .collect();
    assert!(
        sequences.is_sorted_by(|one, next| one < next),
        "{sequences:?}"
    );
    let middle = sent / 2;
    let later = tail(&operator, sequences[middle], sent - middle).await;
    assert_eq!(later, all[middle..]);

    let doctor = operator.does(&["doctor"]).await;
    assert!(!doctor.contains("[-]"), "{doctor}");
    assert!(doctor.contains("[+] endpoints: 4 declared"), "{doctor}");
    assert!(
        doctor.contains("[+] durability: fsync: verified"),
        "{doctor}"
    );
}

#[tokio::test]
async fn the_doctor_says_which_repository_is_not_in_step_and_why() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let operator = up.operator();
    operator
        .apply(
            "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {name: meta}\nspec: {provider: gitea, url: \"https://169.254.169.254\"}\n---\n\
             apiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {name: web, project: default}\nspec: {host: meta, fullName: acme/web}\n",
        )
        .await;
    let doctor = eventually("the doctor has seen it", async || {
        let doctor = operator.run(&["doctor"]).await;
        (doctor.code == Some(1)).then_some(doctor.stdout)
    })
    .await;
    let line = "[-] repositories: default/web: waits for a change of it, its credential or its host: `169.254.169.254`";
    assert!(doctor.contains(line), "{doctor}");
    assert!(doctor.contains("fix: "), "{doctor}");
}

#[tokio::test]
async fn the_doctor_says_what_is_not_well() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let operator = up.operator();
    up.process().kill().await;
    rustix::process::kill_process(up.nats_server().unwrap(), rustix::process::Signal::KILL)
        .unwrap();
    let doctor = operator.run(&["doctor"]).await;
    assert_eq!(doctor.code, Some(1));
    assert!(doctor.stdout.contains("[-] nats: "), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("fix: "), "{}", doctor.stdout);
}

/// An endpoint of the provider's name at a host of the provider's name.
fn manifest(provider: &str, kind: &str, secret: &str) -> String {
    let mut host = provider.to_owned();
    let mut text = String::new();
    // These two have no public host that is predefined under their name.
    if ["gitea", "forgejo"].contains(&provider) {
        host = format!("{provider}-corp");
        text = format!(
            "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: {host}}}\nspec: {{provider: {provider}, url: \"https://{host}.example\"}}\n---\n"
        );
    }
    text + &format!(
        "apiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: {provider}, project: default}}\nspec:\n  host: {host}\n  scope: {{host: true}}\n  secrets: [{{kind: {kind}, value: \"{secret}\"}}]\n"
    )
}

/// So many events, from a sequence on.
async fn tail(operator: &sluice_tests::Operator, from: u64, number: usize) -> Vec<Value> {
    let (from, number) = (from.to_string(), number.to_string());
    let tail = [
        "events", "tail", "-o", "json", "--from", &from, "-n", &number,
    ];
    let lines = operator.does(&tail).await;
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
