//! What becomes of repositories: where it is told, and what tells one happening from another.
//!
//! A new name is told under both names: whoever follows the old one learns where the repository went, and whoever follows
//! the new one where it came from. It is one event, with one id and one fact, and its two messages have two ids.

use crate::{
    Address, Fact, Subject,
    v1::{FieldChange, RepositoryAction, RepositoryEvent},
};

/// The fields of a repository, as [`FieldChange`] names them.
pub mod field {
    /// Its full name.
    pub const FULL_NAME: &str = "full_name";
    /// The name of its owner.
    pub const OWNER: &str = "owner";
    /// Who can see it, in the words of [`Visibility::word`](crate::v1::Visibility::word).
    pub const VISIBILITY: &str = "visibility";
    /// Short name of its default branch.
    pub const DEFAULT_BRANCH: &str = "default_branch";
    /// Whether it takes no pushes: `true` or `false`.
    pub const ARCHIVED: &str = "archived";
}

impl RepositoryAction {
    /// The field that it changes, and by which one such event is told from another. `None`: it comes once in the life of a
    /// repository, or is not known.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::Renamed | Self::Transferred => Some(field::FULL_NAME),
            Self::Archived | Self::Unarchived => Some(field::ARCHIVED),
            Self::VisibilityChanged => Some(field::VISIBILITY),
            Self::DefaultBranchChanged => Some(field::DEFAULT_BRANCH),
            Self::Created | Self::Deleted | Self::Unspecified => None,
        }
    }

    /// The action in subjects. What is not known has none.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Renamed => "renamed",
            Self::Transferred => "transferred",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
            Self::Deleted => "deleted",
            Self::VisibilityChanged => "visibility_changed",
            Self::DefaultBranchChanged => "default_branch_changed",
            Self::Unspecified => "",
        }
    }
}

impl RepositoryEvent {
    /// How it changed the field that its action is about.
    pub fn change(&self) -> Option<&FieldChange> {
        let field = self.action().field()?;
        self.changed.iter().find(|change| change.field == field)
    }

    /// The full name that the repository had before, where it has another now.
    pub fn old_name(&self) -> Option<&str> {
        let mut changed = self.changed.iter();
        let name = changed.find(|change| change.field == field::FULL_NAME)?;
        let old = name.from.as_deref().filter(|old| !old.is_empty())?;
        (name.to.as_deref() != Some(old)).then_some(old)
    }

    /// The full name that it gave the repository, if it gave it another.
    pub fn new_name(&self) -> Option<&str> {
        let change = self
            .change()
            .filter(|change| change.field == field::FULL_NAME);
        change?.to.as_deref()
    }

    /// Its subject under a name that the repository has or had.
    pub fn subject_at(&self, address: Address) -> Subject {
        Subject::new("git", address, "repository", self.action().word())
    }

    /// What happened, whichever road it came. `host` is the host's name, `repository_id` the host's own id.
    ///
    /// Who could see a repository before is left out: GitHub's webhooks do not say it. So is the host's time, which its
    /// API gives otherwise as soon as anything else has happened.
    pub fn fact(&self, host: &str, repository_id: &str) -> Fact {
        let change = self.change();
        let from = change.and_then(|change| change.from.as_deref());
        let to = change.and_then(|change| change.to.as_deref());
        let from = from.filter(|_| self.action() != RepositoryAction::VisibilityChanged);
        let [from, to] = [from, to].map(Option::unwrap_or_default);
        Fact::of_repository(host, repository_id, self.action(), from, to)
    }
}

/// The filter for everything that became of the repository of that name.
pub fn repository_filter(address: Address) -> String {
    // No encoded token is a wildcard, so it is put in afterwards.
    let any = Subject::new("git", address, "repository", "ANY").to_string();
    any.replace(".repository.ANY", ".repository.*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: RepositoryAction, changes: &[(&str, &str, &str)]) -> RepositoryEvent {
        let changes = changes.iter().map(|&(field, from, to)| FieldChange {
            field: field.into(),
            from: (!from.is_empty()).then(|| from.into()),
            to: Some(to.into()),
        });
        RepositoryEvent {
            action: action.into(),
            changed: changes.collect(),
            ..RepositoryEvent::default()
        }
    }

    fn fact(action: RepositoryAction, from: &str, to: &str) -> Fact {
        let field = action.field().unwrap_or_default();
        event(action, &[(field, from, to)]).fact("github", "42")
    }

    #[test]
    fn what_changed_tells_one_happening_from_another() {
        use RepositoryAction as A;
        let there = fact(A::Renamed, "a/b", "a/c");
        assert_eq!(there, fact(A::Renamed, "a/b", "a/c"));
        assert_ne!(there, fact(A::Renamed, "a/c", "a/b"));
        assert_ne!(there, fact(A::Transferred, "a/b", "a/c"));
        assert_ne!(
            fact(A::Archived, "false", "true"),
            fact(A::Unarchived, "true", "false")
        );
    }

    #[test]
    fn every_action_has_its_subject_in_the_table() {
        let kinds = crate::families::FAMILIES
            .iter()
            .flat_map(|family| family.kinds);
        let told = kinds.filter(|kind| kind.message == "sluice.v1.RepositoryEvent");
        let listed: Vec<_> = told.flat_map(|kind| kind.actions).copied().collect();
        let actions = (1..).map_while(|number| RepositoryAction::try_from(number).ok());
        let mut words: Vec<_> = actions.map(RepositoryAction::word).collect();
        assert_eq!(words.len(), listed.len());
        words.retain(|word| !listed.contains(word));
        assert!(words.is_empty(), "{words:?}");
    }

    #[test]
    fn who_could_see_it_before_is_no_part_of_the_fact() {
        let opened = |from| fact(RepositoryAction::VisibilityChanged, from, "public");
        assert_eq!(opened(""), opened("internal"));
        assert_ne!(
            opened(""),
            fact(RepositoryAction::VisibilityChanged, "", "private")
        );
    }

    #[test]
    fn only_another_name_is_an_old_one() {
        let renamed = |from, to| {
            let event = event(
                RepositoryAction::Renamed,
                &[(field::OWNER, "x", "y"), (field::FULL_NAME, from, to)],
            );
            event.old_name().map(str::to_owned)
        };
        assert_eq!(renamed("a/b", "a/c").as_deref(), Some("a/b"));
        assert_eq!(renamed("a/b", "a/b"), None);
        assert_eq!(renamed("", "a/b"), None);
        let unsaid = event(RepositoryAction::Renamed, &[(field::FULL_NAME, "", "a/b")]);
        assert_eq!(unsaid.new_name(), Some("a/b"));
        let opened = event(
            RepositoryAction::VisibilityChanged,
            &[(field::VISIBILITY, "", "public")],
        );
        assert_eq!((opened.old_name(), opened.new_name()), (None, None));
    }

    #[test]
    fn subjects_and_their_filter_agree() {
        let address = || Address::of("default", "github", "acme/repository.ANY");
        let subject = event(RepositoryAction::DefaultBranchChanged, &[]).subject_at(address());
        assert_eq!(
            subject.to_string(),
            "sluice.v1.git.default.github.acme.repository=2EANY.repository.default_branch_changed"
        );
        assert_eq!(
            repository_filter(address()),
            "sluice.v1.git.default.github.acme.repository=2EANY.repository.*"
        );
    }
}
