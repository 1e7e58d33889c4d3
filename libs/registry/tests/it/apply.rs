//! Projects, hosts and endpoints as they are applied.

use sluice_events::Timestamp;
use sluice_registry::{Kind, Record, SealingKeys, Step, parse, plan};

use crate::fixture::{Registry, acme, document, endpoint};

#[test]
fn objects_are_created_configured_and_unchanged() {
    let mut registry = Registry::new();
    let corp = document("Host", "corp", "{provider: gitea, url: 'https://git.corp'}");
    let moved = document(
        "Host",
        "corp",
        "{provider: gitea, url: 'https://git2.corp'}",
    );
    assert_eq!(registry.apply(&corp), ["created"]);
    assert_eq!(registry.apply(&corp), ["unchanged"]);
    assert_eq!(registry.apply(&moved), ["configured"]);
    let payments = document("Project", "payments", "{}");
    assert_eq!(registry.apply(&payments), ["created"]);
    assert_eq!(
        registry.apply(&document("Project", "default", "{}")),
        ["unchanged"]
    );
}

#[test]
fn a_file_may_declare_what_it_needs_in_any_order() {
    let mut registry = Registry::new();
    let host = document("Host", "corp", "{provider: gitea, url: 'https://git.corp'}");
    let file = endpoint("corp", "[{kind: hmac, value: a-secret-of-some-length}]") + &host;
    let plan = registry.try_plan(&file).unwrap();
    assert_eq!(plan.outcomes[0].object.kind, Kind::Host);
    assert_eq!(registry.apply(&file), ["created", "created"]);
}

#[test]
fn values_are_sealed_before_they_are_listed_and_deleted_after() {
    let mut registry = Registry::with_acme();
    let old = registry.acme().clone();
    let plan = registry
        .try_plan(&acme("[{kind: hmac, value: another-secret-value}]"))
        .unwrap();
    let [
        Step::Seal {
            bucket: "hook-secrets",
            key,
            ..
        },
        Step::Put(Record::Endpoint(new)),
        Step::Delete {
            bucket,
            key: deleted,
        },
    ] = &plan.outcomes[0].steps[..]
    else {
        panic!("{plan:?}")
    };
    assert_eq!(
        *key,
        format!("default.acme.hmac.{}", new.secrets[0].version)
    );
    assert_eq!(*bucket, "hook-secrets");
    assert_eq!(
        *deleted,
        format!("default.acme.hmac.{}", old.secrets[0].version)
    );
    assert!(new.secrets[0].version > old.secrets[0].version);
    registry.apply(&acme("[{kind: hmac, value: another-secret-value}]"));
    assert_eq!(registry.sealed.len(), 1);
}

#[test]
fn the_id_stays_and_a_new_one_is_announced() {
    let mut registry = Registry::with_acme();
    let id = registry.acme().id.clone();
    assert_eq!(registry.apply(&acme("[{kind: hmac}]")), ["unchanged"]);
    assert_eq!(registry.acme().id, id);
    let other = document(
        "Endpoint",
        "acme",
        "{id: 0123456789abcdef-X, host: github, scope: {owner: acme}, secrets: [{kind: hmac}]}",
    );
    let warnings = registry.warnings(&other);
    assert!(warnings[0].contains("spec.id: it changes"), "{warnings:?}");
    assert_eq!(registry.apply(&other), ["configured"]);
}

#[test]
fn s11_two_endpoints_never_share_an_id() {
    let mut registry = Registry::with_acme();
    let id = registry.acme().id.clone();
    let spec = format!(
        "{{id: {id}, host: github, scope: {{owner: b}}, secrets: [{{kind: hmac, value: aaaaaaaaaaaaaaaa}}]}}"
    );
    let said = registry.refusal(&document("Endpoint", "other", &spec));
    assert!(said.contains("another endpoint has the same id"), "{said}");
    assert!(!said.contains(&id));

    let spec = spec.replace(&id, "0123456789abcdef");
    let twice = document("Endpoint", "one", &spec) + &document("Endpoint", "two", &spec);
    assert!(
        registry
            .refusal(&twice)
            .contains("Endpoint default/two: spec.id")
    );
    registry.apply(&document("Endpoint", "one", &spec));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let registry = Registry::new();
    let bad = document(
        "Endpoint",
        "Acme",
        "{id: short, host: nowhere, scope: {owner: a/b}, secrets: []}",
    );
    let twice = document("Project", "a", "{}") + &document("Project", "a", "{}");
    let said = registry.refusal(&(bad + &twice));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 6, "{said}");
    for expected in [
        "declared a second time",
        "metadata.name",
        "spec.id",
        "spec.scope.owner",
        "there is no host `nowhere`",
        "nothing would prove the sender",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn s5_a_predefined_host_cannot_be_redefined() {
    let mut registry = Registry::new();
    for spec in [
        "{provider: github, url: 'https://evil.example'}",
        "{provider: gitlab, url: 'https://github.com'}",
        "{provider: github, url: 'https://github.com', apiUrl: 'https://evil.example'}",
    ] {
        let said = registry.refusal(&document("Host", "github", spec));
        assert!(
            said.contains("`github` is predefined: provider github at https://github.com"),
            "{said}"
        );
    }
    let same = document(
        "Host",
        "github",
        "{provider: github, url: 'https://github.com/'}",
    );
    assert_eq!(registry.apply(&same), ["unchanged"]);
    let twin = document(
        "Host",
        "gh",
        "{provider: github, url: 'https://github.com'}",
    );
    assert!(
        registry
            .refusal(&twin)
            .contains("it is the address of the host `github`")
    );
}

#[test]
fn s5_a_host_in_use_moves_with_a_warning_and_never_changes_its_software() {
    let mut registry = Registry::new();
    let corp = |provider: &str, url: &str| {
        document(
            "Host",
            "corp",
            &format!("{{provider: {provider}, url: '{url}'}}"),
        )
    };
    registry.apply(&corp("gitea", "https://git.corp"));
    assert_eq!(
        registry.warnings(&corp("gitea", "https://new.corp")),
        Vec::<String>::new()
    );
    registry.apply(&endpoint(
        "corp",
        "[{kind: hmac, value: a-secret-of-some-length}]",
    ));
    let warnings = registry.warnings(&corp("gitea", "https://new.corp"));
    assert!(
        warnings[0].contains("the address changes under 1 endpoints"),
        "{warnings:?}"
    );
    assert!(
        registry
            .refusal(&corp("gitlab", "https://git.corp"))
            .contains("spec.provider")
    );
    let warnings = registry.warnings(&corp("gitea", "http://git.corp"));
    assert!(warnings[0].contains("not https"), "{warnings:?}");
}

#[test]
fn an_endpoint_needs_a_key_only_where_a_value_is_given() {
    let registry = Registry::with_acme();
    let now = Timestamp::from_seconds(registry.now);
    let none = SealingKeys::default();
    let kept = parse(acme("[{kind: hmac}]").as_bytes()).unwrap();
    assert!(plan(&kept, &registry.records, &none, now).is_ok());
    let given = parse(acme("[{kind: hmac, value: aaaaaaaaaaaaaaaaaaaa}]").as_bytes()).unwrap();
    let said = plan(&given, &registry.records, &none, now)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("there is no key to seal hook secrets with"),
        "{said}"
    );
}
