//! Settings that cannot be used are all said at once, before anything opens.

use sluice_tests::Up;

#[tokio::test]
async fn every_problem_is_listed_and_nothing_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::program(folder.path())
        .with(["--body-budget", "much", "--output", "xml"])
        .set("SLUICE_STORE_DEADLINE", "soon")
        .set("SLUICE_HOKS", "127.0.0.1:0");
    let ran = up.run().await;
    assert_eq!(ran.code, Some(64), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    for part in [
        "body-budget",
        "--output: is given twice",
        "SLUICE_STORE_DEADLINE",
        "SLUICE_HOKS",
        "SLUICE_HOOKS",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert!(
        ran.stderr.contains("4 settings cannot be used"),
        "{}",
        ran.stderr
    );
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn help_and_version_ask_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let help = Up::program(folder.path())
        .with(["--help"])
        .run()
        .await
        .good();
    for setting in ["--data-dir", "SLUICE_HOOKS", "--nats-max-store"] {
        assert!(help.contains(setting), "{help}");
    }
    let version = Up::program(folder.path()).with(["--version"]).run().await;
    assert!(version.good().starts_with("sluice "));
    assert!(!folder.path().join("data").exists());
}
