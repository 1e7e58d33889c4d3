//! Keys as files.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use sluice_registry::{
    KeyClass, KeyFileError, OpenError, OpeningKey, OpeningKeys, Place, SealingKey, create_keys,
};

fn place(version: u64) -> Place<'static> {
    Place {
        bucket: "hook-secrets",
        record: "default.acme".into(),
        secret: "hmac",
        version,
    }
}

#[test]
fn a_pair_of_keys_is_made_once_and_works() {
    let folder = tempfile::tempdir().unwrap();
    for class in KeyClass::ALL {
        let made = create_keys(folder.path(), class).unwrap();
        let private = folder.path().join(format!("{}.key", class.name()));
        let public = folder.path().join(format!("{}.pub", class.name()));
        assert_eq!(
            fs::metadata(&private).unwrap().permissions().mode() & 0o777,
            0o600
        );

        let sealing = SealingKey::load(class, &public).unwrap();
        let opening = OpeningKey::load(class, &private).unwrap();
        assert_eq!(sealing, made);
        assert_eq!(opening.sealing_key(), made);
        assert_eq!(sealing.id().len(), 16);
        let sealed = sealing.seal(&place(1), b"secret").unwrap();
        assert_eq!(&**opening.open(&place(1), &sealed).unwrap(), b"secret");

        let before = fs::read(&private).unwrap();
        assert!(matches!(
            create_keys(folder.path(), class),
            Err(KeyFileError::Exists { .. })
        ));
        fs::remove_file(&public).unwrap();
        assert!(matches!(
            create_keys(folder.path(), class),
            Err(KeyFileError::Exists { .. })
        ));
        assert_eq!(fs::read(&private).unwrap(), before);
    }
}

#[test]
fn a_private_key_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    create_keys(folder.path(), KeyClass::Issuers).unwrap();
    let private = folder.path().join("issuers.key");
    fs::set_permissions(&private, Permissions::from_mode(0o644)).unwrap();
    let said = OpeningKey::load(KeyClass::Issuers, &private)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("has mode 0644") && said.contains("chmod 600"),
        "{said}"
    );
}

#[test]
fn s4_a_key_of_another_class_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    create_keys(folder.path(), KeyClass::Credentials).unwrap();
    let private = folder.path().join("credentials.key");
    let public = folder.path().join("credentials.pub");
    for said in [
        OpeningKey::load(KeyClass::HookSecrets, &private)
            .unwrap_err()
            .to_string(),
        SealingKey::load(KeyClass::HookSecrets, &public)
            .unwrap_err()
            .to_string(),
        SealingKey::load(KeyClass::Credentials, &private)
            .unwrap_err()
            .to_string(),
        OpeningKeys::load(KeyClass::Credentials, &[&public])
            .unwrap_err()
            .to_string(),
    ] {
        assert!(
            said.contains("does not hold") || said.contains("has mode"),
            "{said}"
        );
    }
}

#[test]
fn what_is_no_key_is_refused_without_being_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hook-secrets.key");
    for text in [
        "",
        "canary",
        "# sluice opening key for hook-secrets\ncanary",
        "# sluice opening key for hook-secrets\nY2FuYXJ5",
        &"x".repeat(5000),
    ] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let error = OpeningKey::load(KeyClass::HookSecrets, &path).unwrap_err();
        assert!(matches!(error, KeyFileError::Malformed { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let absent = folder.path().join("absent");
    let error = OpeningKey::load(KeyClass::HookSecrets, &absent).unwrap_err();
    assert!(error.to_string().contains("absent"));
}

#[test]
fn a_key_that_was_replaced_still_opens_what_was_sealed_to_it() {
    let [old, new] = [(), ()].map(|()| OpeningKey::generate(KeyClass::HookSecrets).unwrap());
    let before = old.sealing_key().seal(&place(1), b"before").unwrap();
    let after = new.sealing_key().seal(&place(2), b"after").unwrap();
    let both: OpeningKeys = [new.clone(), old].into_iter().collect();
    assert_eq!(&**both.open(&place(1), &before).unwrap(), b"before");
    assert_eq!(&**both.open(&place(2), &after).unwrap(), b"after");

    let only_new: OpeningKeys = [new].into_iter().collect();
    let error = only_new.open(&place(1), &before).unwrap_err();
    assert!(matches!(error, OpenError::UnknownKey(_)), "{error}");
}
