//! Access tokens: what opens Sluice's own API.
//!
//! A token is 256 random bits, so its SHA-256 alone says whether it is the right one, and nobody finds it from that.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use sluice_events::{
    Timestamp,
    v1::{self, AccessRole},
};
use zeroize::Zeroizing;

use crate::{Plaintext, Problem, label};

/// What each begins with, so that scanners and people know it.
const PREFIX: &str = "slc_";

/// Makes a token and the record that knows it. The token is shown once and stands nowhere.
///
/// An empty `project` opens all. Whether the project is there, and whether the name is free, is left to the caller.
pub fn new_access_token(
    name: &str,
    project: &str,
    role: AccessRole,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<(Plaintext, v1::AccessToken), Problem> {
    let wrong = label::check("name", name);
    let wrong = wrong.or_else(|| label::check("project", project).filter(|_| !project.is_empty()));
    if let Some(problem) = wrong {
        return Err(problem);
    }
    let mut bits = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bits).map_err(|error| {
        let what = format!("the system gives no random numbers: {error}");
        Problem::new("token", what, "try again on another system")
    })?;
    let encoded = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(bits.as_slice()));
    let token = Plaintext::new(format!("{PREFIX}{}", *encoded));
    let record = v1::AccessToken {
        name: name.to_owned(),
        project: project.to_owned(),
        role: role.into(),
        digest: token_digest(token.expose()).to_vec().into(),
        created_at: Some(now),
        expires_at,
    };
    Ok((token, record))
}

/// What a record has of a token: its SHA-256.
pub fn token_digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, project: &str) -> Result<(Plaintext, v1::AccessToken), Problem> {
        let now = Timestamp::from_seconds(1);
        new_access_token(name, project, AccessRole::Viewer, now, None)
    }

    #[test]
    fn a_token_is_256_random_bits_and_its_record_does_not_have_it() {
        let (token, record) = made("ci", "").unwrap();
        let text = std::str::from_utf8(token.expose()).unwrap();
        let bits = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix("slc_").unwrap());
        assert_eq!(bits.unwrap().len(), 32);
        assert_eq!(record.digest, token_digest(token.expose()).to_vec());
        assert!(!format!("{record:?} {token:?}").contains(text));
        let (other, _) = made("ci", "default").unwrap();
        assert_ne!(other.expose(), token.expose());
    }

    #[test]
    fn its_name_and_project_are_names() {
        for (name, project) in [("", ""), ("a.b", ""), ("A", ""), ("ci", "a b"), (">", "")] {
            assert!(made(name, project).is_err(), "{name} {project}");
        }
    }
}
