//! `sluice topology` says what differs, what to do, and by its exit code whether there is anything.

use std::time::Duration;

use async_nats::{
    ConnectOptions,
    jetstream::{
        self,
        stream::{Config, DiscardPolicy, StorageType},
    },
};
use serde_json::{Value, json};
use sluice_tests::Operator;

use crate::{Own, password};

const AS_IT_MUST_BE: &str = "the bus is as it must be\n";

/// Somebody with every right and another client.
async fn administrator(own: &Own) -> jetstream::Context {
    let user = "bootstrap";
    let options = ConnectOptions::with_user_and_password(user.into(), password(user));
    let options = options.custom_inbox_prefix(format!("_INBOX_{user}"));
    jetstream::new(options.connect(&own.url).await.unwrap())
}

/// Changes how a stream is configured.
async fn change(jetstream: &jetstream::Context, stream: &str, change: impl FnOnce(&mut Config)) {
    let mut config = jetstream
        .get_stream(stream)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    change(&mut config);
    jetstream.update_stream(&config).await.unwrap();
}

async fn diff(operator: &Operator, more: &[&str]) -> (Option<i32>, String) {
    let ran = operator.run(&[&["topology", "diff"], more].concat()).await;
    assert_eq!(ran.stderr, "");
    (ran.code, ran.stdout)
}

#[tokio::test]
async fn drift_is_shown_with_what_to_do_and_mended() {
    let own = Own::start().await;
    let (bootstrap, operator) = (own.as_user("bootstrap"), own.as_user("operator"));
    let tried = operator.does(&["topology", "apply", "--dry-run"]).await;
    assert!(
        tried.contains("would create SLUICE_GIT: does not exist\n"),
        "{tried}"
    );
    let (code, missing) = diff(&operator, &[]).await;
    assert_eq!(code, Some(1), "a dry run creates nothing");
    assert_eq!(missing.lines().count(), tried.lines().count());
    let line = "KV_sluice-hosts: does not exist; `sluice topology apply` mends it\n";
    assert!(missing.contains(line), "{missing}");
    bootstrap.does(&["topology", "apply"]).await;
    assert_eq!(diff(&operator, &[]).await, (Some(0), AS_IT_MUST_BE.into()));

    let jetstream = administrator(&own).await;
    change(&jetstream, "SLUICE_GIT", |config| {
        config.discard = DiscardPolicy::Old;
        config.max_age = Duration::from_secs(86_400 * 7);
    })
    .await;
    let said = "SLUICE_GIT: discards Old, expected New; `sluice topology apply` mends it\n";
    assert_eq!(diff(&operator, &[]).await, (Some(1), said.to_owned()));
    let tried = operator.does(&["topology", "apply", "--dry-run"]).await;
    assert_eq!(
        tried,
        "would update SLUICE_GIT: discards Old, expected New\n"
    );
    assert_eq!(diff(&operator, &[]).await, (Some(1), said.to_owned()));

    assert_eq!(
        bootstrap.does(&["topology", "apply"]).await,
        "update SLUICE_GIT\n"
    );
    assert_eq!(diff(&operator, &[]).await, (Some(0), AS_IT_MUST_BE.into()));
    // The age is the operator's: shown when asked for, and no difference.
    let yours = "SLUICE_GIT: keeps messages for 604800s, by the table for 2592000s";
    let all = format!("{yours}; yours to choose\n{AS_IT_MUST_BE}");
    assert_eq!(diff(&operator, &["--all"]).await, (Some(0), all));
    let quorum = ["--all", "--durability", "quorum"];
    let (code, all) = diff(&operator, &quorum).await;
    let replicas = "SLUICE_GIT: has 1 replicas, by the declared durability 3; yours to choose\n";
    assert!(code == Some(0) && all.contains(replicas), "{all}");
}

#[tokio::test]
async fn programs_read_it_and_what_apply_cannot_mend_is_left() {
    let own = Own::start().await;
    let jetstream = administrator(&own).await;
    let config = Config {
        name: "SLUICE_AUDIT".into(),
        subjects: vec!["sluice.v1.audit.>".into()],
        max_bytes: 1 << 20,
        storage: StorageType::Memory,
        ..Config::default()
    };
    jetstream.create_stream(config).await.unwrap();
    let applied = own.as_user("bootstrap").run(&["topology", "apply"]).await;
    assert_eq!(applied.code, Some(1));
    let left = "left SLUICE_AUDIT: storage is Memory, expected File; nothing changes this on a stream that exists: \
                stop the services, back it up and remove it, then `sluice topology apply`\n";
    assert!(applied.stdout.ends_with(left), "{}", applied.stdout);
    assert!(
        applied.stdout.contains("update SLUICE_AUDIT\n"),
        "what can be mended is"
    );

    let operator = own.as_user("operator");
    let (code, told) = diff(&operator, &["-o", "json", "--all"]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(code, Some(1));
    let what_to_do = told[0]["do"].clone();
    assert!(what_to_do.as_str().unwrap().contains("back it up"));
    let expected = json!({
        "what": "SLUICE_AUDIT",
        "problem": "storage is Memory, expected File",
        "contract": true,
        "remedy": "hand",
        "do": what_to_do,
    });
    assert_eq!(told[0], expected);
    let others = told.as_array().unwrap()[1..].iter();
    assert!(
        others
            .clone()
            .all(|row| row["contract"] == false && row["remedy"] == "none")
    );
    assert!(others.count() > 0, "its size is the operator's");
}

#[tokio::test]
async fn what_cannot_be_compared_is_another_exit_code() {
    let own = Own::start().await;
    let reader = own.as_user("reader").run(&["topology", "diff"]).await;
    assert_eq!((reader.code, reader.stdout.as_str()), (Some(2), ""));
    assert!(reader.stderr.starts_with("error: "), "{}", reader.stderr);
    let mut nobody = own.connection("operator");
    nobody.url = "nats://127.0.0.1:1".into();
    let nobody = Operator::of_nats(&nobody, own.folder.path());
    let nobody = nobody.run(&["topology", "diff"]).await;
    assert_eq!(nobody.code, Some(2));
    assert!(
        nobody.stderr.contains("does not answer"),
        "{}",
        nobody.stderr
    );
    let wrong = own
        .as_user("operator")
        .run(&["topology", "diff", "--durability", "hope"])
        .await;
    assert_eq!(wrong.code, Some(64));
}

#[tokio::test]
async fn a_declared_quorum_is_not_believed() {
    let own = Own::start().await;
    own.as_user("bootstrap").does(&["topology", "apply"]).await;
    let doctor = own
        .as_user("operator")
        .run(&["doctor", "--durability", "quorum"])
        .await;
    assert_eq!(doctor.code, Some(1));
    let line = "[-] durability: quorum is declared, but ";
    assert!(doctor.stdout.contains(line), "{}", doctor.stdout);
    let apply = ["topology", "apply", "--durability", "quorum"];
    let apply = own.as_user("bootstrap").run(&apply).await;
    assert_eq!(
        (apply.code, apply.stdout.as_str()),
        (Some(0), "nothing to do\n")
    );
    assert!(
        apply
            .stderr
            .contains("have fewer replicas than quorum needs"),
        "{}",
        apply.stderr
    );
}
