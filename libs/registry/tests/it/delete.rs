//! Deleting what is declared.

use sluice_registry::{Kind, Step};

use crate::fixture::{Registry, acme, document, repository};

#[test]
fn what_is_in_use_stays_and_its_users_are_named() {
    let mut registry = Registry::new();
    registry.apply(&document(
        "Host",
        "corp",
        "{provider: gitea, url: 'https://git.corp'}",
    ));
    registry.apply(&document("Project", "payments", "{}"));
    let endpoint = acme("[{kind: hmac, value: aaaaaaaaaaaaaaaa}]")
        .replace("host: github", "host: corp")
        .replace("{name: acme}", "{name: acme, project: payments}");
    registry.apply(&endpoint);
    for (kind, name) in [(Kind::Host, "corp"), (Kind::Project, "payments")] {
        let said = registry.delete(kind, name).unwrap_err();
        assert!(
            said.contains("it is used by Endpoint payments/acme"),
            "{said}"
        );
    }
}

#[test]
fn what_nobody_uses_goes() {
    let mut registry = Registry::new();
    registry.apply(&document(
        "Host",
        "corp",
        "{provider: gitea, url: 'https://git.corp'}",
    ));
    let steps = registry.delete(Kind::Host, "corp").unwrap();
    let expected = Step::Delete {
        bucket: "hosts",
        key: "corp".into(),
    };
    assert_eq!(steps, [expected]);
    assert!(
        registry
            .delete(Kind::Host, "github")
            .unwrap_err()
            .contains("predefined")
    );
    assert!(
        registry
            .delete(Kind::Project, "default")
            .unwrap_err()
            .contains("predefined")
    );
    assert!(
        registry
            .delete(Kind::Endpoint, "acme")
            .unwrap_err()
            .contains("there is none")
    );
}

#[test]
fn an_endpoint_takes_its_secrets_and_its_state_with_it() {
    let registry = Registry::with_acme();
    let steps = registry.delete(Kind::Endpoint, "acme").unwrap();
    let version = registry.acme().secrets[0].version;
    let keys: Vec<_> = steps
        .iter()
        .map(|step| format!("{} {}", step.bucket(), step.key()))
        .collect();
    assert_eq!(
        keys,
        [
            "endpoints default.acme".to_owned(),
            format!("hook-secrets default.acme.hmac.{version}"),
            "endpoint-state default.acme".to_owned(),
        ]
    );
}

#[test]
fn an_endpoint_whose_webhook_tells_of_a_repository_stays() {
    let mut registry = Registry::with_acme();
    let shared = "fullName: acme/web, webhook: shared, sharedEndpoint: acme";
    registry.apply(&repository("web", shared));
    let said = registry.delete(Kind::Endpoint, "acme").unwrap_err();
    assert!(said.contains("used by Repository default/web"), "{said}");
    registry.apply(&repository("web", "fullName: acme/web"));
    registry.delete(Kind::Endpoint, "acme").unwrap();
}
