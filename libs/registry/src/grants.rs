//! Which repositories a credential opens: those of its project that it names, and those of others to whom it is granted
//! (rule S5).

use sluice_events::v1;

use crate::{
    full_name::is_path,
    label,
    problem::{Problem, quoted},
};

/// Most patterns and grants of one credential.
const MAX: usize = 500;

/// Project and name of the credential that a repository names: in its own project unless it says another.
pub fn credential_of(repository: &v1::RegisteredRepository) -> (&str, &str) {
    let named = repository.credential.as_str();
    named
        .split_once('/')
        .unwrap_or((&repository.project, named))
}

/// Whether a credential may be used for a repository.
pub fn may_open(credential: &v1::Credential, repository: &v1::RegisteredRepository) -> bool {
    let fits = |patterns: &[String]| {
        let full_name = repository.full_name.to_lowercase();
        let mut patterns = patterns
            .iter()
            .map(|pattern| pattern.to_lowercase())
            .peekable();
        patterns.peek().is_none() || patterns.any(|pattern| matches_glob(&pattern, &full_name))
    };
    if credential.project == repository.project {
        return fits(&credential.repositories);
    }
    let mut granted = credential.grants.iter();
    granted.any(|grant| grant.project == repository.project && fits(&grant.repositories))
}

/// Whether a credential is there for a project at all: one of its own, or one that was granted to it. For others there is
/// none of this name (rule S5).
pub fn is_there_for(credential: &v1::Credential, project: &str) -> bool {
    let mut grants = credential.grants.iter();
    credential.project == project || grants.any(|grant| grant.project == project)
}

/// Whether a credential may open whatever an owner has, for this project: a webhook at the owner tells of all of it.
pub fn may_open_all_of(credential: &v1::Credential, project: &str, owner: &str) -> bool {
    let all = ["*".to_owned(), "*/*".to_owned(), format!("{owner}/*")];
    let all = all.map(|pattern| pattern.to_lowercase());
    let covers = |patterns: &[String]| {
        let mut patterns = patterns.iter().map(|pattern| pattern.to_lowercase());
        patterns.len() == 0 || patterns.any(|pattern| all.contains(&pattern))
    };
    if credential.project == project {
        return covers(&credential.repositories);
    }
    let mut granted = credential.grants.iter();
    granted.any(|grant| grant.project == project && covers(&grant.repositories))
}

/// Says what is wrong with what a credential may open.
pub(crate) fn check(credential: &v1::Credential) -> Vec<Problem> {
    let own = credential.repositories.iter();
    let mut problems: Vec<_> = own
        .filter_map(|pattern| check_pattern("spec.repositories", pattern))
        .collect();
    for grant in &credential.grants {
        problems.extend(label::check("spec.grants.project", &grant.project));
        let patterns = grant.repositories.iter();
        problems.extend(patterns.filter_map(|one| check_pattern("spec.grants.repositories", one)));
        if grant.project == credential.project {
            let what = "its own project needs none";
            let remedy = "say by spec.repositories what it opens there";
            problems.push(Problem::new("spec.grants.project", what, remedy));
        }
    }
    let granted = credential
        .grants
        .iter()
        .map(|grant| 1 + grant.repositories.len());
    if credential.repositories.len() + granted.sum::<usize>() > MAX {
        let what = format!("there are more than {MAX} patterns and grants");
        problems.push(Problem::new("spec", what, "use `*`, or another credential"));
    }
    problems
}

fn check_pattern(place: &str, pattern: &str) -> Option<Problem> {
    (!is_path(pattern)).then(|| {
        Problem::new(
            place,
            format!("{} is no full name, with or without `*`", quoted(pattern)),
            "write it like acme/web or acme/*",
        )
    })
}

/// Whether a name is meant by a pattern, in which `*` stands for any characters and `?` for one.
pub fn matches_glob(pattern: &str, name: &str) -> bool {
    let pattern: Vec<_> = pattern.chars().collect();
    // Which beginnings of the pattern fit what was read so far.
    let mut fits = vec![false; pattern.len() + 1];
    if let Some(nothing) = fits.first_mut() {
        *nothing = true;
    }
    spread(&mut fits, &pattern);
    for character in name.chars() {
        let before = fits;
        fits = vec![false; pattern.len() + 1];
        for (at, wanted) in pattern.iter().enumerate() {
            match wanted {
                '*' => fits[at] |= before[at],
                _ => fits[at + 1] |= before[at] && (*wanted == '?' || *wanted == character),
            }
        }
        spread(&mut fits, &pattern);
    }
    fits.last().copied().unwrap_or(false)
}

/// A star may stand for nothing.
fn spread(fits: &mut [bool], pattern: &[char]) {
    for (at, wanted) in pattern.iter().enumerate() {
        fits[at + 1] |= fits[at] && *wanted == '*';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_with_stars() {
        for (pattern, name, fits) in [
            ("web", "web", true),
            ("web", "web2", false),
            ("web*", "web2", true),
            ("*web", "the-web", true),
            ("*-service", "a-b-service", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("?eb", "web", true),
            ("?eb", "eb", false),
            ("*", "", true),
            ("a**b", "ab", true),
            ("世*", "世界", true),
        ] {
            assert_eq!(matches_glob(pattern, name), fits, "{pattern} {name}");
        }
        // Not exponential.
        assert!(!matches_glob(&"a*".repeat(100), &"a".repeat(99)));
    }

    #[test]
    fn s5_a_credential_opens_what_it_names_and_what_it_is_granted_for() {
        let credential = v1::Credential {
            project: "default".into(),
            name: "bot".into(),
            repositories: vec!["acme/*".into()],
            grants: vec![v1::CredentialGrant {
                project: "payments".into(),
                repositories: vec!["acme/pay".into()],
            }],
            ..v1::Credential::default()
        };
        let opens = |project: &str, full_name: &str| {
            let repository = v1::RegisteredRepository {
                project: project.into(),
                full_name: full_name.into(),
                ..v1::RegisteredRepository::default()
            };
            may_open(&credential, &repository)
        };
        assert!(opens("default", "acme/web") && opens("default", "Acme/Web"));
        assert!(!opens("default", "other/web"));
        assert!(opens("payments", "acme/pay") && !opens("payments", "acme/web"));
        assert!(!opens("somebody", "acme/pay"));
    }
}
