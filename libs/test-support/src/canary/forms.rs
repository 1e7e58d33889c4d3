//! The forms that a secret takes on its way through programs.
//!
//! Where a value is letters and digits, escaping for JSON, YAML, shells and URLs leaves it as it is; so the plain form
//! stands for all of these, and what is listed besides changes every byte. Names of hosts and of headers lose their case.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// A secret in each form, with the form's name.
pub(super) fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = hex::encode(secret);
    let each = |write: fn(&u8) -> String| secret.iter().map(write).collect::<String>();
    let listed = |between: &str| {
        let numbers: Vec<_> = secret.iter().map(u8::to_string).collect();
        numbers.join(between)
    };
    let texts = [
        ("percent-encoded", each(|byte| format!("%{byte:02X}"))),
        ("percent-encoded", each(|byte| format!("%{byte:02x}"))),
        ("escaped for JSON", each(|byte| format!("\\u{byte:04x}"))),
        ("escaped for JSON", each(|byte| format!("\\u{byte:04X}"))),
        ("escaped as bytes", each(|byte| format!("\\x{byte:02x}"))),
        ("hexadecimal", hex.to_uppercase()),
        ("hexadecimal", hex),
        ("a list of numbers", listed(", ")),
        ("a list of numbers", listed(",")),
    ];
    let texts = texts.map(|(form, text)| (form, text.into_bytes()));
    let mut all = vec![
        ("plain", secret.to_vec()),
        ("in one case", secret.to_ascii_lowercase()),
        ("in one case", secret.to_ascii_uppercase()),
    ];
    all.extend(texts);
    for before in 0..3 {
        all.push(("base64", inside(&STANDARD_NO_PAD, secret, before)));
        all.push(("base64url", inside(&URL_SAFE_NO_PAD, secret, before)));
    }
    all
}

/// What base64 makes of the secret behind so many other bytes, whatever these are and whatever follows: only the digits
/// that depend on nothing else. With or without padding that is the same.
fn inside(engine: &impl Engine, secret: &[u8], before: usize) -> Vec<u8> {
    let bytes = [&vec![0; before], secret].concat();
    let whole = engine.encode(&bytes).into_bytes();
    // Eight bits a byte, six bits a digit: the first digit without a bit of what is before, the last whole one.
    let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    whole.get(first..end).unwrap_or_default().to_vec()
}
