//! What records list is found in its place, and can be sealed anew there.

use std::collections::BTreeSet;

use sluice_registry::{KeyClass, OpeningKey, OpeningKeys, open_credential, open_endpoint};

use crate::fixture::{CANARY, Registry, acme, credential};

/// Endpoint and credential with three secrets, one of which took another's place.
fn registry() -> Registry {
    let mut registry = Registry::with_web();
    registry.apply(&acme(&format!(
        "[{{kind: hmac, value: {CANARY}}}, {{id: next, kind: hmac, value: {CANARY}}}]"
    )));
    registry.apply(&credential("bot", &format!("token: {{value: {CANARY}}}")));
    registry
}

#[test]
fn every_value_in_use_is_listed_under_its_key() {
    let registry = registry();
    let listed = [KeyClass::HookSecrets, KeyClass::Credentials]
        .map(|class| registry.records.listed(class))
        .concat();
    let named: Vec<_> = listed.iter().map(ToString::to_string).collect();
    assert_eq!(
        named,
        [
            "Endpoint default/acme, secret hmac",
            "Endpoint default/acme, secret next",
            "Credential default/bot",
        ]
    );
    let keys: BTreeSet<_> = listed.into_iter().map(|listed| listed.key).collect();
    assert_eq!(keys, registry.sealed.keys().cloned().collect());
}

#[test]
fn what_is_sealed_anew_in_its_place_opens_by_the_new_key_alone() {
    let mut registry = registry();
    let sealed = registry.sealed.clone();
    let old = [
        registry.opening.clone(),
        registry.opening_credentials.clone(),
    ];
    registry.opening = OpeningKey::generate(KeyClass::HookSecrets).unwrap();
    registry.opening_credentials = OpeningKey::generate(KeyClass::Credentials).unwrap();
    let new = [&registry.opening, &registry.opening_credentials];
    for (old, new) in old.iter().zip(new) {
        for listed in registry.records.listed(new.sealing_key().class()) {
            let value = old.open(&listed.place, &sealed[&listed.key]).unwrap();
            let value = new.sealing_key().seal(&listed.place, &value).unwrap();
            registry.sealed.insert(listed.key, value);
        }
    }

    let hook_secrets: OpeningKeys = [registry.opening.clone()].into_iter().collect();
    let value = |key: &str| registry.sealed.get(key).cloned();
    let opened = open_endpoint(registry.acme(), value, &hook_secrets);
    assert_eq!((opened.secrets.len(), opened.problems), (2, vec![]));
    let opened = registry.open(registry.bot()).unwrap();
    assert_eq!(opened.expose(), CANARY.as_bytes());

    let only_old: OpeningKeys = old.into_iter().collect();
    let before = open_endpoint(registry.acme(), value, &only_old);
    assert!(before.secrets.is_empty());
    let (key, _) = registry.sealed.last_key_value().unwrap();
    assert!(open_credential(registry.bot(), value(key), &only_old).is_err());
}
