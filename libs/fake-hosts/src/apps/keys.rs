//! Keys for Apps, for tests.

use std::{process::Command, sync::LazyLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::signature::{KeyPair, RsaKeyPair};

/// A pair of keys, as GitHub makes them for an App.
pub struct AppKeys {
    /// In PEM (PKCS #1).
    pub private_key: String,
    /// In DER (PKCS #1), as [`crate::FakeHost::app`] takes it.
    pub public_key: Vec<u8>,
}

/// Two of them: making them takes a while.
static KEYS: LazyLock<[AppKeys; 2]> = LazyLock::new(|| [make(), make()]);

impl AppKeys {
    /// The first or the second one, the same in all tests of a process.
    pub fn of_test(which: usize) -> &'static Self {
        &KEYS[which]
    }
}

fn make() -> AppKeys {
    let arguments = ["genrsa", "-traditional", "2048"];
    let made = Command::new("openssl").args(arguments).output();
    let made = made.expect("openssl is installed");
    let private_key = String::from_utf8(made.stdout).expect("PEM is text");
    let lines = private_key.lines().filter(|line| !line.starts_with("---"));
    let der = BASE64_STANDARD.decode(lines.collect::<String>());
    let pair = RsaKeyPair::from_der(&der.expect("PEM is base64"));
    let pair = pair.expect("openssl makes keys of RSA");
    AppKeys {
        public_key: pair.public_key().as_ref().to_vec(),
        private_key,
    }
}
