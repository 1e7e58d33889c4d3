//! Addresses: taken apart, checked, and brought into one spelling.
//!
//! Two programs that read one address differently are how a credential comes to the wrong place. So what programs
//! disagree about is refused, and what is stored is spelt anew from the parts. Messages never repeat an address: it may
//! carry a password.

mod origin;

use std::fmt;

use url::Url;

pub(crate) use origin::{Origin, Scheme};

use crate::Problem;

/// Longest address in bytes.
const MAX_LENGTH: usize = 2048;

/// An address in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) origin: Origin,
    /// Who ssh logs in as, where the address says it.
    pub(crate) user: Option<String>,
    /// With a slash at its beginning and none at its end; empty if there is none.
    pub(crate) path: String,
}

impl Address {
    /// Reads it. `like` is an example of what is expected at this place.
    pub(crate) fn parse(place: &str, text: &str, like: &str) -> Result<Self, Problem> {
        read(text).map_err(|wrong| {
            let (what, remedy) = wrong.says();
            let remedy = remedy.map_or_else(|| format!("write it like {like}"), str::to_owned);
            Problem::new(place, what, remedy)
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.origin.scheme.word())?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write!(f, "{}{}", self.origin.authority(), self.path)
    }
}

/// What may be wrong with an address.
enum Wrong {
    NoAddress,
    Strange,
    Secret,
    User,
    Query,
    Path,
}

impl Wrong {
    /// What it is, and what to do if it is something else than to write a proper one.
    fn says(self) -> (&'static str, Option<&'static str>) {
        match self {
            Wrong::NoAddress => ("it is not an address", None),
            Wrong::Strange => ("it has characters that addresses do not have", None),
            Wrong::Secret => (
                "it holds a user or a password",
                Some("leave them out; an address is not a place for secrets"),
            ),
            Wrong::User => (
                "its user has characters other than A-Z a-z 0-9 . _ + -",
                None,
            ),
            Wrong::Query => ("it has a query or a fragment", Some("leave them out")),
            Wrong::Path => (
                "its path does not decode to text without control characters",
                None,
            ),
        }
    }
}

fn read(text: &str) -> Result<Address, Wrong> {
    let strange =
        |character: char| character.is_whitespace() || character.is_control() || character == '\\';
    if text.len() > MAX_LENGTH || text.contains(strange) {
        return Err(Wrong::Strange);
    }
    let (scheme, rest) = text.split_once("://").ok_or(Wrong::NoAddress)?;
    let scheme = Scheme::of_word(&scheme.to_ascii_lowercase()).ok_or(Wrong::NoAddress)?;
    // Parsers pass over an empty user, and over slashes that are too many; other programs may not.
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() != (scheme == Scheme::File) {
        return Err(Wrong::NoAddress);
    }
    let url = Url::parse(text).map_err(|_| Wrong::NoAddress)?;
    if url.password().is_some() || (scheme != Scheme::Ssh && authority.contains('@')) {
        return Err(Wrong::Secret);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::Query);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if !is_plain_path(&path) {
        return Err(Wrong::Path);
    }
    Ok(Address {
        origin: Origin::of(scheme, &url).ok_or(Wrong::NoAddress)?,
        user: user(&url, authority)?,
        path,
    })
}

fn user(url: &Url, authority: &str) -> Result<Option<String>, Wrong> {
    match (url.username(), authority.contains('@')) {
        ("", false) => Ok(None),
        (user, _) if is_plain_user(user) => Ok(Some(user.to_owned())),
        _ => Err(Wrong::User),
    }
}

/// Whether ssh may log in as this user: no shell, no option and no address reads anything into it.
pub(crate) fn is_plain_user(user: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    (1..=255).contains(&user.len()) && user.bytes().all(plain) && !user.starts_with('-')
}

/// Whether nothing hides in an encoded path: what it decodes to is text, and controls nothing.
fn is_plain_path(path: &str) -> bool {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut hidden = [0];
        let digits = after.get(..2);
        if digits.is_none_or(|digits| hex::decode_to_slice(digits, &mut hidden).is_err()) {
            return false;
        }
        decoded.extend(hidden);
        rest = after.get(2..).unwrap_or_default();
    }
    // The other end of an ssh connection is a shell, and what it is told stands in quotes.
    let odd = |character: char| character.is_control() || "'\"`^|".contains(character);
    String::from_utf8(decoded).is_ok_and(|text| !text.contains(odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> Result<String, String> {
        let address = Address::parse("spec.url", text, "https://git.example.org");
        address
            .map(|address| address.to_string())
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn an_address_has_one_spelling() {
        for (text, expected) in [
            ("https://Git.Corp:443/a/b.git/", "https://git.corp/a/b.git"),
            ("HTTPS://git.corp", "https://git.corp"),
            ("https://git.corp:/a", "https://git.corp/a"),
            ("https://git.corp/x/../a", "https://git.corp/a"),
            ("https://git.corp/x/%2e%2E/a", "https://git.corp/a"),
            (
                "https://münchen.example/a",
                "https://xn--mnchen-3ya.example/a",
            ),
            ("https://0x7f.1/a", "https://127.0.0.1/a"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1/a"),
            (
                "ssh://git@Git.Corp:22/a/b.git",
                "ssh://git@git.corp/a/b.git",
            ),
            ("ssh://git.corp:2222/a", "ssh://git.corp:2222/a"),
            ("ssh://[::1]:2222/a", "ssh://[::1]:2222/a"),
            ("ssh://MÜNCHEN.example/a", "ssh://xn--mnchen-3ya.example/a"),
            ("file:///srv/git/web.git/", "file:///srv/git/web.git"),
        ] {
            assert_eq!(spelt(text).as_deref(), Ok(expected), "{text}");
            assert_eq!(spelt(expected).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_programs_disagree_about_is_refused_and_not_repeated() {
        for text in [
            "",
            "git.corp",
            "git@git.corp:a/hunter2.git",
            "https:git.corp/hunter2",
            "https:/git.corp/hunter2",
            "https:///git.corp/hunter2",
            "https://@git.corp/hunter2",
            "https://hunter2@git.corp/a",
            "https://u:hunter2@git.corp/a",
            "https://:hunter2@git.corp/a",
            "ssh://git:hunter2@git.corp/a",
            "ssh://@git.corp/hunter2",
            "ssh://-oProxyCommand=hunter2@git.corp/a",
            "ssh://a%20hunter2@git.corp/a",
            "ssh:///hunter2",
            "ssh://git.corp:hunter2/a",
            "https://git.corp:99999/hunter2",
            "https://git.corp/?a=hunter2",
            "https://git.corp/#hunter2",
            "ssh://git.corp/a?hunter2",
            "https://git.corp\\@evil.example/hunter2",
            "https://git.corp/a b/hunter2",
            " https://git.corp/hunter2",
            "https://git.corp/a\n/hunter2",
            "https://git.corp/a\t/hunter2",
            "https://git.corp/a%0a/hunter2",
            "https://git.corp/a%00/hunter2",
            "https://git.corp/a%zz/hunter2",
            "https://git.corp/a%f/hunter2",
            "https://git.corp/%ff/hunter2",
            "https://git.corp/a%",
            "ssh://git.corp/'$(hunter2)'",
            "file://server/hunter2",
            "file:/hunter2",
            "git://git.corp/hunter2",
            "ext::sh -c hunter2",
            "ftp://git.corp/hunter2",
            "https://[::1/hunter2",
            "https://a..%/hunter2",
            "https://git.corp%2f/hunter2",
            "javascript://git.corp/hunter2",
            &format!("https://git.corp/{}", "hunter2".repeat(1000)),
        ] {
            let said = spelt(text).expect_err(text);
            assert!(!said.contains("hunter2"), "{said}");
            assert!(said.starts_with("spec.url: it"), "{said}");
        }
    }
}
