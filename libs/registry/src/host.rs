//! Hosts: the predefined ones, and the rules for all others.
//!
//! A host's address decides where credentials are sent and which repository an event speaks of. So the names of the
//! public hosts have a fixed meaning, and a change of any other address is announced (rule S5).

use sluice_events::v1;
use sluice_providers::{PROVIDERS, Provider, provider};
use url::Url;

use crate::{
    label,
    problem::{Problem, quoted},
};

/// The public hosts: name, provider, address, address of the API where it does not follow from the provider's rule.
pub const PREDEFINED_HOSTS: &[(&str, &str, &str, &str)] = &[
    (
        "github",
        "github",
        "https://github.com",
        "https://api.github.com",
    ),
    ("gitlab", "gitlab", "https://gitlab.com", ""),
    ("codeberg", "forgejo", "https://codeberg.org", ""),
    ("gitea-com", "gitea", "https://gitea.com", ""),
];

/// All predefined hosts as records.
pub(crate) fn all_predefined() -> impl Iterator<Item = v1::Host> {
    PREDEFINED_HOSTS
        .iter()
        .map(|&(name, provider, url, api_url)| v1::Host {
            name: name.to_owned(),
            provider: provider.to_owned(),
            url: url.to_owned(),
            api_url: api_url.to_owned(),
            ..Default::default()
        })
}

/// The predefined host of that name.
pub fn predefined_host(name: &str) -> Option<v1::Host> {
    all_predefined().find(|host| host.name == name)
}

/// The kind of software that the host runs.
pub(crate) fn provider_of(host: &v1::Host) -> Option<&'static dyn Provider> {
    provider(&host.provider)
}

/// The host in its one spelling, or what is wrong with it.
pub(crate) fn checked(host: &v1::Host) -> Result<v1::Host, Vec<Problem>> {
    let mut problems = Vec::from_iter(label::check("metadata.name", &host.name));
    if provider_of(host).is_none() {
        let known: Vec<_> = PROVIDERS.iter().map(|known| known.name()).collect();
        problems.push(Problem::new(
            "spec.provider",
            format!("there is no provider {}", quoted(&host.provider)),
            format!("use one of {}", known.join(", ")),
        ));
    }
    let mut address = |place: &str, text: &str| {
        address(place, text).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        })
    };
    let mut checked = host.clone();
    checked.url = address("spec.url", &host.url);
    if !host.api_url.is_empty() {
        checked.api_url = address("spec.apiUrl", &host.api_url);
    }
    if problems.is_empty() {
        Ok(checked)
    } else {
        Err(problems)
    }
}

/// An address without a slash at the end. Messages never repeat it: it may carry a password.
fn address(place: &str, text: &str) -> Result<String, Problem> {
    let wrong = |what: &str, remedy: &str| Problem::new(place, what, remedy);
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.has_host() && ["https", "http"].contains(&url.scheme()))
        .ok_or_else(|| {
            wrong(
                "it is not a web address",
                "write it like https://git.example.org",
            )
        })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "it holds a user or a password",
            "leave them out; an address is not a place for secrets",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or a fragment", "leave them out"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Says what deserves a second look.
pub(crate) fn warnings(host: &v1::Host) -> Vec<Problem> {
    let plain = |(place, url): (&str, &str)| {
        url.starts_with("http://").then(|| {
            Problem::new(
                place,
                "it is not https: whoever is on the way reads and changes what is said",
                "use https",
            )
        })
    };
    [("spec.url", &*host.url), ("spec.apiUrl", &*host.api_url)]
        .into_iter()
        .filter_map(plain)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(url: &str) -> v1::Host {
        v1::Host {
            name: "corp".into(),
            provider: "gitlab".into(),
            url: url.into(),
            api_url: String::new(),
            ..Default::default()
        }
    }

    #[test]
    fn the_predefined_hosts_keep_their_own_rules() {
        for predefined in all_predefined() {
            assert_eq!(checked(&predefined), Ok(predefined));
        }
    }

    #[test]
    fn an_address_has_one_spelling() {
        let spelt = |url: &str| checked(&host(url)).unwrap().url;
        assert_eq!(spelt("https://Git.Corp:443/"), "https://git.corp");
        assert_eq!(
            spelt("https://git.corp/gitlab//"),
            "https://git.corp/gitlab"
        );
        assert_eq!(spelt("http://127.0.0.1:3000"), "http://127.0.0.1:3000");
    }

    #[test]
    fn an_address_is_a_web_address_and_nothing_else() {
        for url in [
            "",
            "git.corp",
            "ssh://git.corp",
            "file:///etc",
            "https://u:hunter2@git.corp",
            "https://git.corp/?a=hunter2",
            "https://git.corp/#a",
        ] {
            let problems = checked(&host(url)).unwrap_err();
            assert_eq!(problems.len(), 1, "{url}");
            assert!(!problems[0].to_string().contains("hunter2"));
        }
    }

    #[test]
    fn an_unknown_provider_is_named_with_those_known() {
        let mut host = host("https://git.corp");
        host.provider = "svn".into();
        let problem = checked(&host).unwrap_err().remove(0);
        assert!(problem.to_string().contains("`svn`"));
        assert!(problem.to_string().contains("github, gitlab"));
    }
}
