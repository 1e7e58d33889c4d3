//! What is not moved, and why.

use super::{TO_NEW, site};
use crate::site::Site;

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
        (
            &["keys", "reseal", "--class", "cluster-credentials"],
            64,
            "cluster-credentials",
        ),
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
