//! Why some recordings are read otherwise than by the other implementation, or not at all.

use std::collections::BTreeSet;

/// A reason and what it explains: payloads, each with the field that differs or with what is wrong with it.
type Explained = (&'static str, &'static [(&'static str, &'static str)]);

const DIFFERENT: &[Explained] = &[
    (
        "GitHub's `create` and `delete` carry no object id: the push beside them says it all",
        &[
            ("github/drone-go-scm/branch_create.json", "kind"),
            ("github/drone-go-scm/branch_delete.json", "kind"),
            ("github/drone-go-scm/tag_create.json", "kind"),
            ("github/drone-go-scm/tag_delete.json", "kind"),
            ("github/jenkins-x-go-scm/tag_create.json", "kind"),
            ("github/jenkins-x-go-scm/tag_delete.json", "kind"),
        ],
    ),
    (
        "Gitea of 2017 sent `create` without an object id, and a push beside it",
        &[("gitea/drone-go-scm/branch_create.json", "kind")],
    ),
    (
        "a review is not modelled; the other implementation takes it for an event of the pull request",
        &[("github/drone-go-scm/pr_review_submitted.json", "kind")],
    ),
];

const NOT_UNDERSTOOD: &[Explained] = &[
    (
        "the test's author left the repository's full name out",
        &[
            ("github/drone-go-scm/check_run.json", NO_NAME),
            (
                "github/drone-go-scm/merge_group_checks_requested.json",
                NO_NAME,
            ),
            ("github/drone-go-scm/merge_group_destroyed.json", NO_NAME),
            ("github/drone-go-scm/status.json", NO_NAME),
        ],
    ),
    (
        "the test's author wrote a body with nothing but what the test needs",
        &[(
            "github/tekton-triggers/curl.pull_request.json",
            "pull_request.head: missing field `ref`",
        )],
    ),
    (
        "the test's author sent the action as the event; Gitea sends `pull_request_approved`",
        &[(
            "gitea/jenkins-x-go-scm/review_approved.json",
            "the body is one of another kind",
        )],
    ),
    (
        "GitLab of 2017 did not say which project it was",
        &[(
            "gitlab/flow-core-x/2017.webhook_pr_open.json",
            "missing field `project`",
        )],
    ),
    (
        "copied from a page of the documentation where the names of fields end with a blank",
        &[(
            "gitlab/xanzy-go-gitlab/group_merge_request.json",
            "object_attributes: missing field `iid`",
        )],
    ),
];

const NO_NAME: &str = "repository: missing field `full_name`";

/// What was met of the tables, and what is in none of them.
#[derive(Default)]
pub(crate) struct Explanations {
    used: BTreeSet<(&'static str, &'static str)>,
    unexplained: BTreeSet<String>,
}

impl Explanations {
    pub(crate) fn differs(&mut self, path: &str, field: &str) {
        self.explain(DIFFERENT, path, field);
    }

    pub(crate) fn not_understood(&mut self, path: &str, problem: &str) {
        self.explain(NOT_UNDERSTOOD, path, problem);
    }

    fn explain(&mut self, table: &'static [Explained], path: &str, what: &str) {
        let mut rows = table.iter().flat_map(|(_, rows)| *rows);
        match rows.find(|&&row| row == (path, what)) {
            Some(&row) => drop(self.used.insert(row)),
            None => drop(self.unexplained.insert(format!("{path}: {what}"))),
        }
    }

    /// Fails if something is unexplained or an explanation is not needed. Returns how many there are.
    pub(crate) fn used_up(self) -> usize {
        let unexplained: Vec<_> = self.unexplained.into_iter().collect();
        assert!(
            unexplained.is_empty(),
            "unexplained:\n{}",
            unexplained.join("\n")
        );
        let rows = DIFFERENT
            .iter()
            .chain(NOT_UNDERSTOOD)
            .flat_map(|(_, rows)| *rows);
        let unused: Vec<_> = rows.filter(|row| !self.used.contains(row)).collect();
        assert!(unused.is_empty(), "no longer so: {unused:?}");
        self.used.len()
    }
}

#[test]
#[should_panic(expected = "unexplained:\ngithub/planted.json: title")]
fn what_is_in_no_table_fails() {
    let mut explanations = Explanations::default();
    explanations.differs("github/planted.json", "title");
    explanations.used_up();
}

#[test]
#[should_panic(expected = "no longer so")]
fn what_is_in_a_table_for_nothing_fails() {
    Explanations::default().used_up();
}
