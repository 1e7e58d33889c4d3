//! Who, and when: `Name <address> 1700000000 +0100`, read as Git reads it (`split_ident_line`).

use sluice_events::v1::CommitPerson;

use super::record::{lossy, raw};

/// Most bytes of a name or an address that are kept.
const LONGEST: usize = 4096;

/// Reads a person.
pub(super) fn person(line: &[u8]) -> CommitPerson {
    let (name, email) = names(line);
    let (time, zone) = when(line);
    CommitPerson {
        name: lossy(name),
        name_raw: raw(name),
        email: lossy(email),
        email_raw: raw(email),
        time,
        zone: String::from_utf8_lossy(zone).into_owned(),
    }
}

/// The time alone.
pub(super) fn time(line: &[u8]) -> i64 {
    when(line).0
}

fn names(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(open) = line.iter().position(|&byte| byte == b'<') else {
        return (bounded(line.trim_ascii()), &[]);
    };
    let (name, rest) = line.split_at(open);
    let rest = rest.get(1..).unwrap_or_default();
    let close = rest
        .iter()
        .position(|&byte| byte == b'>')
        .unwrap_or(rest.len());
    (
        bounded(name.trim_ascii()),
        bounded(rest.get(..close).unwrap_or_default()),
    )
}

/// Seconds and zone behind the last `>`. Without a zone, or with anything else there, both are nothing.
fn when(line: &[u8]) -> (i64, &[u8]) {
    let Some(close) = line.iter().rposition(|&byte| byte == b'>') else {
        return (0, &[]);
    };
    let rest = line.get(close + 1..).unwrap_or_default().trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (seconds, rest) = rest.split_at(digits);
    let rest = rest.trim_ascii_start();
    let signed = rest.first().is_some_and(|sign| b"+-".contains(sign));
    let zone = rest
        .iter()
        .skip(1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits == 0 || !signed || zone == 0 {
        return (0, &[]);
    }
    let seconds = std::str::from_utf8(seconds)
        .ok()
        .and_then(|text| text.parse().ok());
    (
        seconds.unwrap_or(i64::MAX),
        rest.get(..=zone.min(15)).unwrap_or_default(),
    )
}

fn bounded(bytes: &[u8]) -> &[u8] {
    bytes.get(..LONGEST).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (String, String, i64, String) {
        let person = person(line.as_bytes());
        (person.name, person.email, person.time, person.zone)
    }

    #[test]
    fn a_person_is_read_as_git_reads_one() {
        for (line, name, email, time, zone) in [
            (
                "Ada L <ada@x> 1700000000 +0100",
                "Ada L",
                "ada@x",
                1_700_000_000,
                "+0100",
            ),
            ("Ada <ada@x> 1 -0000", "Ada", "ada@x", 1, "-0000"),
            ("<> 5 +051800", "", "", 5, "+051800"),
            ("Ada <ada@x>", "Ada", "ada@x", 0, ""),
            ("Ada <ada@x> 17 ", "Ada", "ada@x", 0, ""),
            ("Ada <ada@x> -17 +0000", "Ada", "ada@x", 0, ""),
            ("Ada <a<b@x> 17 +0000", "Ada", "a<b@x", 17, "+0000"),
            ("Ada <a> <b> 17 +0000", "Ada", "a", 17, "+0000"),
            (
                "Ada <ada@x> 99999999999999999999999 +0000",
                "Ada",
                "ada@x",
                i64::MAX,
                "+0000",
            ),
            ("Ada", "Ada", "", 0, ""),
            ("", "", "", 0, ""),
        ] {
            assert_eq!(
                read(line),
                (name.into(), email.into(), time, zone.into()),
                "{line}"
            );
        }
    }
}
