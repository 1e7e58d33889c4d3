//! The manifest of an App, and the page that posts it to the host ("Registering a GitHub App from a manifest").

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::{Value, json};
use url::Url;

use super::Wanted;

/// What the App may do: what its events need, and what its repositories are read with.
const PERMISSIONS: &[(&str, &str)] = &[
    ("contents", "read"),
    ("metadata", "read"),
    ("pull_requests", "read"),
    ("members", "read"),
];

/// The App that is asked for.
pub(super) fn manifest(wanted: &Wanted<'_>, events: &[&str], redirect: &str) -> Value {
    let permissions = PERMISSIONS.iter();
    let permissions: serde_json::Map<_, _> = permissions
        .map(|(name, level)| ((*name).to_owned(), json!(level)))
        .collect();
    json!({
        "name": wanted.arguments.name,
        "description": "Sluice: webhooks as events, and mirrors of repositories.",
        "url": home(&wanted.address),
        "hook_attributes": {"url": wanted.address, "active": true},
        "redirect_url": redirect,
        "public": false,
        "default_events": events,
        "default_permissions": permissions,
    })
}

/// The page of an App has to be somewhere.
fn home(address: &str) -> String {
    let home = Url::parse(address).map(|url| url.origin().ascii_serialization());
    home.unwrap_or_else(|_| address.to_owned())
}

/// A page with a button that posts it.
pub(super) fn page(wanted: &Wanted<'_>, manifest: &Value, state: &str) -> String {
    let url = &wanted.record.url;
    let at = match wanted.arguments.personal {
        true => format!("{url}/settings/apps/new?state={state}"),
        false => {
            let owner = &wanted.arguments.owner;
            format!("{url}/organizations/{owner}/settings/apps/new?state={state}")
        }
    };
    let (at, manifest) = (escaped(&at), escaped(&manifest.to_string()));
    let (name, host) = (escaped(&wanted.arguments.name), escaped(url));
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Register the App {name}</title>
<form method="post" action="{at}">
<input type="hidden" name="manifest" value="{manifest}">
<button type="submit">Register the App {name} at {host}</button>
</form>
</html>
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Writes the page, which holds no secret.
pub(super) fn write_page(path: &Path, page: &str) -> anyhow::Result<()> {
    fs::write(path, page).with_context(|| format!("cannot write the page to {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_page_ends_no_attribute() {
        assert_eq!(escaped(r#"a"><script>&"#), "a&quot;&gt;&lt;script&gt;&amp;");
    }

    #[test]
    fn the_page_of_an_app_is_where_its_webhook_goes() {
        assert_eq!(
            home("https://hooks.test:8443/hooks/x"),
            "https://hooks.test:8443"
        );
    }
}
