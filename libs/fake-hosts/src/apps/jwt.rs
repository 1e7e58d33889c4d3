//! The JWT by which an App proves itself.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::App;
use crate::{
    github::problem,
    http::Answer,
    state::{Caller, State},
};

/// How far ahead it may expire, in seconds.
const LONGEST: i64 = 600;

/// How far ahead of the host's clock its own may be, in seconds.
const SKEW: i64 = 60;

/// Whether it looks like one. Tokens of installations have dots, too.
pub(crate) fn is_jwt(value: &str) -> bool {
    !value.starts_with("ghs_") && value.split('.').count() == 3
}

/// The App that signed it.
pub(crate) fn identify(state: &State, value: &str) -> Result<Caller, Answer> {
    let undecoded = || problem(401, "A JSON web token could not be decoded");
    let parts: Vec<_> = value.split('.').collect();
    let &[header, claims, signature] = parts.as_slice() else {
        return Err(undecoded());
    };
    if decoded(header).ok_or_else(undecoded)?["alg"] != "RS256" {
        return Err(undecoded());
    }
    let body = decoded(claims).ok_or_else(undecoded)?;
    let app = issuer(state, &body["iss"]).ok_or_else(|| problem(404, "Integration not found"))?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| undecoded())?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.key);
    let signed = format!("{header}.{claims}");
    key.verify(signed.as_bytes(), &signature)
        .map_err(|_| undecoded())?;
    check_times(&body, state.now().as_second())?;
    Ok(Caller::App { id: app.id })
}

fn decoded(part: &str) -> Option<Value> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// By its id, as number or text, or by its client id.
fn issuer<'s>(state: &'s State, issuer: &Value) -> Option<&'s App> {
    let issuer = match issuer {
        Value::String(text) => text.clone(),
        other => other.as_u64()?.to_string(),
    };
    let mut apps = state.apps.iter();
    apps.find(|app| app.client_id == issuer || app.id.to_string() == issuer)
}

fn check_times(claims: &Value, now: i64) -> Result<(), Answer> {
    let refuse = |message: &str| Err(problem(401, message));
    match claims["iat"].as_i64() {
        Some(issued) if issued <= now + SKEW => {}
        _ => {
            return refuse(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            );
        }
    }
    match claims["exp"].as_i64() {
        Some(expires) if expires > now + LONGEST => {
            refuse("'Expiration time' claim ('exp') is too far in the future")
        }
        Some(expires) if expires > now => Ok(()),
        _ => refuse(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ),
    }
}
