//! S4: a sealed value opens in its place, unaltered, and nowhere else.

use proptest::prelude::*;
use sluice_events::{Timestamp, v1};
use sluice_registry::{
    KeyClass, OpenError, Opened, OpeningKey, OpeningKeys, Place, open_credential, open_endpoint,
};

use crate::fixture::{CANARY, Registry, acme, credential};

fn opened(registry: &Registry, endpoint: &v1::Endpoint) -> Opened {
    let keys: OpeningKeys = [registry.opening.clone()].into_iter().collect();
    open_endpoint(endpoint, |key| registry.sealed.get(key).cloned(), &keys)
}

#[test]
fn what_was_applied_opens() {
    let mut registry = Registry::with_acme();
    registry.apply(&acme("[{kind: hmac}, {kind: basic, value: 'user:password-of-some-length', acceptUntil: 2026-01-03T00:00:00Z}]"));
    let opened = opened(&registry, registry.acme());
    assert_eq!(opened.problems, []);
    let ids: Vec<_> = opened.secrets.iter().map(|secret| &*secret.id).collect();
    assert_eq!(ids, ["hmac", "basic"]);
    assert_eq!(
        opened.secrets[1].accept_until,
        Timestamp::parse("2026-01-03T00:00:00Z")
    );
}

#[test]
fn s4_a_value_that_is_moved_does_not_open() {
    let mut registry = Registry::with_acme();
    let original = registry.acme().clone();
    let (key, value) = registry.sealed.pop_first().unwrap();
    type Change = fn(&mut v1::Endpoint);
    let changes: [(&str, Change); 4] = [
        ("another name", |endpoint| endpoint.name = "acme2".into()),
        ("another project", |endpoint| {
            endpoint.project = "other".into()
        }),
        ("another secret", |endpoint| {
            endpoint.secrets[0].id = "hmac2".into()
        }),
        ("another version", |endpoint| {
            endpoint.secrets[0].version += 1
        }),
    ];
    let keys: OpeningKeys = [registry.opening.clone()].into_iter().collect();
    for (what, change) in changes {
        let mut endpoint = original.clone();
        change(&mut endpoint);
        // Whoever writes to the bucket answers every question with the value that he has.
        let opened = open_endpoint(&endpoint, |_| Some(value.clone()), &keys);
        assert!(opened.secrets.is_empty(), "{what}");
        assert!(
            opened.problems[0].to_string().contains("does not open"),
            "{what}"
        );
        let opened = open_endpoint(
            &endpoint,
            |asked| (asked == key).then(|| value.clone()),
            &keys,
        );
        assert!(
            opened.problems[0]
                .to_string()
                .contains("its value is not there"),
            "{what}"
        );
    }
    let opened = open_endpoint(&original, |_| Some(value.clone()), &keys);
    assert_eq!(opened.secrets.len(), 1);
}

#[test]
fn s4_a_value_that_the_record_no_longer_lists_is_refused() {
    let mut registry = Registry::with_acme();
    let old = registry.sealed.clone();
    registry.apply(&acme("[{kind: hmac, value: the-secret-that-came-after}]"));
    registry.sealed.extend(old.clone()); // put back by somebody
    assert_eq!(opened(&registry, registry.acme()).secrets.len(), 1);
    let listed = registry.sealed.keys().next_back().unwrap().clone();
    registry
        .sealed
        .insert(listed, old.into_values().next().unwrap());
    let opened = opened(&registry, registry.acme());
    assert!(opened.secrets.is_empty());
    assert!(opened.problems[0].to_string().contains("does not open"));
}

#[test]
fn one_secret_that_does_not_open_leaves_the_others_working() {
    let mut registry = Registry::with_acme();
    registry.apply(&acme(
        "[{kind: hmac}, {kind: path, value: aaaaaaaaaaaaaaaaaaaaaaaa}]",
    ));
    let first = registry.sealed.keys().next().unwrap().clone();
    registry.sealed.remove(&first);
    let opened_now = opened(&registry, registry.acme());
    assert_eq!(opened_now.secrets.len(), 1);
    assert_eq!(opened_now.problems.len(), 1);
    assert!(
        opened_now.problems[0]
            .place
            .starts_with("Endpoint default/acme: spec.secrets[0]")
    );

    let mut newer = registry.acme().clone();
    newer.secrets[1].kind = 99;
    let opened_now = opened(&registry, &newer);
    assert!(opened_now.secrets.is_empty());
    assert!(
        opened_now.problems[1]
            .to_string()
            .contains("its kind is unknown here")
    );
    assert!(
        opened(&registry, &v1::Endpoint::default())
            .secrets
            .is_empty()
    );
}

#[test]
fn s4_classes_and_buckets_are_kept_apart() {
    let place = |bucket: &'static str| Place {
        bucket,
        record: "default.acme".into(),
        secret: "hmac",
        version: 1,
    };
    let opening = OpeningKey::generate(KeyClass::HookSecrets).unwrap();
    let sealed = opening
        .sealing_key()
        .seal(&place("hook-secrets"), b"x")
        .unwrap();
    assert!(opening.open(&place("hook-secrets"), &sealed).is_ok());
    assert_eq!(
        opening.open(&place("credentials"), &sealed),
        Err(OpenError::Altered)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn s4_every_value_comes_back_and_every_flipped_bit_is_noticed(
        value in prop::collection::vec(any::<u8>(), 0..200),
        bit in any::<prop::sample::Index>(),
    ) {
        let place = Place { bucket: "b", record: "r".into(), secret: "s", version: 7 };
        let opening = OpeningKey::generate(KeyClass::Credentials).unwrap();
        let sealed = opening.sealing_key().seal(&place, &value).unwrap();
        prop_assert_eq!(&**opening.open(&place, &sealed).unwrap(), &value[..]);

        let enc = sealed.encapsulated_key.len();
        let bit = bit.index((enc + sealed.ciphertext.len()) * 8);
        let (mut key, mut text) = (sealed.encapsulated_key.to_vec(), sealed.ciphertext.to_vec());
        match key.get_mut(bit / 8) {
            // X25519 passes over the highest bit of a public key, but the key schedule does not.
            Some(byte) => *byte ^= 1 << (bit % 8),
            None => text[bit / 8 - enc] ^= 1 << (bit % 8),
        }
        let altered = v1::SealedValue {
            encapsulated_key: key.into(),
            ciphertext: text.into(),
            ..sealed
        };
        prop_assert_eq!(opening.open(&place, &altered), Err(OpenError::Altered));
    }

    #[test]
    fn s4_nothing_makes_opening_panic(key in prop::collection::vec(any::<u8>(), 0..64), text in prop::collection::vec(any::<u8>(), 0..64)) {
        let place = Place { bucket: "b", record: "r".into(), secret: "s", version: 7 };
        let opening = OpeningKey::generate(KeyClass::Credentials).unwrap();
        let sealed = v1::SealedValue { key_id: String::new(), encapsulated_key: key.into(), ciphertext: text.into() };
        prop_assert_eq!(opening.open(&place, &sealed), Err(OpenError::Altered));
    }
}

#[test]
fn a_secret_that_is_opened_cannot_be_printed() {
    let registry = Registry::with_acme();
    assert!(!format!("{:?}", opened(&registry, registry.acme())).contains(CANARY));
}

#[test]
fn s4_a_credentials_value_opens_for_its_record_and_its_host_alone() {
    let mut registry = Registry::with_web();
    let original = registry.bot().clone();
    let (_, value) = registry.sealed.pop_first().unwrap();
    type Change = fn(&mut v1::Credential);
    let changes: [(&str, Change); 4] = [
        ("another name", |bot| bot.name = "bot2".into()),
        ("another project", |bot| bot.project = "other".into()),
        ("another host", |bot| bot.host = "gitlab".into()),
        ("another version", |bot| bot.version += 1),
    ];
    let keys: OpeningKeys = [registry.opening_credentials.clone()].into_iter().collect();
    for (what, change) in changes {
        let mut bot = original.clone();
        change(&mut bot);
        let said = open_credential(&bot, Some(value.clone()), &keys).unwrap_err();
        let name = format!("Credential {}/{}: it does not open", bot.project, bot.name);
        assert!(said.to_string().starts_with(&name), "{what}: {said}");
    }
    let said = open_credential(&original, None, &keys).unwrap_err();
    assert!(
        said.to_string().contains("its value is not there"),
        "{said}"
    );
    let opened = open_credential(&original, Some(value.clone()), &keys).unwrap();
    assert_eq!(opened.expose(), CANARY.as_bytes());

    // Neither the gateway's keys nor an unknown kind open it.
    let hooks: OpeningKeys = [registry.opening.clone()].into_iter().collect();
    assert!(open_credential(&original, Some(value.clone()), &hooks).is_err());
    for kind in [0, 99] {
        let later = v1::Credential {
            kind,
            ..original.clone()
        };
        let said = open_credential(&later, Some(value.clone()), &keys).unwrap_err();
        assert!(
            said.to_string().contains("its kind is unknown here"),
            "{said}"
        );
    }
}

#[test]
fn s4_a_credentials_older_value_does_not_come_back() {
    let mut registry = Registry::with_web();
    let old = registry.sealed.clone();
    registry.apply(&credential("bot", "token: {value: after}"));
    // Put back by somebody, under its own key and under the new one.
    let key = registry.sealed.keys().next().unwrap().clone();
    registry.sealed.extend(old.clone());
    assert_eq!(registry.open(registry.bot()).unwrap().expose(), b"after");
    registry
        .sealed
        .insert(key, old.into_values().next().unwrap());
    assert!(registry.open(registry.bot()).is_err());
}
