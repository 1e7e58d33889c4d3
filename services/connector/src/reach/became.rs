//! What has become of a repository since somebody last agreed to it (rule S26).

use sluice_events::v1::{Connection, RegisteredRepository, Visibility};
use sluice_hosts::HostRepository;

/// What has become of a repository since somebody last agreed to it (rule S26).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// What it was.
    Same,
    /// It has another name, and nothing else changed.
    Renamed,
    /// Somebody has to agree: why.
    Another(String),
}

/// What has become of it. A new name alone is followed; who owns it and who sees it is somebody's decision.
pub(super) fn became(
    record: &RegisteredRepository,
    connection: &Connection,
    repository: &HostRepository,
) -> Became {
    let known = connection.repository.as_ref();
    let Some(known) = known.filter(|known| known.host_id == repository.id) else {
        return match same_name(&record.full_name, &repository.full_name) {
            true => Became::Same,
            false => Became::Another(format!(
                "the host has it under another name: {}",
                repository.full_name
            )),
        };
    };
    if known.owner_id != repository.owner.id {
        return Became::Another(format!(
            "it belongs to {} now; it was {}",
            repository.owner.name, known.full_name
        ));
    }
    if known.visibility() != repository.visibility && known.visibility() != Visibility::Unspecified
    {
        return Became::Another(format!(
            "it is {} now and was {}",
            word(repository.visibility),
            word(known.visibility())
        ));
    }
    match same_name(&record.full_name, &repository.full_name) {
        true => Became::Same,
        false => Became::Renamed,
    }
}

fn word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
        Visibility::Unspecified => "of unknown visibility",
    }
}

pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The address under the new name, where the old one is its end.
pub(super) fn moved(url: &str, old: &str, new: &str) -> String {
    let (bare, suffix) = match url.strip_suffix(".git") {
        Some(bare) => (bare, ".git"),
        None => (url, ""),
    };
    match bare.strip_suffix(old) {
        Some(base) if base.ends_with(['/', ':']) => format!("{base}{new}{suffix}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::HostedRepository;
    use sluice_hosts::{Owner, Rights};

    use super::*;

    fn shown(name: &str, owner: &str, visibility: Visibility) -> HostRepository {
        HostRepository {
            id: "17".into(),
            full_name: name.into(),
            default_branch: "main".into(),
            web_url: String::new(),
            visibility,
            archived: false,
            empty: None,
            owner: Owner {
                name: name.split('/').next().unwrap().into(),
                id: owner.into(),
            },
            rights: Rights::default(),
        }
    }

    fn check(known: Option<&HostRepository>, now: &HostRepository) -> Became {
        let record = RegisteredRepository {
            full_name: "acme/web".into(),
            ..RegisteredRepository::default()
        };
        let repository = known.map(|known| HostedRepository {
            host_id: known.id.clone(),
            full_name: known.full_name.clone(),
            owner_id: known.owner.id.clone(),
            visibility: known.visibility.into(),
            ..HostedRepository::default()
        });
        let connection = Connection {
            repository,
            ..Connection::default()
        };
        became(&record, &connection, now)
    }

    #[test]
    fn s26_a_new_name_is_followed_and_a_new_owner_or_visibility_is_asked_about() {
        let web = shown("acme/web", "1", Visibility::Private);
        let another = |became| matches!(became, Became::Another(_));
        assert_eq!(check(None, &web), Became::Same);
        assert_eq!(check(Some(&web), &web), Became::Same);
        let renamed = shown("acme/site", "1", Visibility::Private);
        assert_eq!(check(Some(&web), &renamed), Became::Renamed);
        assert!(
            another(check(None, &renamed)),
            "nobody has agreed to it yet"
        );
        let sold = shown("evil/web", "2", Visibility::Private);
        assert!(another(check(Some(&web), &sold)));
        let opened = shown("acme/web", "1", Visibility::Public);
        assert!(another(check(Some(&web), &opened)));
        let case = shown("Acme/Web", "1", Visibility::Private);
        assert_eq!(check(Some(&web), &case), Became::Same);
    }

    #[test]
    fn an_address_moves_with_the_name() {
        for (url, expected) in [
            ("https://h/acme/web.git", "https://h/acme/site.git"),
            ("https://h/acme/web", "https://h/acme/site"),
            (
                "ssh://git@h:22/acme/web.git",
                "ssh://git@h:22/acme/site.git",
            ),
            (
                "https://h/mirror-of-acme/web.git",
                "https://h/mirror-of-acme/web.git",
            ),
            ("https://h/other.git", "https://h/other.git"),
        ] {
            assert_eq!(moved(url, "acme/web", "acme/site"), expected, "{url}");
        }
    }
}
