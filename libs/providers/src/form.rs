//! The one field of a form post that a host fills: `payload`.

/// The decoded value of the form's only field; `None` if that is not `payload` or not the only one.
///
/// Only, since hosts send no other, and the content type is not signed: a signed JSON body that comes again as a form
/// must not be searched for a `&payload=` that somebody wrote into a commit message.
/// Bounded: the result is never longer than the body.
pub(crate) fn payload(body: &[u8]) -> Option<Vec<u8>> {
    let value = body.strip_prefix(b"payload=")?;
    (!value.contains(&b'&')).then(|| decode(value))?
}

fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let (digits, after) = after.split_at_checked(2)?;
                decoded.extend(hex::decode(digits).ok()?);
                rest = after;
            }
            _ => decoded.push(byte),
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_payload() {
        // XW21
        assert_eq!(
            payload(b"payload=%7B%22a%22%3A+1%7D").as_deref(),
            Some(br#"{"a": 1}"#.as_slice())
        );
    }

    #[test]
    fn refuses_what_is_ambiguous_or_broken() {
        for body in [
            &b"payload=a&payload=b"[..],
            b"x=1&payload=a",
            b"payload=a&y=2",
            br#"{"message": "&payload=%7B%7D"}"#,
            b"",
            b"other=1",
            b"payload=%7",
            b"payload=%zz",
        ] {
            assert_eq!(payload(body), None);
        }
    }
}
