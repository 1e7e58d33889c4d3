//! Full names of repositories on their hosts, such as `acme/web`.

use crate::problem::{Problem, quoted};

/// Longest name of an owner or a repository, in bytes.
const MAX_FULL_NAME: usize = 500;

/// Says what is wrong with a full name, if something is.
pub(crate) fn check(place: &str, name: &str) -> Option<Problem> {
    (!is_path(name) || !name.contains('/')).then(|| wrong(place, name))
}

/// That it is none.
pub(crate) fn wrong(place: &str, name: &str) -> Problem {
    Problem::new(
        place,
        format!("{} is not a repository's full name", quoted(name)),
        "write it with its owner: acme/web",
    )
}

/// Whether it would lead to something else where it stands in an address.
pub(crate) fn leads_away(name: &str) -> bool {
    name.split('/').any(|part| [".", ".."].contains(&part))
}

/// Whether it is segments joined by slashes, none of them empty.
pub(crate) fn is_path(name: &str) -> bool {
    let odd = |character: char| character.is_whitespace() || character.is_control();
    name.len() <= MAX_FULL_NAME
        && !name.contains(odd)
        && name.split('/').all(|part| !part.is_empty())
}
