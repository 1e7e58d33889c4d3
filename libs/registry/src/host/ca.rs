//! The certificate authorities that vouch for a host.

use crate::{Problem, pem};

/// Longest text of certificate authorities, in bytes.
pub(crate) const MAX_CA_BYTES: usize = 64 * 1024;

const LABEL: &str = "CERTIFICATE";

/// The certificates in their one spelling, without what stands between them.
pub(super) fn checked(text: &str) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let problem = |what: &str, remedy: &str| Problem::new("spec.ca", what, remedy);
    // Looked for before anything is read: a key that is damaged is one, too.
    if text.contains("PRIVATE KEY-----") {
        return Err(problem(
            "it holds a private key",
            "keep the certificates alone; a key that was shown to others wants to be replaced",
        ));
    }
    if text.len() > MAX_CA_BYTES {
        let what = format!("it is longer than {MAX_CA_BYTES} bytes");
        return Err(problem(
            &what,
            "keep the authorities that vouch for this host",
        ));
    }
    let remedy = "give certificates as PEM, from BEGIN CERTIFICATE to END CERTIFICATE";
    let found = pem::blocks(text).ok_or_else(|| problem("it is not whole PEM", remedy))?;
    let all = |block: &pem::Block| block.label == LABEL && is_sequence(&block.bytes);
    if found.is_empty() || !found.iter().all(all) {
        return Err(problem("it is not certificates", remedy));
    }
    let spelt = found.iter().map(|block| pem::encode(LABEL, &block.bytes));
    Ok(spelt.collect())
}

/// Whether it is one sequence of DER, from its first to its last byte: so begins and ends what X.509 defines.
fn is_sequence(der: &[u8]) -> bool {
    let Some((&[0x30, first], rest)) = der.split_first_chunk::<2>() else {
        return false;
    };
    let (length, rest) = match usize::from(first) {
        short @ ..0x80 => (short, rest),
        long => {
            let Some((digits, rest)) = rest.split_at_checked(long - 0x80) else {
                return false;
            };
            let long = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add(usize::from(*digit))
            });
            let Some(long) = long.filter(|_| (1..=4).contains(&digits.len())) else {
                return false;
            };
            (long, rest)
        }
    };
    length > 0 && rest.len() == length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(length: usize) -> String {
        let mut der = vec![0x30, 0x82, (length / 256) as u8, (length % 256) as u8];
        der.resize(4 + length, 7);
        pem::encode(LABEL, &der)
    }

    #[test]
    fn certificates_are_kept_and_nothing_else() {
        let (one, other) = (certificate(300), certificate(400));
        let text = format!("# Corp Root\n{one}\n\n# Corp Issuing\r\n{other}");
        assert_eq!(checked(&text), Ok(format!("{one}{other}")));
        assert_eq!(
            checked(&format!("{one}{other}")),
            Ok(format!("{one}{other}"))
        );
        assert_eq!(checked(" \n"), Ok(String::new()));
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_not_repeated() {
        let good = certificate(300);
        for (text, expected) in [
            ("hunter2".to_owned(), "it is not certificates"),
            (good.replace("END", "FIN"), "it is not whole PEM"),
            (
                good.replace(" CERT", " TRUSTED CERT"),
                "it is not certificates",
            ),
            (pem::encode(LABEL, b"hunter2"), "it is not certificates"),
            (
                pem::encode(LABEL, &[0x30, 0x84, 255, 255, 255, 255]),
                "it is not certificates",
            ),
            (pem::encode(LABEL, &[0x30, 0xff]), "it is not certificates"),
            (
                good.clone() + &pem::encode("PUBLIC KEY", b"hunter2"),
                "it is not certificates",
            ),
            (
                good.clone() + &pem::encode("RSA PRIVATE KEY", b"hunter2"),
                "it holds a private key",
            ),
            (
                good.clone() + "-----BEGIN PRIVATE KEY-----\nhunter2",
                "it holds a private key",
            ),
            (good.repeat(200), "it is longer than"),
        ] {
            let said = checked(&text).unwrap_err().to_string();
            assert!(
                said.contains(expected) && !said.contains("hunter2"),
                "{said}"
            );
        }
    }
}
