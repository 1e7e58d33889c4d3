//! What others reach us by: a bind address is not what hosts and people call.

use crate::settings::{Key, Settings};

/// The address that hosts reach webhooks by.
pub static HOOKS_URL: Key = Key::new(
    "hooks-url",
    "address that Git hosts reach the gateway by, such as https://hooks.example.org; webhooks are installed with it",
)
.placeholder("URL");

/// Reads [`HOOKS_URL`], without a slash at its end. `None`: nobody has said.
pub fn hooks_url(settings: &mut Settings) -> Option<String> {
    let url = settings.optional(&HOOKS_URL, Settings::string)?;
    let url = url.trim_end_matches('/').to_owned();
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let is_plain = |host: &str| {
        let odd = |character: char| {
            character.is_whitespace() || character.is_control() || "?#@\\".contains(character)
        };
        !host.is_empty() && !host.starts_with('/') && !host.contains(odd)
    };
    if !host.is_some_and(is_plain) {
        settings.refuse(
            &HOOKS_URL,
            "is no address of the web; write it like https://hooks.example.org, without user, query or fragment",
        );
    }
    Some(url)
}
