//! The events that a hook can listen to, and what becomes of those that were asked for.

use crate::Kind;

/// In the order in which they are told, whatever the order in which they were asked for.
const EVENTS: &[&str] = &[
    "create",
    "delete",
    "fork",
    "issue_assign",
    "issue_comment",
    "issue_label",
    "issue_milestone",
    "issues",
    "package",
    "pull_request",
    "pull_request_assign",
    "pull_request_comment",
    "pull_request_label",
    "pull_request_milestone",
    "pull_request_review",
    "pull_request_review_request",
    "pull_request_sync",
    "push",
    "release",
    "repository",
    "status",
    "wiki",
    "workflow_job",
    "workflow_run",
];

/// Forgejo's own.
const FORGEJO: &[&str] = &[
    "action_run_failure",
    "action_run_recover",
    "action_run_success",
];

/// What a hook listens to from then on: nothing asked for is `push`, what is unknown is dropped, and `issues` and
/// `pull_request` are all events of their kind, unless they are asked for as `issues_only` and `pull_request_only`.
pub(super) fn chosen(asked: &[&str], kind: Kind) -> Vec<String> {
    let asked = if asked.is_empty() { &["push"] } else { asked };
    let has = |name: &str| asked.iter().any(|event| event.eq_ignore_ascii_case(name));
    let own = FORGEJO.iter().filter(|_| kind == Kind::Forgejo);
    let chosen = EVENTS.iter().chain(own).filter(|event| match **event {
        "issues" => has("issues") || has("issues_only"),
        "pull_request" => has("pull_request") || has("pull_request_only"),
        event if event.starts_with("issue_") => has(event) || has("issues"),
        event if event.starts_with("pull_request_") => has(event) || has("pull_request"),
        event => has(event),
    });
    chosen.map(|event| (*event).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_events_bring_others_along() {
        for (asked, expected) in [
            (&[] as &[&str], &["push"] as &[&str]),
            (&["pusch"], &[]),
            (&["push", "create"], &["create", "push"]),
            (&["issues_only"], &["issues"]),
            (
                &["issues"],
                &[
                    "issue_assign",
                    "issue_comment",
                    "issue_label",
                    "issue_milestone",
                    "issues",
                ],
            ),
            (
                &["pull_request_sync", "PUSH"],
                &["pull_request_sync", "push"],
            ),
        ] {
            assert_eq!(chosen(asked, Kind::Gitea), expected, "{asked:?}");
        }
        assert_eq!(chosen(&["pull_request"], Kind::Gitea).len(), 8);
        assert_eq!(chosen(&["action_run_success"], Kind::Gitea).len(), 0);
        assert_eq!(chosen(&["action_run_success"], Kind::Forgejo).len(), 1);
    }
}
