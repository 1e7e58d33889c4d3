//! Texts to values. An error says what the text is not, and what was expected.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

/// An address to listen at: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for
/// every interface. Other names are not looked up.
pub fn addr(text: &str) -> Result<SocketAddr, String> {
    let port = |host: Ipv4Addr, port: &str| Some(SocketAddr::from((host, port.parse().ok()?)));
    let parsed = match text.split_once(':') {
        Some(("", rest)) => port(Ipv4Addr::UNSPECIFIED, rest),
        Some(("localhost", rest)) => port(Ipv4Addr::LOCALHOST, rest),
        _ => text.parse().ok(),
    };
    parsed.ok_or_else(|| is_not(text, "an address", "host:port"))
}

/// A duration in whole `ms`, `s`, `m`, `h` and `d`, largest first: `250ms`, `8s`, `1h30m`; `0` needs no unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 5] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let parse = || {
        let mut rest = text;
        let mut units = UNITS.as_slice();
        let mut total_ms = 0_u64;
        while !rest.is_empty() {
            let (amount, after) = leading_number(rest)?;
            let end = after
                .find(|character: char| character.is_ascii_digit())
                .unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            let at = units.iter().position(|(name, _)| *name == unit)?;
            total_ms = total_ms.checked_add(amount.checked_mul(units.get(at)?.1)?)?;
            units = units.get(at + 1..)?;
            rest = after;
        }
        Some(Duration::from_millis(total_ms))
    };
    match text {
        "0" => Some(Duration::ZERO),
        "" => None,
        _ => parse(),
    }
    .ok_or_else(|| {
        is_not(
            text,
            "a duration",
            "a number and ms, s, m, h or d, such as 250ms or 8s",
        )
    })
}

/// A number of bytes: `25MiB`, `64KiB`, `10MB`, `512B`, `512`.
pub fn bytes(text: &str) -> Result<u64, String> {
    let parse = || {
        let (amount, unit) = leading_number(text)?;
        let size = match unit {
            "" | "B" => 1,
            "kB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        amount.checked_mul(size)
    };
    parse().ok_or_else(|| {
        is_not(
            text,
            "a size",
            "a number and B, KiB, MiB or GiB, such as 25MiB",
        )
    })
}

/// A whole number.
pub fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| is_not(text, "a number", "digits"))
}

/// `true` or `false`; `1`, `yes`, `on` and their opposites are accepted too.
pub fn bool(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(is_not(text, "a yes or no", "true or false")),
    }
}

/// An absolute URL with a host. The text is not repeated: it may hold a password.
pub fn url(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if url.has_host() => Ok(url),
        Ok(_) => Err("is not a URL with a host, expected https://host".to_owned()),
        Err(error) => Err(format!("is not a URL ({error}), expected https://host")),
    }
}

/// One of some words.
pub fn choice(text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    let found = words.iter().copied().find(|word| *word == text);
    found.ok_or_else(|| is_not(text, "known", &words.join(" or ")))
}

/// What stands between commas, without the space around it; empty pieces are dropped.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A URL to stand where none could be read.
#[expect(clippy::expect_used, reason = "a constant, which a test parses too")]
pub(super) fn some_url() -> Url {
    Url::parse("http://unset.invalid/").expect("a constant that parses")
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

fn is_not(text: &str, what: &str, expected: &str) -> String {
    format!("`{text}` is not {what}, expected {expected}")
}

#[cfg(test)]
mod tests;
