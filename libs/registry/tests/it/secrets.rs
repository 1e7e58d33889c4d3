//! The secrets of endpoints as they are applied.

use crate::fixture::{DAY, Registry, START, acme, document, endpoint};

const SIGNING: &str = "{kind: signing, value: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD}";

#[test]
fn a_value_that_is_given_is_new_each_time_and_one_left_out_stays() {
    let mut registry = Registry::with_acme();
    let version = |registry: &Registry| registry.acme().secrets[0].version;
    let first = version(&registry);
    assert_eq!(registry.apply(&acme("[{kind: hmac}]")), ["unchanged"]);
    assert_eq!(version(&registry), first);
    let given = acme("[{kind: hmac, value: the-same-secret-again}]");
    assert_eq!(registry.apply(&given), ["configured"]);
    assert_eq!(registry.apply(&given), ["configured"]);
    assert!(version(&registry) > first);
}

#[test]
fn s4_a_version_is_never_used_again() {
    let mut registry = Registry::with_acme();
    let first = registry.acme().secrets[0].version;
    registry.apply(&acme("[{kind: path, value: aaaaaaaaaaaaaaaaaaaaaaaa}]"));
    registry.apply(&acme("[{kind: hmac, value: aaaaaaaaaaaaaaaaaaaaaaaa}]"));
    let again = registry.acme().secrets[0].version;
    assert!(again > first);
    registry.now = START - 1000; // a clock that was set back
    registry.apply(&acme("[{kind: hmac, value: bbbbbbbbbbbbbbbbbbbbbbbb}]"));
    assert_eq!(registry.acme().secrets[0].version, again + 1);
}

#[test]
fn the_declared_secrets_are_all_there_are_in_their_order() {
    let mut registry = Registry::with_acme();
    registry.apply(&acme(
        "[{kind: hmac, id: new, value: cccccccccccccccccccc}, {kind: hmac}]",
    ));
    let ids = |registry: &Registry| -> Vec<_> {
        registry
            .acme()
            .secrets
            .iter()
            .map(|secret| secret.id.clone())
            .collect()
    };
    assert_eq!(ids(&registry), ["new", "hmac"]);
    assert_eq!(registry.sealed.len(), 2);
    registry.apply(&acme("[{kind: hmac, id: new}]"));
    assert_eq!(ids(&registry), ["new"]);
    assert_eq!(registry.sealed.len(), 1);
}

#[test]
fn secrets_that_would_prove_nothing_are_refused() {
    let registry = Registry::with_acme();
    for (secrets, expected) in [
        ("[]", "nothing would prove the sender"),
        ("[{kind: hmac, value: ''}]", "the secret is empty"),
        (
            "[{kind: basic, value: 'user:'}]",
            "`user:password`, both not empty",
        ),
        ("[{kind: path, value: short}]", "22 characters or more"),
        ("[{kind: path}]", "none is there that could stay"),
        (
            "[{kind: path, id: hmac}]",
            "the value that is there is of kind hmac",
        ),
        (
            "[{kind: hmac}, {kind: hmac}]",
            "another secret has the same id",
        ),
        (
            "[{kind: hmac, id: A.b, value: aaaaaaaaaaaaaaaa}]",
            "`A.b` is not a name",
        ),
    ] {
        let said = registry.refusal(&acme(secrets));
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let many: Vec<_> = (0..17)
        .map(|n| format!("{{kind: hmac, id: n{n}, value: aaaaaaaaaaaaaaaa}}"))
        .collect();
    assert!(
        registry
            .refusal(&acme(&format!("[{}]", many.join(", "))))
            .contains("more than 16")
    );
    let long = format!("[{{kind: hmac, value: {}}}]", "x".repeat(4097));
    assert!(
        registry
            .refusal(&acme(&long))
            .contains("longer than 4096 bytes")
    );
}

#[test]
fn a_kind_that_the_host_cannot_prove_is_refused_with_those_that_it_can() {
    let registry = Registry::new();
    for (host, secret, expected) in [
        (
            "github",
            "token",
            "github cannot be verified by token; use one of hmac, basic, path",
        ),
        (
            "gitlab",
            "hmac",
            "gitlab cannot be verified by hmac; use one of signing, token, basic, path",
        ),
        (
            "codeberg",
            "signing",
            "forgejo cannot be verified by signing; use one of hmac",
        ),
        (
            "gitea-com",
            "signing",
            "gitea cannot be verified by signing; use one of hmac",
        ),
    ] {
        let said = registry.refusal(&endpoint(
            host,
            &format!("[{{kind: {secret}, value: whsec_AAAA}}]"),
        ));
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn weak_values_are_warned_of() {
    let registry = Registry::new();
    let warnings = registry.warnings(&acme("[{kind: hmac, value: short}]"));
    assert!(
        warnings[0].contains("so short that it may be guessed"),
        "{warnings:?}"
    );
    let warnings = registry.warnings(&acme("[{kind: hmac, value: 'aaaaaaaaaaaaaaaaaaaa '}]"));
    assert!(
        warnings[0].contains("a blank or a line break"),
        "{warnings:?}"
    );
}

fn until(registry: &Registry, id: &str) -> Option<i64> {
    let secret = registry
        .acme()
        .secrets
        .iter()
        .find(|secret| secret.id == id);
    secret.unwrap().accept_until.map(|until| until.seconds)
}

#[test]
fn s20_a_token_beside_a_signature_is_accepted_for_seven_days_at_most() {
    let mut registry = Registry::new();
    let alone = "{kind: token, value: aaaaaaaaaaaaaaaa}";
    registry.apply(&endpoint("gitlab", &format!("[{alone}]")));
    assert_eq!(until(&registry, "token"), None);

    registry.now = START;
    let beside = endpoint("gitlab", &format!("[{SIGNING}, {{kind: token}}]"));
    let warnings = registry.warnings(&beside);
    assert!(
        warnings[0].contains("accepted until 2026-01-08T00:00:00Z"),
        "{warnings:?}"
    );
    registry.apply(&beside);
    assert_eq!(until(&registry, "token"), Some(START + 7 * DAY));
    assert_eq!(until(&registry, "signing"), None);
}

#[test]
fn s20_applying_again_does_not_prolong_the_grace() {
    let mut registry = Registry::new();
    let both = endpoint(
        "gitlab",
        &format!("[{SIGNING}, {{kind: token, value: aaaaaaaaaaaaaaaa}}]"),
    );
    registry.apply(&both);
    registry.now = START + 3 * DAY;
    registry.apply(&both);
    assert_eq!(until(&registry, "token"), Some(START + 7 * DAY));
    let later = both.replace(
        "aaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaa, acceptUntil: 2027-01-01T00:00:00Z",
    );
    assert!(registry.warnings(&later)[0].contains("accepted until 2026-01-08"));
    registry.apply(&later);
    assert_eq!(until(&registry, "token"), Some(START + 7 * DAY));
    registry.now = START + 8 * DAY;
    assert!(registry.warnings(&both)[0].contains("the time is over"));
}

#[test]
fn s20_taking_the_signature_away_is_warned_of() {
    let registry = Registry::with_acme();
    let warnings = registry.warnings(&acme("[{kind: path, value: aaaaaaaaaaaaaaaaaaaaaaaa}]"));
    assert!(
        warnings[0].contains("spec.secrets: none signs any more"),
        "{warnings:?}"
    );
    assert_eq!(
        registry.warnings(&acme("[{kind: hmac}]")),
        Vec::<String>::new()
    );
}

#[test]
fn s20_a_shorter_grace_is_taken_as_it_is() {
    let mut registry = Registry::new();
    let until_tomorrow =
        "{kind: path, value: aaaaaaaaaaaaaaaaaaaaaa, acceptUntil: 2026-01-02T00:00:00Z}";
    let yaml = acme(&format!(
        "[{{kind: hmac, value: aaaaaaaaaaaaaaaa}}, {until_tomorrow}]"
    ));
    assert_eq!(registry.warnings(&yaml), Vec::<String>::new());
    registry.apply(&yaml);
    assert_eq!(until(&registry, "path"), Some(START + DAY));
}

#[test]
fn s35_an_endpoint_is_bound_to_one_host_and_one_scope() {
    let registry = Registry::new();
    for spec in [
        "{host: github, scope: {}, secrets: [{kind: hmac, value: aaaaaaaaaaaaaaaa}]}",
        "{host: github, scope: {host: false}, secrets: [{kind: hmac, value: aaaaaaaaaaaaaaaa}]}",
    ] {
        let said = registry.refusal(&document("Endpoint", "acme", spec));
        assert!(said.contains("spec.scope: it says nothing"), "{said}");
    }
}
