//! Foreign text on its way into errors and logs: without the secret, without control characters, bounded.
//!
//! A remote is told the secret and may say it back, as it is or in whatever form it came to it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use sluice_daemon::escape;
use zeroize::Zeroizing;

/// Most bytes of a text that is passed on.
const LONGEST: usize = 2048;

/// What stands for a secret.
const REDACTED: &[u8] = b"[redacted]";

/// What browsers and curl encode in a user or password.
const USERINFO: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'|')
    .add(b'%');

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Takes a secret out of texts, in every form that it is known to take.
#[derive(Default, Clone)]
pub struct Scrub {
    /// Longest first, so that none is cut by a part of it.
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Scrub {
    /// For this secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self::default().and(secret)
    }

    /// For this secret, too.
    #[must_use]
    pub fn and(mut self, secret: &[u8]) -> Self {
        // Of a key the lines are told apart, too.
        let lines = secret.split(|&byte| byte == b'\n' || byte == b'\r');
        let lines = lines.filter(|line| line.len() >= 16 || line.len() == secret.len());
        for part in std::iter::once(secret).chain(lines) {
            if !part.is_empty() {
                self.forms
                    .extend(spellings(part).into_iter().map(Zeroizing::new));
            }
        }
        self.forms
            .sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
        self
    }

    /// The text as it may be shown.
    #[must_use]
    pub fn text(&self, text: &[u8]) -> String {
        self.text_of(text, LONGEST)
    }

    /// The text as it may be shown where there is less room: at most that many bytes of it.
    #[must_use]
    pub fn text_of(&self, text: &[u8], longest: usize) -> String {
        let mut clean = Vec::with_capacity(text.len());
        let mut rest = text;
        while let [first, after @ ..] = rest {
            match self.forms.iter().find(|form| begins_with(rest, form)) {
                Some(form) => {
                    clean.extend_from_slice(REDACTED);
                    rest = rest.get(form.len()..).unwrap_or_default();
                }
                None => {
                    clean.push(*first);
                    rest = after;
                }
            }
        }
        let lossy = String::from_utf8_lossy(&clean);
        let mut shown = escape::terminal(lossy.trim()).into_owned();
        if shown.len() > longest {
            let end = (0..=longest)
                .rev()
                .find(|&at| shown.is_char_boundary(at))
                .unwrap_or(0);
            shown.truncate(end);
            shown.push('…');
        }
        shown
    }
}

impl fmt::Debug for Scrub {
    /// Says nothing of what it looks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrub")
    }
}

/// Whatever the case: names of hosts and headers lose it on their way, and what is left of the secret is too much.
fn begins_with(text: &[u8], form: &[u8]) -> bool {
    text.get(..form.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(form))
}

fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    for set in [NON_ALPHANUMERIC, USERINFO, UNRESERVED] {
        let encoded = percent_encode(secret, set).to_string();
        forms.push(encoded.replace("%20", "+").into_bytes());
        forms.push(encoded.into_bytes());
    }
    // As those encode who mean to hide it: every byte, whether it has to be or not.
    let every = |write: fn(&u8) -> String| secret.iter().map(write).collect::<String>();
    forms.push(every(|byte| format!("%{byte:02x}")).into_bytes());
    forms.push(every(|byte| format!("\\x{byte:02x}")).into_bytes());
    forms.push(every(|byte| format!("\\u{byte:04x}")).into_bytes());
    let text = String::from_utf8_lossy(secret);
    forms.push(text.escape_default().to_string().into_bytes());
    forms.push(text.escape_debug().to_string().into_bytes());
    forms.push(hex::encode(secret).into_bytes());
    // What is in front of it, such as `user:`, shifts base64 by none, one or two bytes. The digits that do not depend on
    // what stands before and after are the same whatever that is.
    for shift in 0..3 {
        let padded = [vec![0; shift], secret.to_vec()].concat();
        let whole = STANDARD_NO_PAD.encode(&padded);
        let (start, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
        let digits = whole.get(start..end).unwrap_or_default();
        // Fewer would be found in anything.
        if digits.len() >= 6 {
            forms.push(digits.as_bytes().to_vec());
            forms.push(digits.replace('+', "-").replace('/', "_").into_bytes());
            forms.push(digits.replace('+', "%2B").replace('/', "%2F").into_bytes());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::utf8_percent_encode;

    use super::*;

    const SECRET: &str = "s3Cret^@%/\"pa ss";

    #[test]
    fn a_secret_is_found_in_every_form() {
        let scrub = Scrub::of(SECRET.as_bytes());
        let mut forms = vec![
            SECRET.to_owned(),
            format!("{SECRET:?}"),
            utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(SECRET, USERINFO).to_string(),
            "s3Cret%5e%40%25%2f%22pa%20ss".to_owned(),
            hex::encode(SECRET),
            hex::encode_upper(SECRET),
            SECRET.to_lowercase(),
            SECRET.to_uppercase(),
            SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            SECRET
                .bytes()
                .map(|byte| format!("\\u{byte:04x}"))
                .collect(),
        ];
        for user in ["", "x:", "me:", "git:", "x-access-token:"] {
            let pair = format!("{user}{SECRET}");
            forms.extend([
                STANDARD.encode(&pair),
                URL_SAFE.encode(&pair),
                STANDARD.encode(format!("{pair}\ntail")),
            ]);
        }
        for form in forms {
            let shown = scrub.text(format!("remote: bad {form} given").as_bytes());
            assert!(shown.contains("[redacted]"), "{form}: {shown}");
            assert!(!shown.to_lowercase().contains("s3cret"), "{shown}");
            assert!(
                shown.starts_with("remote: bad ") && shown.ends_with(" given"),
                "{shown}"
            );
        }
    }

    #[test]
    fn of_several_secrets_each_is_found() {
        let scrub = Scrub::of(b"hunter2hunter2")
            .and(b"hunter2")
            .and(b"tops3cret");
        assert_eq!(
            scrub.text(b"hunter2hunter2 hunter2 tops3cret"),
            "[redacted] [redacted] [redacted]"
        );
        assert_eq!(
            scrub.text_of(b"hunter2 and so on", 12),
            "[redacted] a\u{2026}"
        );
    }

    #[test]
    fn a_line_of_a_key_is_found() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n";
        assert!(
            !Scrub::of(key.as_bytes())
                .text(b"bad line b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
                .contains("b3Blbn")
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(
            Scrub::default().text(b"a\x1b[31mb\n\xff\n"),
            "a\\u{1b}[31mb\\n\u{fffd}"
        );
    }

    #[test]
    fn a_text_is_bounded_after_the_secret_is_out() {
        let text = format!("{}{SECRET}", "é".repeat(LONGEST / 2 - 4));
        let shown = Scrub::of(SECRET.as_bytes()).text(text.as_bytes());
        assert!(shown.len() <= LONGEST + '…'.len_utf8() && !shown.contains("s3C"));
    }
}
