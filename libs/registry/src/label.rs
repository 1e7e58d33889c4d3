//! Names: DNS labels, so that they fit into subjects, keys, host names and Kubernetes alike.

use crate::problem::{Problem, quoted};

/// Longest label in bytes (RFC 1123).
const MAX_LENGTH: usize = 63;

/// Says what is wrong with a name, if something is.
pub(crate) fn check(place: &str, name: &str) -> Option<Problem> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=MAX_LENGTH).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-');
    (!fits).then(|| {
        Problem::new(
            place,
            format!("{} is not a name", quoted(name)),
            "use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for name in ["a", "gitlab-corp", "0", &"x".repeat(63)] {
            assert_eq!(check("name", name), None, "{name}");
        }
        for name in ["", "-a", "a-", "A", "a.b", "a_b", "é", &"x".repeat(64)] {
            assert!(check("name", name).is_some(), "{name}");
        }
    }
}
