//! Apps of GitHub as they are applied.

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_events::{Timestamp, v1};
use sluice_registry::{
    KeyClass, Kind, OpeningKeys, Plaintext, keys, new_token, open_app_key, open_credential, parse,
    plan, render_with_values,
};

use crate::fixture::{CANARY, Registry, START, credential, document, object, repository};

/// A private key in PEM, with the canary in it.
fn pem() -> String {
    let bytes = CANARY.repeat(20);
    format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
        BASE64_STANDARD.encode(bytes)
    )
}

fn app(name: &str, what: &str) -> String {
    credential(name, &format!("app: {{{what}}}"))
}

fn with_key(what: &str) -> String {
    app("bot", &format!("{what}, value: {:?}", pem()))
}

fn with_app() -> Registry {
    let mut registry = Registry::new();
    registry.apply(&with_key("id: 12345"));
    registry
}

fn app_key(registry: &Registry) -> Option<Plaintext> {
    let record = registry.bot();
    let version = record.app.as_ref().unwrap().key_version;
    let sealed = registry
        .sealed
        .get(&keys::app_key("default", "bot", version));
    let opening: OpeningKeys = [registry.opening_issuers.clone()].into_iter().collect();
    open_app_key(record, sealed.cloned(), &opening).ok()
}

/// As the connector does.
fn make_token(registry: &mut Registry, value: &str) {
    let now = Timestamp::from_seconds(registry.now);
    let (token, ends) = (Plaintext::new(value), Timestamp::from_seconds(START + 3600));
    let sealing = registry.sealing_keys();
    let steps = new_token(registry.bot(), &token, ends, &sealing, now);
    registry.write(steps.unwrap());
    registry.now += 1;
}

#[test]
fn s4_an_apps_key_opens_with_the_key_of_issuers_alone() {
    let registry = with_app();
    assert_eq!(app_key(&registry).unwrap().expose(), pem().as_bytes());
    let record = registry.bot();
    assert_eq!(record.app.as_ref().unwrap().id, "12345");
    let (key, sealed) = registry.sealed.first_key_value().unwrap();
    assert_eq!(registry.records.listed(KeyClass::Issuers)[0].key, *key);
    assert!(registry.records.listed(KeyClass::Credentials).is_empty());
    let both = [&registry.opening_credentials, &registry.opening_issuers];
    let opening: OpeningKeys = both.into_iter().cloned().collect();
    assert!(open_credential(record, Some(sealed.clone()), &opening).is_err());
    let only: OpeningKeys = [registry.opening_credentials.clone()].into_iter().collect();
    assert!(open_app_key(record, Some(sealed.clone()), &only).is_err());
}

#[test]
fn until_a_token_was_made_an_app_opens_nothing_and_says_so() {
    let mut registry = with_app();
    let said = registry.open(registry.bot()).unwrap_err().to_string();
    assert!(said.contains("its App has made no token yet"), "{said}");
    make_token(&mut registry, "ghs_1");
    let first = registry.bot().clone();
    assert_eq!(registry.open(&first).unwrap().expose(), b"ghs_1");
    make_token(&mut registry, "ghs_2");
    assert_eq!(registry.open(registry.bot()).unwrap().expose(), b"ghs_2");
    assert!(registry.open(&first).is_err(), "what was replaced is gone");
    assert_eq!(registry.sealed.len(), 2, "the private key and the token");
}

#[test]
fn a_token_stays_in_use_when_its_app_is_applied_again() {
    let mut registry = with_app();
    make_token(&mut registry, "ghs_1");
    let before = registry.bot().clone();
    assert_eq!(registry.apply(&app("bot", "id: 12345")), ["unchanged"]);
    assert_eq!(registry.apply(&with_key("id: 12345")), ["configured"]);
    let after = registry.bot();
    assert_eq!(
        (after.version, after.expires_at),
        (before.version, before.expires_at)
    );
    assert!(after.app.as_ref().unwrap().key_version > before.app.unwrap().key_version);
    assert!(app_key(&registry).is_some() && registry.open(after).is_ok());
    assert_eq!(registry.sealed.len(), 2);
    // Of another App, or another installation, it is of no use.
    assert_eq!(
        registry.apply(&app("bot", "id: 12345, installation: 7")),
        ["configured"]
    );
    assert_eq!(
        (registry.bot().version, registry.bot().expires_at),
        (0, None)
    );
    assert_eq!(registry.sealed.len(), 1);
}

#[test]
fn an_app_becomes_a_token_and_a_token_an_app_with_nothing_left() {
    let mut registry = with_app();
    make_token(&mut registry, "ghs_1");
    registry.apply(&credential("bot", "token: {value: word}"));
    assert!(registry.bot().app.is_none() && registry.sealed.len() == 1);
    assert_eq!(registry.open(registry.bot()).unwrap().expose(), b"word");
    registry.apply(&with_key("id: 12345"));
    assert_eq!((registry.bot().version, registry.sealed.len()), (0, 1));
    make_token(&mut registry, "ghs_2");
    let steps = registry.delete(Kind::Credential, "bot").unwrap();
    registry.write(steps);
    assert!(registry.sealed.is_empty());
}

#[test]
fn what_is_printed_reads_as_it_was_and_is_sent_with_its_key() {
    let mut registry = with_app();
    registry.apply(&app("bot", "id: Iv23li, installation: '678'"));
    make_token(&mut registry, "ghs_1");
    let printed = registry.print();
    assert!(
        printed.contains("installation:") && !printed.contains("expiresAt"),
        "{printed}"
    );
    assert!(!printed.contains(CANARY) && !printed.contains("PRIVATE"));
    let before = registry.bot().clone();
    registry.apply(&printed);
    assert_eq!(registry.bot(), &before);

    let given = parse(with_key("id: 12345").as_bytes()).unwrap();
    let sent = render_with_values(&given).unwrap();
    let read = sluice_registry::parse_json(&sent, "default").unwrap();
    let mut other = Registry::new();
    let now = Timestamp::from_seconds(START);
    let planned = plan(&read, &other.records, &other.sealing_keys(), now).unwrap();
    for outcome in planned.outcomes {
        other.write(outcome.steps);
    }
    assert_eq!(app_key(&other).unwrap().expose(), pem().as_bytes());
}

#[test]
fn what_cannot_be_an_app_is_refused_in_clear_words() {
    let registry = with_app();
    for (yaml, says) in [
        (app("new", "id: 1"), "none is there that could stay"),
        (app("bot", "id: ''"), "spec.app.id: it is no id of an App"),
        (
            app("bot", "id: 1, installation: acme"),
            "spec.app.installation",
        ),
        (app("bot", "id: 1, value: hunter2"), "not a private key"),
        (
            credential("bot", "app: {id: 1}, expiresAt: 2027-01-01T00:00:00Z"),
            "an App does not end",
        ),
        (
            document("Credential", "lab", "{host: gitlab, app: {id: 1}}"),
            "a host of the kind gitlab has no Apps",
        ),
    ] {
        let said = registry.refusal(&yaml);
        assert!(said.contains(says) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_app_opens_repositories_of_one_owner_over_https() {
    let mut registry = with_app();
    registry.apply(&repository("web", "fullName: acme/web, credential: bot"));
    registry.apply(&repository("api", "fullName: Acme/api, credential: bot"));
    let far = repository("far", "fullName: umbrella/far, credential: bot");
    let said = registry.refusal(&far);
    assert!(
        said.contains("for one owner") && said.contains("it opens `"),
        "{said}"
    );
    // One that moves alone moves with its credential.
    let steps = registry.delete(Kind::Repository, "api").unwrap();
    registry.write(steps);
    registry.records.remove(&object(Kind::Repository, "api"));
    registry.apply(&repository(
        "web",
        "fullName: umbrella/web, credential: bot",
    ));
    assert_eq!(registry.bot().kind(), v1::CredentialKind::App);
}
