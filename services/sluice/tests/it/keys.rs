//! Keys are replaced: what was sealed to one is moved to the next, while those who open it go on.

use std::{collections::BTreeSet, process::Stdio, time::Duration};

use sluice_bus::{Change, Records};
use sluice_events::v1::{Credential, SealedValue};
use sluice_registry::{KeyClass, OpeningKeys, SealingKey, keys, open_credential, open_endpoint};
use sluice_test_support::folder_holds;

use crate::site::Site;

const TOKEN: &str = "ghp_canary0123456789abcdef";
const SECRET: &str = "canary-hook-secret-0123456789";

const TO_NEW: [&str; 8] = [
    "keys",
    "reseal",
    "--class",
    "credentials",
    "--old-key",
    "keys/credentials.key",
    "--new-pub",
    "new/credentials.pub",
];

/// A site with new keys beside the present ones, and with these credentials and an endpoint.
async fn site(credentials: usize) -> Site {
    let site = Site::start().await;
    site.does(&["keys", "new", "--folder", "new"]).await;
    site.file("token", TOKEN);
    let mut manifest = format!(
        "apiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: acme}}\nspec: {{host: github, scope: {{owner: acme}}, secrets: [{{kind: hmac, value: {SECRET}}}]}}\n"
    );
    for number in 0..credentials {
        manifest += &format!(
            "---\napiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: bot{number}}}\nspec: {{host: github, token: {{file: token}}}}\n"
        );
    }
    let applied = site.apply(&manifest).await;
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    site
}

impl Site {
    async fn values(&self) -> Records<SealedValue> {
        Records::new(&self.bus("operator").await, keys::CREDENTIAL_VALUES)
    }

    /// To which keys credentials are sealed.
    async fn sealed_to(&self) -> BTreeSet<String> {
        let values = self.values().await.all().await.unwrap();
        values
            .into_iter()
            .map(|value| value.record.key_id)
            .collect()
    }

    fn public(&self, folder: &str) -> SealingKey {
        let path = self.folder().join(folder).join("credentials.pub");
        SealingKey::load(KeyClass::Credentials, &path).unwrap()
    }

    fn opening(&self, folders: &[&str]) -> OpeningKeys {
        let path = |folder: &&str| self.folder().join(folder).join("credentials.key");
        let paths: Vec<_> = folders.iter().map(path).collect();
        OpeningKeys::load(KeyClass::Credentials, &paths).unwrap()
    }

    /// Opens every credential as sync does, and counts them.
    async fn open_all(&self, opening: &OpeningKeys) -> Result<usize, String> {
        let bus = self.bus("sync").await;
        let records = Records::<Credential>::new(&bus, keys::CREDENTIALS);
        let values = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
        let mut opened = 0;
        for record in records.all().await.unwrap() {
            let Credential {
                project,
                name,
                version,
                ..
            } = &record.record;
            let key = keys::credential_value(project, name, *version);
            let value = values.get(&key).await.unwrap().map(|value| value.record);
            let token = open_credential(&record.record, value, opening);
            let token = token.map_err(|problem| problem.to_string())?;
            assert_eq!(token.expose(), TOKEN.as_bytes());
            opened += 1;
        }
        Ok(opened)
    }
}

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
        let mut rounds = 0;
        while site.sealed_to().await.contains(site.public("keys").id()) {
            assert_eq!(site.open_all(&both).await, Ok(40));
            rounds += 1;
        }
        rounds
    };
    let (rounds, moved) = tokio::join!(opening, site.does(&TO_NEW));
    assert!(
        rounds > 0 && moved.contains(": 40 moved"),
        "{rounds} rounds: {moved}"
    );
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

#[tokio::test]
async fn what_the_old_key_does_not_open_is_named_and_left() {
    let site = site(2).await;
    let before = site.values().await.all().await.unwrap();
    site.does(&["keys", "new", "--folder", "wrong"]).await;
    let words = TO_NEW.map(|word| match word {
        "keys/credentials.key" => "wrong/credentials.key",
        word => word,
    });
    let ran = site.run(&words).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(
        ran.stdout.contains(": 0 moved, 0 skipped"),
        "{}",
        ran.stdout
    );
    for name in ["bot0", "bot1"] {
        let line = format!(
            "  Credential default/{name}: it is sealed to the key `{}`, which is not here\n",
            site.public("keys").id()
        );
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
    assert_eq!(site.values().await.all().await.unwrap(), before);

    // One that was altered stops none of the others.
    let mut altered = before[0].clone();
    altered.record.ciphertext = b"canary".as_slice().into();
    let values = site.values().await;
    let put = values.put(&altered.key, &altered.record, Some(altered.revision));
    put.await.unwrap();
    let ran = site.run(&TO_NEW).await;
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.contains(": 1 moved, 0 skipped"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("  Credential default/bot0: it does not open: "),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("canary"));
}

#[tokio::test]
async fn mistakes_with_keys_are_said_before_anything_is_written() {
    let site = site(1).await;
    let before = site.values().await.all().await.unwrap();
    for (words, code, said) in [
        (
            &["keys", "reseal"][..],
            1,
            "name the keys: --class, --old-key and --new-pub",
        ),
        (
            &["keys", "reseal", "--new-pub", "new/credentials.pub"],
            64,
            "--old-key",
        ),
        (&["keys", "reseal", "--class", "issuers"], 64, "issuers"),
        (
            &[
                "keys",
                "reseal",
                "--class",
                "credentials",
                "--old-key",
                "new/credentials.pub",
                "--new-pub",
                "new/credentials.pub",
            ],
            1,
            "private key new/credentials.pub has mode 0644",
        ),
        (
            &[
                "keys",
                "reseal",
                "--class",
                "credentials",
                "--old-key",
                "keys/credentials.key",
                "--new-pub",
                "new/hook-secrets.pub",
            ],
            1,
            "does not hold what is expected: # sluice sealing key for credentials",
        ),
        (
            &[
                "keys",
                "reseal",
                "--class",
                "credentials",
                "--old-key",
                "keys/credentials.key,absent",
                "--new-pub",
                "new/credentials.pub",
            ],
            1,
            "key file absent cannot be read",
        ),
    ] {
        let ran = site.run(words).await;
        assert_eq!(ran.code, Some(code), "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
    assert_eq!(site.values().await.all().await.unwrap(), before);
}

#[tokio::test]
async fn a_pair_is_put_aside_for_the_next() {
    let site = Site::start().await;
    let old = site.public("keys");
    let again = ["keys", "new", "--folder", "keys", "--class", "credentials"];
    let refused = site.run(&again).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("is not overwritten"),
        "{}",
        refused.stderr
    );

    let made = site.does(&[&again[..], &["--replace"]].concat()).await;
    let new = site.public("keys");
    assert!(
        made.starts_with(&format!("{}: ", new.id())) && new != old,
        "{made}"
    );
    for extension in ["key", "pub"] {
        let aside = format!("keys/credentials.{}.{extension}", old.id());
        assert!(site.folder().join(&aside).exists(), "{aside}");
    }
}
