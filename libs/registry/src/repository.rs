//! Repositories: the rules for their own fields, and the address that they have without one.

mod fits;
mod found;
mod shared;

use sluice_events::v1::{self, AccessLevel, MirrorKind, WebhookKind};
use url::Url;

pub use fits::check_repository;
pub(crate) use fits::{check, warnings};
pub use found::{FoundRepository, find_repository};
pub use shared::tells_of;

use crate::{
    address::{Address, Scheme},
    full_name, label,
    problem::{Problem, quoted},
};

/// Longest short name of a branch, in bytes.
const MAX_BRANCH: usize = 255;

/// Longest id that a host gives, in bytes.
const MAX_HOST_ID: usize = 200;

/// Longest title, in bytes.
const MAX_TITLE: usize = 200;

/// Most days that a webhook is used, where they are bounded.
pub const MAX_WEBHOOK_DAYS: u32 = 3650;

/// What is kept of it.
pub(crate) fn mirror(repository: &v1::RegisteredRepository) -> MirrorKind {
    match repository.mirror() {
        MirrorKind::Unspecified => MirrorKind::Full,
        known => known,
    }
}

/// Who takes care of its webhook.
pub(crate) fn webhook(repository: &v1::RegisteredRepository) -> WebhookKind {
    match repository.webhook() {
        WebhookKind::Unspecified => WebhookKind::None,
        known => known,
    }
}

/// Who may see it.
pub(crate) fn level(repository: &v1::RegisteredRepository) -> AccessLevel {
    match repository.level() {
        AccessLevel::Unspecified => AccessLevel::Private,
        known => known,
    }
}

/// The repository in its one spelling, or what is wrong with its own fields.
pub(crate) fn checked(
    repository: &v1::RegisteredRepository,
) -> Result<v1::RegisteredRepository, Vec<Problem>> {
    let mut problems: Vec<_> = label::check("metadata.name", &repository.name)
        .into_iter()
        .chain(label::check("metadata.project", &repository.project))
        .chain(check_full_name(&repository.full_name))
        .chain(check_branch(&repository.branch))
        .chain(check_host_id("spec.hostId", &repository.host_id))
        .chain(check_title(&repository.title))
        .chain(shared::check(repository))
        .chain(check_webhook_days(repository.webhook_days))
        .collect();
    let address = self::address(repository).map_err(|problem| problems.push(problem));
    match address {
        Ok(address) if problems.is_empty() => Ok(v1::RegisteredRepository {
            url: address.to_string(),
            mirror: mirror(repository).into(),
            webhook: webhook(repository).into(),
            webhook_days: repository.webhook_days,
            level: level(repository).into(),
            ..repository.clone()
        }),
        _ => Err(problems),
    }
}

/// The address in parts.
fn address(repository: &v1::RegisteredRepository) -> Result<Address, Problem> {
    let like = "https://git.example.org/acme/web.git or ssh://git@git.example.org/acme/web.git";
    let address = Address::parse("spec.url", &repository.url, like)?;
    if address.path.is_empty() {
        let remedy = format!("write it like {like}");
        return Err(Problem::new("spec.url", "it has no path", remedy));
    }
    Ok(address)
}

/// The address that a host gives to a full name: that of its pages, and `.git`.
pub fn default_url(host: &v1::Host, full_name: &str) -> Option<String> {
    let mut url = Url::parse(&host.url).ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(format!("{full_name}.git").split('/'));
    Some(url.into())
}

/// The name that a repository gets if nobody says one: the last part of what the host calls it, as a DNS label. `None`:
/// nothing of it can stand in one.
pub fn repository_label(full_name: &str) -> Option<String> {
    let last = full_name.rsplit('/').next().unwrap_or_default();
    let fits = |character: char| match character.to_ascii_lowercase() {
        fits if fits.is_ascii_alphanumeric() => fits,
        _ => '-',
    };
    let label: String = last.chars().map(fits).take(63).collect();
    let label = label.trim_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

fn check_full_name(name: &str) -> Option<Problem> {
    let wrong = full_name::check("spec.fullName", name);
    wrong.or_else(|| full_name::leads_away(name).then(|| full_name::wrong("spec.fullName", name)))
}

fn check_webhook_days(days: u32) -> Option<Problem> {
    (days > MAX_WEBHOOK_DAYS).then(|| {
        Problem::new(
            "spec.webhookDays",
            format!("it is more than {MAX_WEBHOOK_DAYS} days"),
            "leave it out for a webhook that is used for ever",
        )
    })
}

fn check_branch(branch: &str) -> Option<Problem> {
    let odd = |character: char| {
        character.is_control() || character.is_whitespace() || "~^:?*[\\".contains(character)
    };
    let wrong = branch.len() > MAX_BRANCH
        || branch.contains(odd)
        || branch.contains("..")
        || branch.starts_with(['-', '/'])
        || branch.ends_with(['.', '/'])
        || branch.starts_with("refs/");
    wrong.then(|| {
        Problem::new(
            "spec.branch",
            format!("{} is not a branch's short name", quoted(branch)),
            "write it like main, or leave it out",
        )
    })
}

pub(crate) fn check_host_id(place: &str, id: &str) -> Option<Problem> {
    (id.len() > MAX_HOST_ID || id.contains(char::is_control)).then(|| {
        Problem::new(
            place,
            "it is too long, or has control characters",
            "leave it out, or write it as the host's API has it",
        )
    })
}

fn check_title(title: &str) -> Option<Problem> {
    (title.len() > MAX_TITLE || title.contains(char::is_control)).then(|| {
        Problem::new(
            "spec.title",
            "it is too long, or has control characters",
            format!("write at most {MAX_TITLE} bytes on one line"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_gives_an_address() {
        let host = |url: &str| v1::Host {
            url: url.into(),
            ..Default::default()
        };
        for (url, name, expected) in [
            (
                "https://github.com",
                "acme/web",
                "https://github.com/acme/web.git",
            ),
            (
                "https://git.corp/gitlab",
                "a/b/c",
                "https://git.corp/gitlab/a/b/c.git",
            ),
            (
                "https://git.corp",
                "a/b?c#d%e",
                "https://git.corp/a/b%3Fc%23d%25e.git",
            ),
        ] {
            assert_eq!(default_url(&host(url), name).as_deref(), Some(expected));
        }
        assert_eq!(default_url(&host(""), "a/b"), None);
    }

    #[test]
    fn a_repository_is_called_what_the_host_calls_it_as_far_as_that_is_a_name() {
        for (full_name, label) in [
            ("acme/web", "web"),
            ("a/b/Foo.JS", "foo-js"),
            ("acme/.github", "github"),
            ("acme/a_b", "a-b"),
        ] {
            assert_eq!(repository_label(full_name).as_deref(), Some(label));
        }
        assert_eq!(repository_label("acme/世界"), None);
    }

    #[test]
    fn a_branch_is_a_short_name() {
        for branch in ["", "main", "release/1.0", "世界", "a-b"] {
            assert_eq!(check_branch(branch), None, "{branch}");
        }
        for branch in [
            "refs/heads/main",
            "-x",
            "/a",
            "a/",
            "a b",
            "a..b",
            "a~1",
            "a:b",
            "a\n",
            "a.",
            &"x".repeat(256),
        ] {
            assert!(check_branch(branch).is_some(), "{branch}");
        }
    }
}
