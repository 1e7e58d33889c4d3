//! Private keys for ssh.
//!
//! Workers are alone when they use one, so nobody could type a passphrase: what is encrypted is refused here, and what
//! protects the key from now on is the seal.

mod openssh;

use zeroize::Zeroizing;

use self::openssh::Outside;
use crate::{Plaintext, Problem, pem};

/// Longest key, in bytes: one of 16,384 bits for RSA fits.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// A new key.
pub(crate) fn made() -> Result<Plaintext, Problem> {
    openssh::new()
}

/// The public half of a key, as it is added at a host. `None`: its form does not tell.
pub(crate) fn public_half(key: &Plaintext) -> Option<String> {
    let text = std::str::from_utf8(key.expose()).ok()?;
    let blocks = pem::blocks(text)?;
    let openssh = blocks.iter().find(|block| block.label == openssh::LABEL)?;
    Outside::read(&openssh.bytes)?.public()
}

/// The key in its one spelling: without blanks at the ends of lines, and with one line break at its end.
pub(super) fn checked(value: &Plaintext) -> Result<Plaintext, Problem> {
    let problem = |what: &str, remedy: &str| Problem::new("value", what, remedy);
    let no_key = || {
        problem(
            "it is not a private key as PEM or as OpenSSH writes it",
            "give the file without .pub, from BEGIN to END; PuTTY's keys are exported as OpenSSH's first",
        )
    };
    if value.expose().len() > MAX_BYTES {
        let what = format!("it is longer than {MAX_BYTES} bytes");
        return Err(problem(&what, "check that it is the right file"));
    }
    let text = std::str::from_utf8(value.expose()).map_err(|_| no_key())?;
    let found = pem::blocks(text).ok_or_else(no_key)?;
    let [block] = found.as_slice() else {
        return Err(no_key());
    };
    let encrypted = match block.label.as_str() {
        "ENCRYPTED PRIVATE KEY" => true,
        openssh::LABEL => {
            let outside = Outside::read(&block.bytes).ok_or_else(no_key)?;
            outside.encrypted
        }
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => block.encrypted,
        _ => return Err(no_key()),
    };
    if block.bytes.is_empty() {
        return Err(no_key());
    }
    if encrypted {
        return Err(problem(
            "it is encrypted with a passphrase, which nobody could type where it is used",
            "give one without (`ssh-keygen -p -N ''` on a copy): Sluice seals it",
        ));
    }
    Ok(spelt(text))
}

fn spelt(text: &str) -> Plaintext {
    // With room for all of it at once: a buffer that grows leaves copies behind.
    let mut spelt = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    for line in text.trim().lines() {
        spelt.extend_from_slice(line.trim_end().as_bytes());
        spelt.push(b'\n');
    }
    Plaintext::from(spelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openssh(cipher: &str) -> String {
        let mut key = b"openssh-key-v1\0".to_vec();
        key.extend((cipher.len() as u32).to_be_bytes());
        key.extend(cipher.as_bytes());
        key.extend([7; 200]);
        pem::encode("OPENSSH PRIVATE KEY", &key)
    }

    fn said(text: &str) -> String {
        let said = checked(&Plaintext::new(text)).unwrap_err().to_string();
        assert!(!said.contains("hunter2"), "{said}");
        said
    }

    #[test]
    fn keys_without_passphrase_are_taken_in_one_spelling() {
        for key in [
            openssh("none"),
            pem::encode("PRIVATE KEY", &[7; 100]),
            pem::encode("RSA PRIVATE KEY", &[7; 1000]),
            pem::encode("EC PRIVATE KEY", &[7; 100]),
        ] {
            let written = format!("\n{}  ", key.trim_end().replace('\n', " \r\n"));
            for written in [&key, &written] {
                let spelt = checked(&Plaintext::new(written.as_str())).unwrap();
                assert_eq!(spelt.expose(), key.as_bytes());
            }
        }
    }

    #[test]
    fn a_key_with_a_passphrase_is_refused_in_clear_words() {
        let old = pem::encode("RSA PRIVATE KEY", b"hunter2").replace(
            "KEY-----\n",
            "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
        );
        for key in [
            openssh("aes256-ctr"),
            pem::encode("ENCRYPTED PRIVATE KEY", b"hunter2"),
            old,
        ] {
            let said = said(&key);
            assert!(said.contains("encrypted with a passphrase"), "{said}");
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused_and_not_repeated() {
        for text in [
            "hunter2",
            "",
            "ssh-ed25519 AAAAhunter2",
            "PuTTY-User-Key-File-3: hunter2",
            &pem::encode("PUBLIC KEY", b"hunter2"),
            &pem::encode("CERTIFICATE", b"hunter2"),
            &pem::encode("OPENSSH PRIVATE KEY", b"hunter2"),
            &pem::encode("PRIVATE KEY", b""),
            &openssh("none").repeat(2),
            &openssh("none").replace("END", "FIN"),
            &openssh("none").replace('\n', " "),
        ] {
            assert!(said(text).contains("it is not a private key"), "{text}");
        }
        assert!(said(&"x".repeat(MAX_BYTES + 1)).contains("longer than 16384 bytes"));
    }
}
