//! Commands and services that are given the wrong file.

use sluice_tests::Program;

use crate::site::Site;

/// Each fails, and says which file it was, not what is in it.
pub(super) async fn with_wrong_files(site: &Site) {
    let sent = site.secret("misplaced: in a file");
    let file = site.hands_over("wrong", &format!("{sent}\n"));
    let lines = site.hands_over("wrong-lines", &format!("{sent} x\n{sent}\n"));
    let (file, lines) = (file.to_str().unwrap(), lines.to_str().unwrap());
    for holder in [file, lines] {
        let list = site.through_api("admin", &["hosts", "list", "--api-token-file", holder]);
        fails(site, "sluice hosts list", &list, "").await;
    }
    let add = [
        "repositories",
        "add",
        "https://github.test/acme/web",
        "--token-file",
    ];
    for holder in [file, lines] {
        let add = site.through_api("admin", &add).with([holder]);
        fails(site, "sluice repositories add", &add, "").await;
    }
    let add = [&add[..3], &["--ssh-key-file", file]].concat();
    fails(
        site,
        "sluice repositories add",
        &site.through_api("admin", &add),
        "",
    )
    .await;
    let reseal = [
        "keys",
        "reseal",
        "--class",
        "credentials",
        "--old-key",
        file,
        "--new-pub",
        file,
    ];
    let reseal = site.by_nats(&reseal);
    fails(site, "sluice keys reseal", &reseal, "").await;
    let trigger = [
        "trigger",
        "gitlab",
        "push",
        "--endpoint",
        "signing",
        "--secret-kind",
        "signing",
        "--secret-file",
        "-",
    ];
    fails(site, "sluice trigger", &site.by_nats(&trigger), &sent).await;
    fails(
        site,
        "sluice apply",
        &site.through_api("admin", &["apply", "-f", file]),
        "",
    )
    .await;
    let doctor = site
        .by_nats(&["doctor"])
        .set("SLUICE_NATS_PASSWORD_FILE", file);
    fails(site, "sluice doctor", &doctor, "").await;
    services(site, &sent, file).await;
}

async fn services(site: &Site, sent: &str, file: &str) {
    let settings = format!("nats = \"nats://user:{sent}@127.0.0.1:1\"\nadmin = \"{sent}\"\n");
    let settings = site.hands_over("wrong.toml", &settings);
    let broken = site.hands_over("broken.toml", &format!("nats = {sent}\n"));
    for name in [
        "gateway",
        "sync",
        "connector",
        "recoverer",
        "commit-log",
        "api",
    ] {
        for config in [&settings, &broken] {
            let service = site
                .service(name)
                .set("SLUICE_CONFIG", config.to_str().unwrap());
            fails(site, name, &service, "").await;
        }
        let keys = [
            "SLUICE_HOOK_SECRETS_KEY",
            "SLUICE_CREDENTIALS_KEY",
            "SLUICE_HOOK_SECRETS_PUB",
            "SLUICE_NATS_CERT",
        ];
        let service = keys
            .iter()
            .fold(site.service(name), |service, key| service.set(key, file));
        fails(site, name, &site.on_nats(service, name), "").await;
    }
}

async fn fails(site: &Site, what: &str, program: &Program, input: &str) {
    let ran = site.says(what, program.run_on(input).await);
    assert_ne!(ran.code, Some(0), "{what}: {}", ran.stdout);
}
