//! Whether a repository, its host and its credential go together (rules S5, S10, S34).

use sluice_events::v1;

use super::{Address, Scheme, address};
use crate::{
    CREDENTIAL_KINDS, Kind, Object, Problem, Problems, address::Origin, credential, credential_of,
    host, may_open, problem::quoted,
};

/// Says what stands against fetching a repository from its host with its credential, where it names one.
///
/// `plan` lets nothing else be declared; who opens a credential asks again, since whoever can write to a bucket could
/// have written something else there.
pub fn check_repository(
    repository: &v1::RegisteredRepository,
    host: &v1::Host,
    credential: Option<&v1::Credential>,
) -> Result<(), Problems> {
    let object = Object::new(Kind::Repository, &repository.project, &repository.name);
    let found = check(repository, host, credential);
    let found = found.into_iter().map(|problem| problem.within(&object));
    Problems::none_or(found.collect(), ())
}

/// The same, with places as they are in the repository's manifest.
pub(crate) fn check(
    repository: &v1::RegisteredRepository,
    host: &v1::Host,
    credential: Option<&v1::Credential>,
) -> Vec<Problem> {
    let address = match address(repository) {
        Ok(address) => address,
        Err(problem) => return vec![problem],
    };
    let scheme = address.origin.scheme;
    let named = wrong_host(repository, host).into_iter();
    named
        .chain(wrong_origin(&address, host))
        .chain(unprotected(&address))
        .chain(no_host_key(&address, host))
        .chain(wrong_credential(repository, credential, scheme))
        .collect()
}

fn wrong_host(repository: &v1::RegisteredRepository, host: &v1::Host) -> Option<Problem> {
    (repository.host != host.name).then(|| {
        let what = format!("it names the host {}", quoted(&repository.host));
        Problem::new("spec.host", what, format!("use {}", host.name))
    })
}

/// Scheme, host and port are the host's own, all three.
fn wrong_origin(address: &Address, host: &v1::Host) -> Option<Problem> {
    let expected = match address.origin.scheme {
        // A folder of this machine: a start-up setting guards those.
        Scheme::File => return None,
        Scheme::Ssh => host::ssh_origin(host),
        Scheme::Https | Scheme::Http => host::web_origin(host),
    };
    if expected.as_ref() == Some(&address.origin) {
        return None;
    }
    let expected = expected.as_ref().map(Origin::to_string).unwrap_or_default();
    Some(Problem::new(
        "spec.url",
        format!(
            "it is at {}, and the host {} takes Git at {expected}",
            address.origin, host.name
        ),
        format!("write an address that begins with {expected}/, or name its own host"),
    ))
}

fn unprotected(address: &Address) -> Option<Problem> {
    (address.origin.scheme == Scheme::Http && !address.origin.is_loopback()).then(|| {
        Problem::new(
            "spec.url",
            "it is not https: whoever is on the way reads the credential and changes the code",
            "use https or ssh; http is for this machine's loopback alone",
        )
    })
}

fn no_host_key(address: &Address, host: &v1::Host) -> Option<Problem> {
    (address.origin.scheme == Scheme::Ssh && host.ssh_host_keys.is_empty()).then(|| {
        let at = address.origin.to_string();
        Problem::new(
            "spec.url",
            format!("the host {} has no sshHostKeys, and a key that is merely shown is not trusted", host.name),
            format!(
                "take them from what the host publishes or from who runs it (`ssh-keyscan` shows what stands at {at}: \
                 compare its fingerprints with theirs before you believe it), and declare them in spec.sshHostKeys of \
                 the Host {}",
                host.name
            ),
        )
    })
}

fn wrong_credential(
    repository: &v1::RegisteredRepository,
    credential: Option<&v1::Credential>,
    scheme: Scheme,
) -> Option<Problem> {
    let wrong = |what: String, remedy: &str| Some(Problem::new("spec.credential", what, remedy));
    let Some(credential) = credential else {
        return match (repository.credential.as_str(), scheme) {
            ("", Scheme::Ssh) => wrong(
                "there is none, and ssh lets nobody in without".to_owned(),
                "name one that is an sshKey",
            ),
            ("", _) => None,
            _ => {
                let (project, name) = credential_of(repository);
                wrong(
                    format!(
                        "there is no credential {} in project {}",
                        quoted(name),
                        quoted(project)
                    ),
                    "declare it there; one of another project is named project/name, and has to be granted",
                )
            }
        };
    };
    let name = quoted(&credential.name);
    let kind = credential.kind();
    if (&*credential.project, &*credential.name) != credential_of(repository) {
        wrong(
            format!("{name} is not the one that it names"),
            "apply the repository again",
        )
    } else if credential.host != repository.host {
        wrong(
            format!(
                "{name} is for the host {}, and goes to no other",
                quoted(&credential.host)
            ),
            "declare one for this host",
        )
    } else if !may_open(credential, repository) {
        let project = quoted(&repository.project);
        wrong(
            format!(
                "{name} is not for {} in project {project}",
                quoted(&repository.full_name)
            ),
            "have it granted in the credential's spec.grants, or named in its spec.repositories",
        )
    } else if scheme == Scheme::File {
        wrong(
            "a folder of this machine takes none".to_owned(),
            "leave it out",
        )
    } else if !credential::fits(kind, scheme) {
        wrong(
            format!(
                "{name} is of kind {}, which {} does not take",
                CREDENTIAL_KINDS.word(kind),
                scheme.word()
            ),
            "use an sshKey with ssh, a token, a userPassword or an app with https",
        )
    } else {
        None
    }
}

/// Says what deserves a second look.
pub(crate) fn warnings(repository: &v1::RegisteredRepository) -> Option<Problem> {
    let origin = address(repository).ok()?.origin;
    (origin.scheme == Scheme::File || origin.is_loopback()).then(|| {
        Problem::new(
            "spec.url",
            "it is on the machine of whoever fetches it",
            "start that service with the setting local-repositories, or it is refused",
        )
    })
}
