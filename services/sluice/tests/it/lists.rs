//! What is listed through the API, and whether webhooks stand with the present address.

use serde_json::json;
use sluice_bus::Records;
use sluice_events::v1::{Connection, ConnectionStatus, Hook};
use sluice_registry::keys;

use crate::{api::Api, site::Site};

const MANIFEST: &str = "apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot}
spec: {host: github, token: {value: not-a-token-of-anybody}}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: web}
spec: {host: github, fullName: acme/web, credential: bot, webhook: managed, mirror: none}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: by-hand}
spec: {host: github, fullName: acme/by-hand, webhook: manual, mirror: none}
---
apiVersion: sluice.dev/v1
kind: Endpoint
metadata: {name: web}
spec: {id: web-0123456789abcdef, host: github, scope: {repository: acme/web}, repository: web, secrets: [{kind: hmac, id: one, value: not-a-secret-of-anybody}]}
";

/// The webhook of `web` was installed for hosts that reach us by this address.
async fn installed_for(site: &Site, base: &str) {
    let bus = site.bus("connector").await;
    let connections = Records::<Connection>::new(&bus, keys::CONNECTIONS);
    let key = keys::repository("default", "web");
    let before = connections
        .get(&key)
        .await
        .unwrap()
        .map(|there| there.revision);
    let connection = Connection {
        status: ConnectionStatus::Active.into(),
        hook: Some(Hook {
            endpoint: "web".into(),
            base: base.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    connections.put(&key, &connection, before).await.unwrap();
}

#[tokio::test]
async fn everything_is_listed_for_people_and_by_name() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    assert_eq!(admin.apply(MANIFEST).await.code, Some(0));
    for (words, line, name) in [
        (
            &["hosts", "list"][..],
            "github  github    https://github.com",
            "github",
        ),
        (&["projects", "list"], "default", "default"),
        (
            &["credentials", "list"],
            "default/bot   github  token  -",
            "default/bot",
        ),
        (
            &["endpoints", "list", "-p", "default"],
            "default/web   github  repository acme/web  https://hooks.test/hooks/web-0123456789abcdef",
            "default/web",
        ),
        (
            &["endpoints", "show", "web"],
            "secrets        one (hmac)",
            "default/web",
        ),
        (
            &["repositories", "show", "web"],
            "full name      acme/web",
            "default/web",
        ),
    ] {
        let table = admin.does(words).await;
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = table.lines().any(|said| squeezed(said) == squeezed(line));
        assert!(found, "{line}:\n{table}");
        let names = admin.does(&[words, &["-o", "name"]].concat()).await;
        assert!(names.lines().any(|said| said == name), "{words:?}: {names}");
        let json = admin.does(&[words, &["-o", "json"]].concat()).await;
        assert!(
            serde_json::from_str::<serde_json::Value>(&json).is_ok(),
            "{json}"
        );
    }
    let audit = admin
        .does(&["audit", "list", "--since", "1h", "-p", "default"])
        .await;
    let applied = |line: &str| line.contains("apply") && line.contains("Endpoint default/web");
    assert!(audit.lines().any(applied), "{audit}");
    let one = admin
        .tells(&["audit", "list", "-n", "1", "-o", "json"])
        .await;
    assert_eq!(one.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn webhooks_of_another_address_are_named_and_looked_at_again() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    assert_eq!(admin.apply(MANIFEST).await.code, Some(0));
    let verify = ["endpoints", "verify", "-o", "json"];
    let stands = async |code: i32, says: &str| {
        let expected =
            json!([{"project": "default", "name": "web", "ok": says.is_empty(), "says": says}]);
        sluice_test_support::eventually("the API knows how it stands", async || {
            let ran = admin.run(&verify).await;
            let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            (ran.code == Some(code) && said == expected).then_some(())
        })
        .await;
    };
    stands(1, "there is none").await;
    installed_for(&site, "https://hooks.test").await;
    stands(0, "").await;
    installed_for(&site, "https://old.test").await;
    stands(
        1,
        "installed for https://old.test, hosts are to reach https://hooks.test",
    )
    .await;

    // Nobody is there who would mend it.
    let repair = admin
        .run(&["endpoints", "verify", "--repair", "--wait", "1s"])
        .await;
    assert_eq!(repair.code, Some(1));
    let begin = "1/1 default/web: nobody has taken it on in time: is connector running? operation ";
    let operation = repair.stderr.trim().strip_prefix(begin);
    let operation = operation.unwrap_or_else(|| panic!("{}", repair.stderr));
    let shown = admin.does(&["operations", "show", operation]).await;
    assert!(shown.contains("state          waiting"), "{shown}");

    let viewer = api.holder(&site, "viewer", "default").await;
    let hidden = viewer.run(&["endpoints", "verify"]).await;
    assert_eq!(hidden.code, Some(2));
    assert!(
        hidden.stderr.contains("use an editor's access token"),
        "{}",
        hidden.stderr
    );
}
