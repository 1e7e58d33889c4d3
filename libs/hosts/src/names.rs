//! Names on their way into paths.

use crate::{ApiError, error::problem};

/// Longest full name, in bytes.
const LONGEST: usize = 500;

/// Owner and name, at hosts where a full name has just these two.
pub(crate) fn pair(full_name: &str) -> Result<(&str, &str), ApiError> {
    match whole(full_name)?.split_once('/') {
        Some((owner, name)) if !name.contains('/') => Ok((owner, name)),
        _ => Err(problem!(
            Address,
            "`{}` is no full name of a repository here; write it like acme/web",
            shown(full_name)
        )),
    }
}

/// A full name of at least two parts, at hosts where owners lie within owners.
pub(crate) fn namespaced(full_name: &str) -> Result<&str, ApiError> {
    match whole(full_name)?.contains('/') {
        true => Ok(full_name),
        // Alone it would be asked for as an id.
        false => Err(problem!(
            Address,
            "`{}` is no full name of a repository; write it like acme/web",
            shown(full_name)
        )),
    }
}

/// A name of parts that can each stand in a path.
pub(crate) fn whole(name: &str) -> Result<&str, ApiError> {
    match name.len() <= LONGEST && name.split('/').all(is_part) {
        true => Ok(name),
        false => Err(problem!(
            Address,
            "`{}` is no name that can be asked for; write it like acme/web",
            shown(name)
        )),
    }
}

fn is_part(part: &str) -> bool {
    // The last two are steps, in whatever form they are written.
    !part.is_empty() && !part.contains(char::is_control) && part != "." && part != ".."
}

/// An id of something, as the host gave it.
pub(crate) fn id(id: &str) -> Result<&str, ApiError> {
    match crate::wire::is_id(id) {
        true => Ok(id),
        false => Err(problem!(Address, "`{}` is no id of a host", shown(id))),
    }
}

/// The id of an object in Git.
pub(crate) fn object(sha: &str) -> Result<&str, ApiError> {
    let digits = sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits && matches!(sha.len(), 40 | 64) {
        true => Ok(sha),
        false => Err(problem!(Address, "`{}` is no id of a commit", shown(sha))),
    }
}

/// The name as it may be shown.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    sluice_git::scrub::Scrub::default().text(short.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_parts_and_no_steps() {
        assert_eq!(pair("acme/web").unwrap(), ("acme", "web"));
        assert_eq!(whole("a/b/c?#%2f").unwrap(), "a/b/c?#%2f");
        for name in [
            "", "/", "a/", "../x", "a/..", "a/./b", "a//b", "a/b\n", "a/\u{7f}",
        ] {
            assert!(whole(name).is_err(), "{name:?}");
        }
        for name in ["web", "a/b/c"] {
            assert!(pair(name).is_err(), "{name}");
        }
        assert!(id("17").is_ok() && id("../17").is_err());
    }
}
