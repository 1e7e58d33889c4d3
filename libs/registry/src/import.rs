//! Imports: what one asks for, and the rules for it.
//!
//! Nobody declares an import: it is asked for by a command, and asked for again it begins anew. What it registers are
//! repositories as any others, which can be declared afterwards.

mod shown;

use serde::{Deserialize, Serialize};
use sluice_events::v1::{self, CredentialKind};

pub use shown::{ImportProgress, ShownImport};

use crate::{
    ACCESS_LEVELS, MIRROR_KINDS, Problem, Problems, Snapshot, WEBHOOK_KINDS, Words,
    full_name::{is_path, leads_away},
    is_there_for, label, may_open_all_of,
    problem::quoted,
    repository,
};

/// Longest pattern, in bytes.
const MAX_MATCH: usize = 200;

/// What an import asks for, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ImportSpec {
    /// Name of the host.
    pub host: String,
    /// Organization, group or user there.
    pub owner: String,
    /// Which of its repositories, by their names below the owner, with `*` and `?`. Empty: all.
    #[serde(default, rename = "match", skip_serializing_if = "String::is_empty")]
    pub matching: String,
    /// Name of the credential that lists them and opens each of them: in the same project, or `project/name`.
    pub credential: String,
    /// Who takes care of their webhooks.
    #[serde(default = "managed")]
    pub webhook: String,
    /// What is kept of them.
    #[serde(default = "full")]
    pub mirror: String,
    /// Who may see them.
    #[serde(default = "private")]
    pub level: String,
    /// Whether archived ones are meant.
    #[serde(default)]
    pub archived: bool,
    /// Whether those are registered, too, that appear later.
    #[serde(default)]
    pub follow: bool,
}

fn managed() -> String {
    "managed".to_owned()
}

fn full() -> String {
    "full".to_owned()
}

fn private() -> String {
    "private".to_owned()
}

impl ImportSpec {
    /// The import as it is asked for under this name, or all that stands against it.
    ///
    /// # Errors
    /// What is wrong with it, and what it names that is not there.
    pub fn import(
        &self,
        project: &str,
        name: &str,
        records: &Snapshot,
    ) -> Result<v1::Import, Problems> {
        let mut problems: Vec<_> = label::check("name", name)
            .into_iter()
            .chain(label::check("project", project))
            .chain(self.check_owner())
            .chain(check_match(&self.matching))
            .chain(self.check_host(records))
            .chain(self.check_credential(project, records))
            .collect();
        let import = v1::Import {
            name: name.to_owned(),
            project: project.to_owned(),
            host: self.host.clone(),
            owner: self.owner.clone(),
            r#match: self.matching.clone(),
            credential: self.credential.clone(),
            webhook: kind("webhook", &self.webhook, &WEBHOOK_KINDS, &mut problems).into(),
            mirror: kind("mirror", &self.mirror, &MIRROR_KINDS, &mut problems).into(),
            level: kind("level", &self.level, &ACCESS_LEVELS, &mut problems).into(),
            archived: self.archived,
            follow: self.follow,
            ..v1::Import::default()
        };
        Problems::none_or(problems, import)
    }

    fn check_owner(&self) -> Option<Problem> {
        if !is_path(&self.owner) || leads_away(&self.owner) {
            return Some(Problem::new(
                "owner",
                format!("{} is no owner", quoted(&self.owner)),
                "name an organization, a group or a user as the host does",
            ));
        }
        (self.is_shared() && self.owner.contains('/')).then(|| {
            Problem::new(
                "owner",
                format!("{} is not at the top", quoted(&self.owner)),
                "one webhook for all is that of a top-level group; name that, or say `webhook: managed`",
            )
        })
    }

    fn is_shared(&self) -> bool {
        WEBHOOK_KINDS.kind(&self.webhook) == Some(v1::WebhookKind::Shared)
    }

    fn check_host(&self, records: &Snapshot) -> Option<Problem> {
        records.host(&self.host).is_none().then(|| {
            Problem::new(
                "host",
                format!("there is no host {}", quoted(&self.host)),
                "declare it, or use one that `sluice hosts list` shows",
            )
        })
    }

    /// A credential of another project that is not granted is as little there as none.
    fn check_credential(&self, project: &str, records: &Snapshot) -> Option<Problem> {
        let wrong = |what: String, remedy: &str| Some(Problem::new("credential", what, remedy));
        let (owner, name) = self
            .credential
            .split_once('/')
            .unwrap_or((project, &self.credential));
        let found = records.credential(owner, name);
        let found = found.filter(|found| is_there_for(found, project));
        let Some(found) = found else {
            let what = format!("there is no credential {}", quoted(&self.credential));
            return wrong(what, "declare it, or name one that is");
        };
        if found.host != self.host {
            let what = format!(
                "the credential {} is for the host {}",
                quoted(&self.credential),
                quoted(&found.host)
            );
            return wrong(what, "name one for this host");
        }
        if self.is_shared() && !may_open_all_of(found, project, &self.owner) {
            let what = format!(
                "{} is not for all that {} has, and one webhook for all tells of all",
                quoted(&self.credential),
                quoted(&self.owner)
            );
            return wrong(what, "name one that is, or say `webhook: managed`");
        }
        if found.kind() == CredentialKind::SshKey {
            let what = format!("{} is an SSH key", quoted(&self.credential));
            return wrong(
                what,
                "only a token or a password opens the API that lists repositories",
            );
        }
        None
    }
}

impl From<&v1::Import> for ImportSpec {
    fn from(import: &v1::Import) -> Self {
        let one = repository_of(import);
        Self {
            host: import.host.clone(),
            owner: import.owner.clone(),
            matching: import.r#match.clone(),
            credential: import.credential.clone(),
            webhook: WEBHOOK_KINDS.word(repository::webhook(&one)).to_owned(),
            mirror: MIRROR_KINDS.word(repository::mirror(&one)).to_owned(),
            level: ACCESS_LEVELS.word(repository::level(&one)).to_owned(),
            archived: import.archived,
            follow: import.follow,
        }
    }
}

/// A repository as the import registers it, but for what is its own.
pub fn repository_of(import: &v1::Import) -> v1::RegisteredRepository {
    v1::RegisteredRepository {
        project: import.project.clone(),
        host: import.host.clone(),
        credential: import.credential.clone(),
        mirror: import.mirror,
        webhook: import.webhook,
        level: import.level,
        import: import.name.clone(),
        ..v1::RegisteredRepository::default()
    }
}

fn check_match(pattern: &str) -> Option<Problem> {
    let odd = |character: char| character.is_control() || character.is_whitespace();
    (pattern.len() > MAX_MATCH || pattern.contains(odd)).then(|| {
        Problem::new(
            "match",
            format!("{} is no pattern of names", quoted(pattern)),
            format!("write it like `web-*`, with {MAX_MATCH} bytes at most"),
        )
    })
}

fn kind<K: Copy + PartialEq + Default>(
    place: &str,
    word: &str,
    words: &Words<K>,
    problems: &mut Vec<Problem>,
) -> K {
    words.kind(word).unwrap_or_else(|| {
        let remedy = format!("use one of {}", words.all());
        let what = format!("there is no {}", quoted(word));
        problems.push(Problem::new(place, what, remedy));
        K::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    fn records() -> Snapshot {
        let credential = |project: &str, name: &str, kind: CredentialKind| {
            Record::Credential(v1::Credential {
                name: name.into(),
                project: project.into(),
                host: "github".into(),
                kind: kind.into(),
                ..Default::default()
            })
        };
        [
            credential("default", "bot", CredentialKind::Token),
            credential("default", "key", CredentialKind::SshKey),
            credential("payments", "theirs", CredentialKind::Token),
        ]
        .into_iter()
        .collect()
    }

    fn spec() -> ImportSpec {
        let json = r#"{"host": "github", "owner": "acme", "credential": "bot"}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_left_out_is_what_most_want_and_what_is_asked_for_reads_back() {
        let import = spec().import("default", "acme", &records()).unwrap();
        assert_eq!(import.webhook(), v1::WebhookKind::Managed);
        assert_eq!(import.level(), v1::AccessLevel::Private);
        assert_eq!(ImportSpec::from(&import), spec());
    }

    #[test]
    fn what_makes_no_sense_is_said_with_what_to_do() {
        type Change = fn(&mut ImportSpec);
        let changes: &[(Change, &str)] = &[
            (|spec| spec.host = "none".into(), "no host"),
            (|spec| spec.owner = String::new(), "no owner"),
            (|spec| spec.owner = "a//b".into(), "no owner"),
            (|spec| spec.owner = "../../admin".into(), "no owner"),
            (
                |spec| (spec.owner, spec.webhook) = ("a/b".into(), "shared".into()),
                "not at the top",
            ),
            (|spec| spec.credential = "none".into(), "no credential"),
            (
                |spec| spec.credential = "payments/theirs".into(),
                "no credential",
            ),
            (|spec| spec.credential = "key".into(), "SSH key"),
            (|spec| spec.webhook = "maybe".into(), "no `maybe`"),
            (|spec| spec.matching = "a b".into(), "no pattern"),
            (|spec| spec.matching = "x".repeat(201), "no pattern"),
        ];
        for (change, says) in changes {
            let mut spec = spec();
            change(&mut spec);
            let problems = spec.import("default", "acme", &records()).unwrap_err();
            assert!(problems.to_string().contains(says), "{problems}");
        }
        let problems = spec().import("default", "No", &records()).unwrap_err();
        assert!(problems.to_string().contains("is not a name"));
    }
}
