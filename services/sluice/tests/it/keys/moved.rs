//! What is moved, and what others see of it meanwhile.

use std::{process::Stdio, time::Duration};

use sluice_bus::{Change, Records};
use sluice_events::v1::SealedValue;
use sluice_registry::{KeyClass, OpeningKeys, keys, open_endpoint};
use sluice_test_support::folder_holds;

use super::{SECRET, TO_NEW, TOKEN, site};

#[tokio::test]
async fn everything_moves_to_the_new_key_and_a_second_time_nothing() {
    let site = site(3).await;
    let (old, new) = (site.public("keys"), site.public("new"));
    let to_new = format!("credentials, to the key {}: ", new.id());
    let tried = site.does(&[&TO_NEW[..], &["--dry-run"]].concat()).await;
    let said = "3 would be moved, 0 skipped (sealed to it already), 0 changed meanwhile, 0 cannot be opened\n";
    assert_eq!(tried, format!("{to_new}{said}"));
    assert_eq!(
        site.sealed_to().await,
        [old.id().to_owned()].into(),
        "a dry run moves nothing"
    );

    let moved = site.does(&TO_NEW).await;
    assert_eq!(moved, format!("{to_new}{}", said.replace("would be ", "")));
    assert_eq!(site.sealed_to().await, [new.id().to_owned()].into());
    assert_eq!(site.open_all(&site.opening(&["new"])).await, Ok(3));
    assert!(site.open_all(&site.opening(&["keys"])).await.is_err());

    let before = site.values().await.all().await.unwrap();
    let again = site.tells(&[&TO_NEW[..], &["-o", "json"]].concat()).await;
    assert_eq!(
        (&again[0]["moved"], &again[0]["skipped"]),
        (&0.into(), &3.into())
    );
    assert_eq!(
        site.values().await.all().await.unwrap(),
        before,
        "nothing is written"
    );

    // It is in the audit, and no plain value is anywhere.
    let audit = site.bus("operator").await;
    let audit = audit
        .last_message("SLUICE_AUDIT", "sluice.v1.audit.>")
        .await;
    let audit = String::from_utf8(audit.unwrap().unwrap().payload.to_vec()).unwrap();
    assert!(
        audit.contains("keys.reseal") && audit.contains(new.id()),
        "{audit}"
    );
    for canary in [TOKEN, SECRET] {
        assert!(!folder_holds(&site.folder().join("nats"), canary));
        assert!(
            ![&tried, &moved, &again.to_string(), &audit]
                .iter()
                .any(|said| said.contains(canary))
        );
    }
    assert!(
        folder_holds(site.folder(), TOKEN),
        "the check would find it"
    );
}

#[tokio::test]
async fn endpoints_secrets_move_too() {
    let site = site(0).await;
    let words = TO_NEW.map(|word| match word {
        "credentials" => "hook-secrets".to_owned(),
        word => word.replace("/credentials", "/hook-secrets"),
    });
    let moved = site.does(&words.each_ref().map(String::as_str)).await;
    assert!(moved.contains(": 1 moved, 0 skipped"), "{moved}");

    let bus = site.bus("gateway").await;
    let endpoints = Records::new(&bus, keys::ENDPOINTS).all().await.unwrap();
    let values = Records::<SealedValue>::new(&bus, keys::HOOK_SECRETS);
    let values = values.all().await.unwrap();
    let value = |key: &str| {
        let found = values.iter().find(|value| value.key == key);
        found.map(|value| value.record.clone())
    };
    let new = site.folder().join("new/hook-secrets.key");
    let opening = OpeningKeys::load(KeyClass::HookSecrets, &[new]).unwrap();
    let opened = open_endpoint(&endpoints[0].record, value, &opening);
    assert_eq!((opened.secrets.len(), opened.problems), (1, vec![]));
}

#[tokio::test]
async fn who_holds_both_keys_opens_everything_all_the_time() {
    let site = site(40).await;
    let both = site.opening(&["keys", "new"]);
    let opening = async {
        loop {
            assert_eq!(site.open_all(&both).await, Ok(40));
            if !site.sealed_to().await.contains(site.public("keys").id()) {
                break;
            }
        }
    };
    let ((), moved) = tokio::join!(opening, site.does(&TO_NEW));
    assert!(moved.contains(": 40 moved"), "{moved}");
    assert_eq!(site.open_all(&both).await, Ok(40));
    assert_eq!(site.open_all(&site.opening(&["new"])).await, Ok(40));
}

#[tokio::test]
async fn what_was_killed_in_the_middle_goes_on_when_it_is_run_again() {
    let site = site(400).await;
    let (old, new) = (site.public("keys"), site.public("new"));
    let mut watch = site.values().await.watch();
    let mut command = site.command(&TO_NEW, "operator");
    let mut running = command.stdout(Stdio::null()).spawn().unwrap();
    let first = async {
        loop {
            if let Change::Put(value) = watch.next().await
                && value.record.key_id == new.id()
            {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), first)
        .await
        .expect("something is moved");
    running.kill().await.unwrap();

    let both = [old.id().to_owned(), new.id().to_owned()].into();
    assert_eq!(
        site.sealed_to().await,
        both,
        "some are moved, and some are not"
    );
    assert_eq!(
        site.open_all(&site.opening(&["keys", "new"])).await,
        Ok(400)
    );
    let doctor = site.run(&["doctor"]).await;
    assert_eq!(doctor.code, Some(1));
    let warned = "[-] keys: credentials are not all sealed to the newest key: ";
    assert!(doctor.stdout.contains(warned), "{}", doctor.stdout);

    let again = site.tells(&[&TO_NEW[..], &["-o", "json"]].concat()).await;
    let number = |name: &str| again[0][name].as_u64().unwrap();
    assert_eq!(number("moved") + number("skipped"), 400);
    assert!(number("moved") > 0 && number("skipped") > 0, "{again}");
    assert_eq!(site.open_all(&site.opening(&["new"])).await, Ok(400));
    site.file(
        "keys/credentials.pub",
        &std::fs::read_to_string(site.folder().join("new/credentials.pub")).unwrap(),
    );
    let doctor = site.does(&["doctor"]).await;
    let fine = format!(
        "[+] keys: credentials: 400, all sealed to the key {}\n",
        new.id()
    );
    assert!(doctor.contains(&fine), "{doctor}");
}
