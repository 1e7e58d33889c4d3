//! From an address, as people copy it from a host's page, to the host and the name that a repository has there.

use sluice_events::v1;

use super::{Address, Scheme};
use crate::{Problem, Snapshot, host};

/// Most hosts that a message names.
const MAX_NAMED: usize = 20;

/// A repository that an address leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRepository {
    /// Its host.
    pub host: v1::Host,
    /// Its full name there.
    pub full_name: String,
    /// The address in its one spelling. `git@host:path` has become what it stands for.
    pub url: String,
}

/// Finds the declared host that an address is at.
///
/// # Errors
/// If it is no address, or no declared host is there.
pub fn find_repository(url: &str, records: &Snapshot) -> Result<FoundRepository, Problem> {
    let like = "https://git.example.org/acme/web.git or git@git.example.org:acme/web.git";
    let spelt = spelt_out(url);
    let address = Address::parse("the address", &spelt, like)?;
    let found = records.hosts().find_map(|host| {
        let full_name = name_at(&address, &host)?;
        Some(FoundRepository {
            host,
            full_name,
            url: address.to_string(),
        })
    });
    found.ok_or_else(|| {
        let known: Vec<_> = records.hosts().map(|host| host.name).collect();
        let known = known.get(..known.len().min(MAX_NAMED)).unwrap_or_default();
        Problem::new(
            "the address",
            format!("no declared host is at {}", address.origin),
            format!(
                "declare it (`sluice apply` a Host); declared are {}",
                known.join(", ")
            ),
        )
    })
}

/// What git reads as ssh although it is no URL.
fn spelt_out(url: &str) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    match url.split_once(':') {
        Some((who, path)) if who.contains('@') && !path.starts_with('/') => {
            format!("ssh://{who}/{path}")
        }
        _ => url.to_owned(),
    }
}

/// The full name that an address stands for at this host.
fn name_at(address: &Address, host: &v1::Host) -> Option<String> {
    let (origin, below) = match address.origin.scheme {
        Scheme::File => return None,
        Scheme::Ssh => (host::ssh_origin(host)?, String::new()),
        Scheme::Https | Scheme::Http => (host::web_origin(host)?, host::web_path(host)),
    };
    if origin != address.origin {
        return None;
    }
    let path = address.path.strip_prefix(&below)?.strip_prefix('/')?;
    let name = path.strip_suffix(".git").unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(name)
        .decode_utf8()
        .ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    fn records() -> Snapshot {
        let corp = v1::Host {
            name: "corp".into(),
            provider: "gitlab".into(),
            url: "https://git.corp/gitlab".into(),
            ssh_url: "ssh://git@ssh.corp:2222".into(),
            ..v1::Host::default()
        };
        [Record::Host(corp)].into_iter().collect()
    }

    #[test]
    fn k1_what_people_copy_leads_to_host_and_name() {
        for (url, host, name) in [
            ("https://github.com/acme/web", "github", "acme/web"),
            ("https://github.com/acme/web.git", "github", "acme/web"),
            ("git@github.com:acme/web.git", "github", "acme/web"),
            ("ssh://git@github.com/acme/web.git", "github", "acme/web"),
            ("https://git.corp/gitlab/a/b/c.git", "corp", "a/b/c"),
            ("ssh://git@ssh.corp:2222/a/b.git", "corp", "a/b"),
        ] {
            let found = find_repository(url, &records()).unwrap();
            assert_eq!(
                (&*found.host.name, &*found.full_name),
                (host, name),
                "{url}"
            );
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused_without_repeating_it() {
        for url in [
            "https://elsewhere.example/acme/web",
            "https://git.corp/acme/web",
            "ssh://git@ssh.corp/a/b",
            "acme/web",
            "https://user:hunter2@github.com/acme/web",
        ] {
            let problem = find_repository(url, &records()).unwrap_err().to_string();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
