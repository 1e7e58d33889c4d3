//! Hosts: the predefined ones, and the rules for all others.
//!
//! A host's address decides where credentials are sent and which repository an event speaks of. So the names of the
//! public hosts have a fixed meaning, and a change of any other address is announced (rule S5).

mod ca;
mod share;
mod ssh;

use sluice_events::v1;
use sluice_providers::{PROVIDERS, Provider, provider};

pub(crate) use ca::MAX_CA_BYTES;
pub use share::{HOST_SHARES, host_share};

use crate::{
    address::{Address, Origin, Scheme},
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

/// The predefined host of that name, as nobody has added anything to it.
pub fn predefined_host(name: &str) -> Option<v1::Host> {
    all_predefined().find(|host| host.name == name)
}

/// The host of that name as it counts, by what stands in its bucket: a predefined host is what its name says, whatever
/// stands there, but for what can be declared of it: [`with_declared`].
pub fn effective_host(name: &str, stored: Option<&v1::Host>) -> Option<v1::Host> {
    match (predefined_host(name), stored) {
        (None, stored) => stored.cloned(),
        (Some(predefined), None) => Some(predefined),
        (Some(predefined), Some(stored)) => Some(with_declared(predefined, stored)),
    }
}

/// A predefined host with what can be declared of it: its SSH host keys, since nobody shall have to trust those that came
/// with this program, how it is called, and the set that this was declared with.
pub(crate) fn with_declared(predefined: v1::Host, declared: &v1::Host) -> v1::Host {
    v1::Host {
        ssh_host_keys: declared.ssh_host_keys.clone(),
        calls_per_hour: declared.calls_per_hour,
        shares: declared.shares.clone(),
        set: declared.set.clone(),
        ..predefined
    }
}

/// The kind of software that the host runs.
pub(crate) fn provider_of(host: &v1::Host) -> Option<&'static dyn Provider> {
    provider(&host.provider)
}

/// The host in its one spelling, or what is wrong with it.
pub(crate) fn checked(host: &v1::Host) -> Result<v1::Host, Vec<Problem>> {
    let mut problems = Vec::from_iter(label::check("metadata.name", &host.name));
    problems.extend(wrong_provider(host));
    problems.extend(share::check(host));
    let checked = v1::Host {
        name: host.name.clone(),
        provider: host.provider.clone(),
        url: or_problem(web("spec.url", &host.url), &mut problems),
        api_url: match host.api_url.as_str() {
            "" => String::new(),
            text => or_problem(web("spec.apiUrl", text), &mut problems),
        },
        ssh_url: match host.ssh_url.as_str() {
            "" => String::new(),
            text => or_problem(ssh::checked_url(text), &mut problems),
        },
        ssh_host_keys: or_problem(ssh::checked_keys(&host.ssh_host_keys), &mut problems),
        ca: or_problem(ca::checked(&host.ca), &mut problems),
        private_addresses: host.private_addresses,
        calls_per_hour: host.calls_per_hour,
        shares: host.shares.clone(),
        set: host.set.clone(),
    };
    if problems.is_empty() {
        Ok(checked)
    } else {
        Err(problems)
    }
}

fn or_problem<T: Default>(checked: Result<T, Problem>, problems: &mut Vec<Problem>) -> T {
    checked.unwrap_or_else(|problem| {
        problems.push(problem);
        T::default()
    })
}

fn wrong_provider(host: &v1::Host) -> Option<Problem> {
    if provider_of(host).is_some() {
        return None;
    }
    let known: Vec<_> = PROVIDERS.iter().map(|known| known.name()).collect();
    let what = match host.provider.as_str() {
        "" => "`provider` is missing".to_owned(),
        other => format!("there is no provider {}", quoted(other)),
    };
    let remedy = format!("use one of {}", known.join(", "));
    Some(Problem::new("spec.provider", what, remedy))
}

/// A web address without a slash at the end.
fn web(place: &str, text: &str) -> Result<String, Problem> {
    let like = "https://git.example.org";
    let address = Address::parse(place, text, like)?;
    if !matches!(address.origin.scheme, Scheme::Https | Scheme::Http) {
        let remedy = format!("write it like {like}");
        return Err(Problem::new(place, "it is not a web address", remedy));
    }
    Ok(address.to_string())
}

/// Where its pages are, and repositories over https.
pub(crate) fn web_origin(host: &v1::Host) -> Option<Origin> {
    let address = Address::parse("spec.url", &host.url, "");
    address.ok().map(|address| address.origin)
}

/// What the addresses of its pages begin with after the origin: empty, or a path without a slash at its end.
pub(crate) fn web_path(host: &v1::Host) -> String {
    let address = Address::parse("spec.url", &host.url, "");
    address.map_or_else(|_| String::new(), |address| address.path)
}

/// Where it takes Git over SSH: where the record says, else port 22 of its pages' host.
pub(crate) fn ssh_origin(host: &v1::Host) -> Option<Origin> {
    if host.ssh_url.is_empty() {
        return web_origin(host).map(|web| web.over_ssh());
    }
    let address = Address::parse("spec.sshUrl", &host.ssh_url, "");
    address.ok().map(|address| address.origin)
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
            "git@git.corp:a/b",
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
