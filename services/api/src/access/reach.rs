//! Which projects a request is about, and whether its token opens them.

use sluice_registry::{ACCESS_ROLES, DEFAULT_PROJECT};

use super::{Holder, forbidden};
use crate::{
    directory::Directory,
    operations::{Operation, Scope},
    parameters::Parameters,
    problem::Problem,
};

/// What a request is about, of what its token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The one project that it is about. Absent: all that the token opens.
    asked: Option<String>,
    /// The one project that the token opens. Empty: all.
    own: String,
}

/// Whether the holder of a token may do this, and with which projects.
///
/// What belongs to a project that the token does not open is not there for it: nobody learns which projects there are.
pub(crate) fn authorize(
    operation: &Operation,
    holder: &Holder,
    parameters: &Parameters,
    directory: &Directory,
) -> Result<Reach, Problem> {
    let named = parameters.text("project");
    let reach = Reach::find(operation.scope, holder, named, directory)?;
    authorize_role(operation, holder, parameters)?;
    Ok(reach)
}

/// Whether the holder's role is enough, for the operation and for the parameters that are given.
pub(crate) fn authorize_role(
    operation: &Operation,
    holder: &Holder,
    parameters: &Parameters,
) -> Result<(), Problem> {
    if operation.scope == Scope::System && !holder.opens_all() {
        return Err(forbidden(
            "this needs an access token that opens all projects",
        ));
    }
    let given = operation.parameters.iter();
    let given = given.filter(|parameter| parameters.is_given(parameter.name));
    let needed = given.map(|parameter| parameter.role).max();
    let needed = needed.map_or(operation.role, |needed| needed.max(operation.role));
    if holder.role() < needed {
        let (has, needs) = (ACCESS_ROLES.word(holder.role()), ACCESS_ROLES.word(needed));
        return Err(forbidden(format!(
            "this needs the role {needs}, and the access token has {has}"
        )));
    }
    Ok(())
}

impl Reach {
    pub(crate) fn find(
        scope: Scope,
        holder: &Holder,
        named: Option<&str>,
        directory: &Directory,
    ) -> Result<Self, Problem> {
        let own = holder.own();
        let usual = if own.is_empty() { DEFAULT_PROJECT } else { own };
        let asked = match scope {
            Scope::Project | Scope::Shown => Some(named.unwrap_or(usual)),
            Scope::Projects | Scope::AllShown => named,
            Scope::Everybody | Scope::System => None,
        };
        // Of another project what it shows to all may be seen, and not whether it is there.
        let shows = matches!(scope, Scope::Shown | Scope::AllShown);
        if let Some(asked) = asked {
            let opened = holder.opens(asked) && directory.has_project(asked);
            if !opened && (holder.opens(asked) || !shows) {
                return Err(no_project());
            }
        }
        Ok(Self {
            asked: asked.map(str::to_owned),
            own: own.to_owned(),
        })
    }

    /// The one project that it is about and that the token opens: where nothing is said, the token's own.
    pub(crate) fn opened(&self) -> Option<&str> {
        let own = Some(self.own.as_str()).filter(|own| !own.is_empty());
        self.asked.as_deref().or(own)
    }

    /// The project that something is done in.
    pub(crate) fn project(&self) -> &str {
        self.opened().unwrap_or(DEFAULT_PROJECT)
    }

    /// Whether a record of this project is among what is asked for. `shown`: its project shows it to all.
    pub(crate) fn sees(&self, project: &str, shown: bool) -> bool {
        let asked = self.asked.as_deref().is_none_or(|asked| asked == project);
        asked && (self.own.is_empty() || self.own == project || shown)
    }

    /// Whether records of these projects, from the first to the last, may be among what is asked for. `shown`: one of them is
    /// shown to all.
    pub(crate) fn may_see_between(&self, first: &str, last: &str, shown: bool) -> bool {
        let between = |project: &str| (first..=last).contains(&project);
        let asked = self.asked.as_deref().is_none_or(between);
        asked && (self.own.is_empty() || between(&self.own) || shown)
    }

    /// Whether it is about a project that the token does not open.
    pub(crate) fn is_foreign(&self) -> bool {
        let foreign = |asked: &String| !self.own.is_empty() && *asked != self.own;
        self.asked.as_ref().is_some_and(foreign)
    }
}

/// There is no such project, or the token does not open it: which of the two is nobody's business.
pub(crate) fn no_project() -> Problem {
    Problem::missing("project", "there is no such project").because_of_who_asks()
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::AccessToken;

    use super::*;

    fn find(own: &str, scope: Scope, named: Option<&str>) -> Result<Reach, Problem> {
        let holder = Holder::of(AccessToken {
            name: "ci".into(),
            project: own.into(),
            ..Default::default()
        });
        Reach::find(scope, &holder, named, &Directory::default())
    }

    fn project(own: &str, scope: Scope, named: Option<&str>) -> Option<Option<String>> {
        let reach = find(own, scope, named).ok()?;
        Some(reach.asked)
    }

    #[test]
    fn where_nothing_is_said_it_is_the_tokens_project_or_default_and_all_in_lists() {
        let default = Some(Some("default".to_owned()));
        for own in ["", "default"] {
            assert_eq!(project(own, Scope::Project, None), default);
            assert_eq!(project(own, Scope::Project, Some("default")), default);
            assert_eq!(project(own, Scope::Projects, None), Some(None));
            assert_eq!(project(own, Scope::System, None), Some(None));
        }
    }

    #[test]
    fn another_project_is_as_little_there_as_none() {
        for scope in [Scope::Project, Scope::Projects] {
            let other = find("payments", scope, Some("default")).unwrap_err();
            let none = find("payments", scope, Some("none")).unwrap_err();
            let gone = find("payments", scope, Some("payments")).unwrap_err();
            assert_eq!(other, no_project());
            assert_eq!([&none, &gone], [&other, &other]);
            assert_eq!(find("", scope, Some("none")), Err(no_project()));
        }
    }

    #[test]
    fn k3_of_another_project_only_what_it_shows_is_seen() {
        let own = find("default", Scope::AllShown, None).unwrap();
        assert!(own.sees("default", false) && own.sees("payments", true));
        assert!(!own.sees("payments", false));
        let other = find("default", Scope::Shown, Some("payments")).unwrap();
        assert!(other.sees("payments", true) && other.is_foreign());
        assert!(!other.sees("payments", false) && !other.sees("default", true));
        let all = find("", Scope::Projects, None).unwrap();
        assert!(all.sees("payments", false) && !all.is_foreign());
    }
}
