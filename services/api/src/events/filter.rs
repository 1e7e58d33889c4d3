//! Which events are wanted, as a subject with wildcards. For a token of one project that always stands in it.

use sluice_events::{families::FAMILIES, token, v1::RefKind};
use sluice_registry::DEFAULT_PROJECT;

use crate::{directory::Directory, parameters::Parameters, problem::Problem};

/// What is wanted. Tokens; absent is any.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    project: Option<String>,
    host: Option<String>,
    owner: Option<String>,
    repository: Option<String>,
    /// `branch`, `change` and so on.
    name: Option<&'static str>,
    action: Option<&'static str>,
    /// The ref that branch and tag events end in.
    short_ref: Option<String>,
}

impl Filter {
    /// Reads what is wanted.
    pub(super) fn read(
        asked: &Parameters,
        project: Option<&str>,
        directory: &Directory,
    ) -> Result<Self, Problem> {
        let mut filter = Self {
            project: project.map(token::encode),
            host: asked.text("host").map(token::encode),
            ..Self::default()
        };
        if let Some(repository) = asked.text("repository") {
            filter.of_repository(repository, project, directory)?;
        }
        if let Some(kind) = asked.text("kind") {
            filter.of_kind(kind)?;
        }
        if let Some(full) = asked.text("ref") {
            filter.of_ref(full)?;
        }
        Ok(filter)
    }

    /// By its name in the registry, else by its full name: what was never registered has events, too. A name is one of
    /// the project `default` where no project is said.
    fn of_repository(
        &mut self,
        named: &str,
        project: Option<&str>,
        directory: &Directory,
    ) -> Result<(), Problem> {
        let project = project.unwrap_or(DEFAULT_PROJECT);
        let registered = directory.repository(project, named);
        let full_name = match &registered {
            Some(repository) => {
                let host = token::encode(&repository.host);
                if self.host.as_ref().is_some_and(|asked| *asked != host) {
                    let detail = format!("`{named}` is on host `{}`", repository.host);
                    return Err(Problem::parameter("host", detail));
                }
                self.host = Some(host);
                self.project = Some(token::encode(project));
                &repository.full_name
            }
            None => named,
        };
        let Some((owner, repository)) = full_name.split_once('/') else {
            let detail = "there is no repository of that name; a full name has a slash";
            return Err(Problem::missing("repository", detail));
        };
        self.owner = Some(token::encode(owner));
        self.repository = Some(token::encode(repository));
        Ok(())
    }

    fn of_kind(&mut self, kind: &str) -> Result<(), Problem> {
        let (name, action) = match kind.split_once('.') {
            Some((name, action)) => (name, Some(action)),
            None => (kind, None),
        };
        let git = FAMILIES.iter().filter(|family| family.name == "git");
        let mut kinds = git.flat_map(|family| family.kinds);
        let known = kinds.clone().find(|known| known.name == name);
        let found = known.and_then(|known| match action {
            None => Some((known.name, None)),
            Some(action) => {
                let action = known.actions.iter().find(|known| **known == action)?;
                Some((known.name, Some(*action)))
            }
        });
        let (name, action) = found.ok_or_else(|| {
            let names: Vec<_> = kinds
                .by_ref()
                .map(|kind| format!("{}[.{}]", kind.name, kind.actions.join("|")))
                .collect();
            let detail = format!("there is no such kind; there are {}", names.join(", "));
            Problem::parameter("kind", detail)
        })?;
        (self.name, self.action) = (Some(name), action);
        Ok(())
    }

    fn of_ref(&mut self, full: &str) -> Result<(), Problem> {
        let kinds = [
            ("refs/heads/", "branch", RefKind::Branch),
            ("refs/tags/", "tag", RefKind::Tag),
        ];
        let found = kinds.iter().find(|(begin, ..)| full.starts_with(begin));
        let detail = "give a full name, refs/heads/… or refs/tags/…";
        let (_, name, kind) = found.ok_or_else(|| Problem::parameter("ref", detail))?;
        if self.name.is_some_and(|wanted| wanted != *name) {
            let detail = format!("it is a {name}, and `kind` says otherwise");
            return Err(Problem::parameter("ref", detail));
        }
        self.name = Some(name);
        let [_, short] = sluice_events::ref_qualifiers(*kind, full, "");
        self.short_ref = Some(token::encode(short));
        Ok(())
    }

    /// The subject.
    pub(super) fn subject(&self) -> String {
        let any = |token: &Option<String>| token.clone().unwrap_or_else(|| "*".to_owned());
        let place = [&self.project, &self.host, &self.owner, &self.repository].map(any);
        let place = format!("sluice.v1.git.{}", place.join("."));
        let Some(name) = self.name else {
            return format!("{place}.>");
        };
        let action = self.action.unwrap_or("*");
        match (&self.short_ref, name, self.action) {
            (Some(short), ..) => format!("{place}.{name}.{action}.*.{short}"),
            (None, _, None) => format!("{place}.{name}.>"),
            // These have the branch's standing and its name behind.
            (None, "branch" | "tag", Some(action)) => format!("{place}.{name}.{action}.*.*"),
            (None, _, Some(action)) => format!("{place}.{name}.{action}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::parameters::{HOST, KIND, REF, REPOSITORY};

    fn filter(query: &str) -> Result<String, Problem> {
        let asked = Parameters::read(query, &[&HOST, &REPOSITORY, &KIND, &REF])?;
        let filter = Filter::read(&asked, Some("a.b"), &Directory::default())?;
        Ok(filter.subject())
    }

    #[test]
    fn the_project_stands_in_every_filter() {
        for (query, rest) in [
            ("", "*.*.*.>"),
            ("host=github", "github.*.*.>"),
            ("host=*", "=2A.*.*.>"),
            ("repository=acme/web", "*.acme.web.>"),
            ("repository=acme/a/b.c", "*.acme.a/b=2Ec.>"),
            ("kind=branch", "*.*.*.branch.>"),
            ("kind=branch.updated", "*.*.*.branch.updated.*.*"),
            ("kind=change.merged", "*.*.*.change.merged"),
            ("ref=refs/heads/a.b", "*.*.*.branch.*.*.a=2Eb"),
            (
                "ref=refs/tags/v1&kind=tag.created",
                "*.*.*.tag.created.*.v1",
            ),
        ] {
            let expected = format!("sluice.v1.git.a=2Eb.{rest}");
            assert_eq!(filter(query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn what_is_no_filter_is_named() {
        for (query, name) in [
            ("kind=push", "kind"),
            ("kind=branch.merged", "kind"),
            ("kind=branch.>", "kind"),
            ("kind=*", "kind"),
            ("ref=main", "ref"),
            ("ref=refs/heads/x&kind=tag", "ref"),
        ] {
            let problem = filter(query).unwrap_err();
            assert_eq!(problem, Problem::parameter(name, problem.to_string()));
        }
        let problem = filter("repository=web").unwrap_err();
        assert_eq!(problem, Problem::missing("repository", problem.to_string()));
    }
}
