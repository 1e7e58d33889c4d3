//! The JWT (RFC 7519, RS256) by which an App proves itself.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde::Serialize;
use sluice_registry::{Plaintext, rsa_key};
use zeroize::Zeroizing;

use crate::{ApiError, error::problem};

/// How long before now it says it was made, in seconds: GitHub's clock may be behind ours.
const BEFORE: i64 = 60;

/// How long it holds, in seconds, from what it says. GitHub takes ten minutes.
const LIFE: i64 = 10 * 60 - 15;

/// The private key of an App, and which App it is of.
#[derive(Clone)]
pub struct AppKey {
    app: String,
    pair: Arc<RsaKeyPair>,
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

impl AppKey {
    /// Of the App with this id, or client id, from its private key in PEM.
    ///
    /// # Errors
    /// If it is no private key of RSA of 2048 bits or more.
    pub fn new(app: &str, pem: &Plaintext) -> Result<Self, ApiError> {
        let der = rsa_key(pem).ok_or_else(|| {
            problem!(
                Credential,
                "the private key of the App is no key of RSA in PEM"
            )
        })?;
        // As GitHub gives it (PKCS #1), or as other tools make of that (PKCS #8).
        let pair = RsaKeyPair::from_der(&der).or_else(|_| RsaKeyPair::from_pkcs8(&der));
        let pair = pair.map_err(|why| {
            problem!(
                Credential,
                "the private key of the App cannot be used: {why}"
            )
        })?;
        Ok(Self {
            app: app.to_owned(),
            pair: Arc::new(pair),
        })
    }

    /// A proof that holds now, in seconds since 1970 by the host's clock.
    pub(super) fn jwt(&self, now: i64) -> Result<Plaintext, ApiError> {
        let unwritten = |_| problem!(Credential, "the App's proof cannot be written");
        let header = Header {
            alg: "RS256",
            typ: "JWT",
        };
        let claims = Claims {
            iat: now - BEFORE,
            exp: now - BEFORE + LIFE,
            iss: &self.app,
        };
        let header = serde_json::to_vec(&header).map_err(unwritten)?;
        let claims = serde_json::to_vec(&claims).map_err(unwritten)?;
        let mut jwt = Zeroizing::new(String::with_capacity(2048));
        URL_SAFE_NO_PAD.encode_string(header, &mut jwt);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .pair
            .sign(&RSA_PKCS1_SHA256, &random, jwt.as_bytes(), &mut signature);
        signed.map_err(|_| problem!(Credential, "the App's proof cannot be signed"))?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(Plaintext::new(jwt.as_bytes()))
    }
}

impl fmt::Debug for AppKey {
    /// Says which App it is of, and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppKey({} [redacted])", self.app)
    }
}
