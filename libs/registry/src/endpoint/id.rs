//! What stands in an endpoint's URL.
//!
//! It is no secret, since hosts show it on their settings pages (rule S11), but it must not be guessed either: whoever
//! knows it may make the gateway compute signatures. Messages never repeat it.

use crate::problem::Problem;

const PLACE: &str = "spec.id";

/// A new id: 128 random bits as 32 lower-case hexadecimal digits.
///
/// Fails only where the system has no random numbers.
pub fn new_endpoint_id() -> Result<String, Problem> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        Problem::new(
            PLACE,
            format!("the system gives no random numbers: {error}"),
            "give an id",
        )
    })?;
    Ok(hex::encode(bits))
}

/// Whether an id can stand in a URL and is too long to be guessed: 16 to 64 characters out of `A-Za-z0-9_-`.
pub fn check_endpoint_id(id: &str) -> Result<(), Problem> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let wrong = |what| {
        Problem::new(
            PLACE,
            what,
            "leave it out, and one is made of 128 random bits",
        )
    };
    if !id.bytes().all(fits) {
        Err(wrong("it has characters other than A-Z a-z 0-9 - _"))
    } else if id.len() < 16 {
        Err(wrong(
            "it is shorter than 16 characters, so it can be guessed",
        ))
    } else if id.len() > 64 {
        Err(wrong("it is longer than 64 characters"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_new_ids_are_128_random_bits() {
        let (one, other) = (new_endpoint_id().unwrap(), new_endpoint_id().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
        assert_eq!(check_endpoint_id(&one), Ok(()));
    }

    #[test]
    fn s11_ids_that_can_be_guessed_are_refused_and_not_repeated() {
        for id in [
            "",
            "acme",
            "acme-production",
            "4f0c/4f0c4f0c4f0c4f0c",
            &"x".repeat(65),
        ] {
            let problem = check_endpoint_id(id).unwrap_err().to_string();
            assert!(id.is_empty() || !problem.contains(id), "{problem}");
        }
        assert_eq!(check_endpoint_id("T2f_x-9aQ1b3C5d7"), Ok(()));
    }
}
