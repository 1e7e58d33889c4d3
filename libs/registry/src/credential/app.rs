//! Apps of GitHub: which one it is, and the private key by which it proves itself.

use sluice_events::v1;
use zeroize::Zeroizing;

use super::key;
use crate::{Plaintext, Problem, pem};

/// The only kind of host that has Apps.
const PROVIDER: &str = "github";

/// Says what is wrong with which App it is.
pub(super) fn check(credential: &v1::Credential) -> Vec<Problem> {
    let Some(app) = &credential.app else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    let id = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        (1..=100).contains(&text.len()) && text.chars().all(plain)
    };
    if !id(&app.id) {
        problems.push(Problem::new(
            "spec.app.id",
            "it is no id of an App",
            "take App ID or Client ID from the App's settings page",
        ));
    }
    let digits = app.installation.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || app.installation.len() > 20 {
        problems.push(Problem::new(
            "spec.app.installation",
            "it is no id of an installation",
            "take the number at the end of the installation's address, or leave it out",
        ));
    }
    problems
}

/// Says that a host has no Apps.
pub(crate) fn check_host(credential: &v1::Credential, host: &v1::Host) -> Option<Problem> {
    (credential.app.is_some() && host.provider != PROVIDER).then(|| {
        Problem::new(
            "spec.app",
            format!("a host of the kind {} has no Apps", host.provider),
            "give a token, or name a host of the kind github",
        )
    })
}

/// The key in its one spelling.
pub(super) fn checked(value: &Plaintext) -> Result<Plaintext, Problem> {
    let spelt = key::checked(value)?;
    match rsa_key(&spelt) {
        Some(_) => Ok(spelt),
        None => Err(Problem::new(
            "value",
            "it is not the private key of an App",
            "give the .pem file that GitHub has let you download, which begins with BEGIN RSA PRIVATE KEY",
        )),
    }
}

/// The bytes (DER) of a private key of RSA in PEM: PKCS #1, as GitHub gives it, or PKCS #8. `None`: it is none.
pub fn rsa_key(value: &Plaintext) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(value.expose()).ok()?;
    let [block] = <[pem::Block; 1]>::try_from(pem::blocks(text)?).ok()?;
    let is_rsa = matches!(&*block.label, "RSA PRIVATE KEY" | "PRIVATE KEY");
    (is_rsa && !block.encrypted && !block.bytes.is_empty()).then_some(block.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_app_is_one_of_rsa_in_pem() {
        for label in ["RSA PRIVATE KEY", "PRIVATE KEY"] {
            let key = Plaintext::new(pem::encode(label, &[7; 1000]));
            assert_eq!(*rsa_key(&checked(&key).unwrap()).unwrap(), [7; 1000]);
        }
        for text in [
            pem::encode("EC PRIVATE KEY", b"hunter2"),
            pem::encode("PUBLIC KEY", b"hunter2"),
            pem::encode("RSA PRIVATE KEY", b"hunter2").repeat(2),
            "hunter2".to_owned(),
        ] {
            let said = checked(&Plaintext::new(text)).unwrap_err().to_string();
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn an_app_and_its_installation_are_named_by_ids() {
        let check = |id: &str, installation: &str| {
            let app = v1::CredentialApp {
                id: id.into(),
                installation: installation.into(),
                key_version: 0,
            };
            let credential = v1::Credential {
                app: Some(app),
                ..v1::Credential::default()
            };
            check(&credential).len()
        };
        assert_eq!(check("12345", ""), 0);
        assert_eq!(check("Iv23liABC", "678"), 0);
        assert_eq!(check("", "acme"), 2);
        assert_eq!(check("../1", "1/2"), 2);
    }
}
