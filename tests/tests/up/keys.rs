//! The keys of a data folder are replaced as `docs/keys.md` says.

use std::fs;

use sluice_test_support::Folder;
use sluice_tests::{SECRET, Up};

use crate::{deliver, post};

#[tokio::test]
async fn all_keys_are_replaced_and_the_old_ones_taken_away() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let hook = up.operator().declares_endpoint("acme", SECRET).await;
    deliver(&up, &hook, 1).await;
    let keys = up.data_dir().join("keys");
    for class in ["hook-secrets", "credentials", "issuers"] {
        let words = ["keys", "new", "--class", class, "--replace", "--folder"];
        let words = [&words[..], &[keys.to_str().unwrap()]].concat();
        up.operator().does(&words).await;
    }
    up.process().end().await;
    up.start_again().await;
    assert_eq!(post(&up, &hook).await, 202, "the old key still opens");
    let doctor = up.operator().run(&["doctor"]).await;
    let warned = "[-] keys: hook secrets are not all sealed to the newest key: 1 to ";
    assert!(doctor.stdout.contains(warned), "{}", doctor.stdout);

    let moved = up.operator().does(&["keys", "reseal"]).await;
    let counts: Vec<_> = moved
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    let rest = "skipped (sealed to it already), 0 changed meanwhile, 0 cannot be opened";
    assert_eq!(
        counts,
        [
            format!("1 moved, 0 {rest}"),
            format!("0 moved, 0 {rest}"),
            format!("0 moved, 0 {rest}")
        ]
    );
    let doctor = up.operator().does(&["doctor"]).await;
    assert!(
        doctor.contains("[+] keys: hook secrets: 1, all"),
        "{doctor}"
    );

    for entry in fs::read_dir(&keys).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .matches('.')
            .count()
            == 2
        {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(
        fs::read_dir(&keys).unwrap().count(),
        8,
        "a pair a class is left"
    );
    up.process().end().await;
    up.start_again().await;
    assert_eq!(post(&up, &hook).await, 202);
}
