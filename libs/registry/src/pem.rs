//! PEM (RFC 7468, and the older RFC 1421 with its headers).

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::Plaintext;

/// One thing between `BEGIN` and `END`.
pub(crate) struct Block {
    /// What the lines around it call it, such as `CERTIFICATE`.
    pub(crate) label: String,
    /// Whether a header says that it is encrypted.
    pub(crate) encrypted: bool,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// All blocks of a text; what stands between them is passed over. `None` if one does not end or is no base64.
pub(crate) fn blocks(text: &str) -> Option<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = label(line, "-----BEGIN ") else {
            continue;
        };
        // As long as the whole text, so that it never grows and leaves copies behind.
        let mut encoded = Zeroizing::new(String::with_capacity(text.len()));
        let mut encrypted = false;
        loop {
            let line = lines.next()?;
            match line.split_once(':') {
                _ if line.starts_with("-----") => {
                    if self::label(line, "-----END ") != Some(label) {
                        return None;
                    }
                    break;
                }
                Some((name, value)) => {
                    encrypted |= name == "Proc-Type" && value.contains("ENCRYPTED")
                }
                None => encoded.push_str(line),
            }
        }
        blocks.push(Block {
            label: label.to_owned(),
            encrypted,
            bytes: Zeroizing::new(BASE64_STANDARD.decode(encoded.as_bytes()).ok()?),
        });
    }
    Some(blocks)
}

/// Secret bytes as a block, 70 characters a line as OpenSSH writes them. Nothing of it is left behind.
pub(crate) fn encode_secret(label: &str, bytes: &[u8]) -> Plaintext {
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes));
    let mut text = Zeroizing::new(Vec::with_capacity(2 * (encoded.len() + label.len()) + 64));
    text.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in encoded.as_bytes().chunks(70) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    Plaintext::from(text)
}

/// Bytes as a block, 64 characters a line.
pub(crate) fn encode(label: &str, bytes: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(bytes);
    let lines = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

fn label<'t>(line: &'t str, start: &str) -> Option<&'t str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        let text = format!(
            "a comment\n{}\n{}",
            encode("A", &[7; 100]),
            encode("B C", b"")
        );
        let found = blocks(&text.replace('\n', "\r\n")).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[0].label, &**found[0].bytes), ("A", &[7; 100][..]));
        assert_eq!(found[1].label, "B C");
        assert!(text.lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn what_is_broken_is_none() {
        for text in [
            "-----BEGIN A-----\nAAAA\n",
            "-----BEGIN A-----\nAAAA\n-----END B-----\n",
            "-----BEGIN A-----\n-----BEGIN A-----\nAAAA\n-----END A-----\n",
            "-----BEGIN A-----\n!\n-----END A-----\n",
        ] {
            assert!(blocks(text).is_none(), "{text}");
        }
        assert!(blocks("nothing").unwrap().is_empty());
    }
}
