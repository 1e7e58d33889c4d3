//! The subject grammar: `sluice.v1.<family>.<project>.<host>.<owner>.<repo>.<name>.<action>[.<qualifier>…]`.

use std::fmt;

use thiserror::Error;

use crate::{
    token::{self, Decoded},
    v1::{RefChange, RefKind},
};

/// What every subject of this major version begins with.
pub(crate) const ROOT: &str = "sluice.v1";

/// Where in the world something happened. Absent parts are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// Project that owns the record.
    pub project: String,
    /// Name of the host in the registry.
    pub host: String,
    /// Top-level group, organization or user.
    pub owner: String,
    /// The rest of the repository's full name, joined by `/`.
    pub repository: String,
}

impl Address {
    /// The address of a repository by its full name: `platform/payments/api` is owner `platform`,
    /// repository `payments/api`. A name without a slash is an owner alone.
    pub fn of(project: &str, host: &str, full_name: &str) -> Self {
        let (owner, repository) = full_name.split_once('/').unwrap_or((full_name, ""));
        Self {
            project: project.into(),
            host: host.into(),
            owner: owner.into(),
            repository: repository.into(),
        }
    }
}

/// The name of an event on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Family, which decides stream and publisher: `git`, `delivery` and so on.
    pub family: String,
    /// Project, host and repository.
    pub address: Address,
    /// What the event is about: `branch`, `change` and so on.
    pub name: String,
    /// What happened, in the past tense.
    pub action: String,
    /// Further tokens, for filters.
    pub qualifiers: Vec<String>,
}

/// Why a text is no subject of this grammar.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SubjectError {
    /// It does not begin with `sluice.v1.`.
    #[error("subject `{0}` does not begin with `{ROOT}.`")]
    Root(String),
    /// It has fewer than the seven tokens after the root.
    #[error("subject `{0}` has too few tokens")]
    Short(String),
    /// A token is nobody's encoding.
    #[error("token `{token}` of subject `{subject}` is not an encoded name")]
    Token {
        /// The whole subject.
        subject: String,
        /// The token in question.
        token: String,
    },
}

impl Subject {
    /// A subject without qualifiers.
    pub fn new(family: &str, address: Address, name: &str, action: &str) -> Self {
        Self {
            family: family.into(),
            address,
            name: name.into(),
            action: action.into(),
            qualifiers: Vec::new(),
        }
    }

    /// The same with qualifiers.
    #[must_use]
    pub fn qualified<I: IntoIterator<Item = S>, S: Into<String>>(mut self, qualifiers: I) -> Self {
        self.qualifiers = qualifiers.into_iter().map(Into::into).collect();
        self
    }

    /// The CloudEvents type that goes with it: `dev.sluice.git.branch.updated.v1`.
    pub fn event_type(&self) -> String {
        format!(
            "dev.sluice.{}.{}.{}.v1",
            self.family, self.name, self.action
        )
    }

    /// Reads a subject. A part too long to be written out comes back as its token, `=h` and a hash.
    pub fn parse(text: &str) -> Result<Self, SubjectError> {
        let rest = text
            .strip_prefix(ROOT)
            .and_then(|rest| rest.strip_prefix('.'))
            .ok_or_else(|| SubjectError::Root(text.to_owned()))?;
        let mut tokens = rest.split('.').map(|token| match token::decode(token) {
            Some(Decoded::Absent) => Ok(String::new()),
            Some(Decoded::Name(name)) => Ok(String::from_utf8_lossy(&name).into_owned()),
            Some(Decoded::Hashed(_)) => Ok(token.to_owned()),
            None => Err(SubjectError::Token {
                subject: text.to_owned(),
                token: token.to_owned(),
            }),
        });
        let mut next = || {
            tokens
                .next()
                .unwrap_or_else(|| Err(SubjectError::Short(text.to_owned())))
        };
        Ok(Self {
            family: next()?,
            address: Address {
                project: next()?,
                host: next()?,
                owner: next()?,
                repository: next()?,
            },
            name: next()?,
            action: next()?,
            qualifiers: tokens.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address {
            project,
            host,
            owner,
            repository,
        } = &self.address;
        f.write_str(ROOT)?;
        for part in [
            &self.family,
            project,
            host,
            owner,
            repository,
            &self.name,
            &self.action,
        ] {
            write!(f, ".{}", token::encode(part))?;
        }
        for qualifier in &self.qualifiers {
            write!(f, ".{}", token::encode(qualifier))?;
        }
        Ok(())
    }
}

/// The subject of what happened to a branch or a tag. `default_branch` is empty if unknown.
pub fn ref_subject(
    address: Address,
    kind: RefKind,
    change: RefChange,
    full_ref: &str,
    default_branch: &str,
) -> Subject {
    let action = match change {
        RefChange::Created => "created",
        RefChange::Deleted => "deleted",
        RefChange::Updated | RefChange::Unspecified => "updated",
    };
    Subject::new("git", address, ref_word(kind), action).qualified(ref_qualifiers(
        kind,
        full_ref,
        default_branch,
    ))
}

/// The filter for every event about a branch or a tag, whatever happened to it.
pub fn ref_filter(address: Address, kind: RefKind, full_ref: &str) -> String {
    let word = ref_word(kind);
    let [_, short] = ref_qualifiers(kind, full_ref, "");
    let any = Subject::new("git", address, word, "ANY").qualified(["ANY".to_owned(), short]);
    any.to_string()
        .replace(&format!(".{word}.ANY.ANY."), &format!(".{word}.*.*."))
}

/// The filter for every event about any branch or tag of a repository.
pub fn refs_of(address: &Address) -> String {
    let parts = [
        &address.project,
        &address.host,
        &address.owner,
        &address.repository,
    ];
    format!("{ROOT}.git.{}.*.*.*.*", parts.map(token::encode).join("."))
}

fn ref_word(kind: RefKind) -> &'static str {
    match kind {
        RefKind::Tag => "tag",
        RefKind::Branch | RefKind::Unspecified => "branch",
    }
}

/// The two qualifiers of a branch or tag event: `<default|other|unknown>` and the ref's short name.
///
/// Tags are always `other`. `default_branch` is empty if unknown. A ref that is neither branch nor tag keeps its
/// full name.
pub fn ref_qualifiers(kind: RefKind, full_ref: &str, default_branch: &str) -> [String; 2] {
    let short = full_ref
        .strip_prefix("refs/heads/")
        .or_else(|| full_ref.strip_prefix("refs/tags/"));
    let short = short.unwrap_or(full_ref);
    let standing = match kind {
        RefKind::Tag => "other",
        _ if default_branch.is_empty() => "unknown",
        _ if default_branch == short => "default",
        _ => "other",
    };
    [standing.to_owned(), short.to_owned()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn push(full_name: &str, branch: &str) -> Subject {
        Subject::new(
            "git",
            Address::of("default", "github", full_name),
            "branch",
            "updated",
        )
        .qualified(ref_qualifiers(
            RefKind::Branch,
            &format!("refs/heads/{branch}"),
            "main",
        ))
    }

    #[test]
    fn reads_as_the_contract_says() {
        assert_eq!(
            push("acme/web", "main").to_string(),
            "sluice.v1.git.default.github.acme.web.branch.updated.default.main"
        );
        assert_eq!(
            push("acme/a.b/c", "feature/x.y").to_string(),
            "sluice.v1.git.default.github.acme.a=2Eb/c.branch.updated.other.feature/x=2Ey"
        );
        assert_eq!(
            push("acme/web", "main").event_type(),
            "dev.sluice.git.branch.updated.v1"
        );
        let nowhere = Subject::new("runtime", Address::default(), "prod-eu", "status");
        assert_eq!(
            nowhere.to_string(),
            "sluice.v1.runtime.=.=.=.=.prod-eu.status"
        );
    }

    #[test]
    fn the_longest_subject_is_below_one_kibibyte() {
        let long = "ü".repeat(4096);
        let address = Address {
            project: "p".repeat(63),
            host: "h".repeat(63),
            owner: long.clone(),
            repository: long.clone(),
        };
        let subject = Subject::new("git", address, "branch", "updated")
            .qualified(["unknown".to_owned(), long]);
        assert!(subject.to_string().len() < 1024);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            Subject::parse("other.v1.git"),
            Err(SubjectError::Root("other.v1.git".into()))
        );
        assert_eq!(
            Subject::parse("sluice.v1.git.a"),
            Err(SubjectError::Short("sluice.v1.git.a".into()))
        );
        let empty = "sluice.v1.git..h.o.r.branch.updated";
        assert!(matches!(
            Subject::parse(empty),
            Err(SubjectError::Token { .. })
        ));
    }

    proptest! {
        #[test]
        fn every_subject_comes_back(parts in prop::collection::vec("\\PC{0,12}", 5), refname in "\\PC{1,12}") {
            let address = Address {
                project: parts[0].clone(), host: parts[1].clone(), owner: parts[2].clone(), repository: parts[3].clone(),
            };
            let subject = Subject::new("git", address, "branch", "updated").qualified([parts[4].clone(), refname]);
            prop_assert_eq!(Subject::parse(&subject.to_string()), Ok(subject));
        }
    }
}
