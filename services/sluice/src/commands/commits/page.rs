//! A commit as people read it: in a line, and on a page. All of it is foreign text, and escaped.

use sluice_daemon::escape;
use sluice_events::{
    Timestamp,
    v1::{
        CommitPerson, CommitRecord, CommitRecorded, PathStatus, PathsExtent, Push, RecordedCommit,
        RefMoved, Trust,
    },
};

/// How much of a sha a line has.
const SHORT: usize = 12;

/// The heading of [`row`].
pub(super) const HEADING: [&str; 5] = ["SHA", "COMMITTED", "AUTHOR", "REPOSITORY", "SUBJECT"];

/// What names a commit.
pub(super) fn sha(recorded: &RecordedCommit) -> String {
    parts(recorded).1.sha
}

/// A commit in a line of a table.
pub(super) fn row(recorded: &RecordedCommit) -> [String; 5] {
    let (record, commit) = parts(recorded);
    [
        commit.sha.chars().take(SHORT).collect(),
        commit.committer.as_ref().map(when).unwrap_or_default(),
        commit.author.unwrap_or_default().name,
        record.repository.unwrap_or_default().full_name,
        commit.message.lines().next().unwrap_or_default().to_owned(),
    ]
}

/// A commit on a page.
pub(super) fn page(recorded: &RecordedCommit) -> String {
    let (record, commit) = parts(recorded);
    let repository = record.repository.clone().unwrap_or_default();
    let mut page = Page::default();
    page.field("commit", &commit.sha);
    page.field(
        "repository",
        &format!("{} on {}", repository.full_name, repository.host),
    );
    page.field(
        "registered",
        &format!("{}/{}", recorded.project, record.name),
    );
    page.field("author", &person(commit.author.as_ref()));
    page.field("committer", &person(commit.committer.as_ref()));
    commit
        .parents
        .iter()
        .for_each(|parent| page.field("parent", parent));
    page.field("came with", &record.r#ref);
    page.field(
        "pushed",
        &record.push.as_ref().map(push).unwrap_or_default(),
    );
    let recorded_at = record.recorded_at.map(|at| at.to_string());
    page.field("recorded", &recorded_at.unwrap_or_default());
    recorded
        .reachable_from
        .iter()
        .for_each(|name| page.field("now on", name));
    recorded
        .taken_off
        .iter()
        .for_each(|moved| page.field("taken off", &taken_off(moved)));
    page.0.push('\n');
    commit
        .message
        .lines()
        .for_each(|line| page.line(&format!("    {line}")));
    if commit.message_truncated {
        page.line("    …");
    }
    page.0.push('\n');
    paths(&commit, &mut page);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0 += &escape::terminal(text);
        self.0.push('\n');
    }

    /// A line with a name, unless there is nothing to say.
    fn field(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name:<12} {value}"));
        }
    }
}

fn parts(recorded: &RecordedCommit) -> (CommitRecorded, CommitRecord) {
    let record = recorded.record.clone().unwrap_or_default();
    let commit = record.commit.clone().unwrap_or_default();
    (record, commit)
}

fn when(person: &CommitPerson) -> String {
    Timestamp::from_seconds(person.time).to_string()
}

fn person(person: Option<&CommitPerson>) -> String {
    person.map_or_else(String::new, |person| {
        format!(
            "{} <{}>  {} ({})",
            person.name,
            person.email,
            when(person),
            person.zone
        )
    })
}

fn push(push: &Push) -> String {
    let by = [&push.pusher, &push.actor].into_iter().flatten();
    let mut names = by.flat_map(|by| [&by.login, &by.name]);
    let by = names.find(|name| !name.is_empty());
    let by = by.map_or("somebody", String::as_str);
    let at = push.occurred_at.or(push.received_at);
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    let how = match (push.recovered, push.trust()) {
        (true, _) => "found by a sweep",
        (false, Trust::Signed) => "signed",
        (false, Trust::Host) => "told by the host",
        (false, Trust::Hint | Trust::Unspecified) => "a hint",
    };
    format!("by {by}{at} ({how})")
}

fn taken_off(moved: &RefMoved) -> String {
    let named = moved.r#move.clone().unwrap_or_default();
    let at = moved.recorded_at.map(|at| at.to_string());
    format!("{} at {}", named.r#ref, at.unwrap_or_default())
}

fn paths(commit: &CommitRecord, page: &mut Page) {
    let Some(changed) = &commit.paths else {
        return;
    };
    for path in &changed.paths {
        let letter = match path.status() {
            PathStatus::Added => "A",
            PathStatus::Modified => "M",
            PathStatus::Deleted => "D",
            PathStatus::Renamed => "R",
            PathStatus::TypeChanged => "T",
            PathStatus::Unspecified => "?",
        };
        let before = match path.old_path.as_str() {
            "" => String::new(),
            old => format!("{old} -> "),
        };
        page.line(&format!("{letter}  {before}{}", path.path));
    }
    match changed.extent() {
        PathsExtent::Known => {}
        PathsExtent::Truncated => page.line("…  more paths than are listed"),
        PathsExtent::Unspecified => page.line("?  nobody knows which paths"),
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{ChangedPath, ChangedPaths, Repository};

    use super::*;

    fn commit() -> RecordedCommit {
        let jane = CommitPerson {
            name: "Jane \u{1b}[31m".into(),
            email: "jane@acme.example".into(),
            time: 1_795_248_000,
            zone: "+0200".into(),
            ..Default::default()
        };
        let path = ChangedPath {
            status: PathStatus::Renamed.into(),
            path: "new\u{202e}".into(),
            old_path: "old".into(),
            ..Default::default()
        };
        RecordedCommit {
            project: "default".into(),
            reachable_from: vec!["refs/heads/ma\nin".into()],
            record: Some(CommitRecorded {
                name: "web".into(),
                repository: Some(Repository {
                    host: "github".into(),
                    full_name: "acme/web".into(),
                    ..Default::default()
                }),
                commit: Some(CommitRecord {
                    sha: "1a".repeat(20),
                    author: Some(jane.clone()),
                    committer: Some(jane),
                    message: "first line\r\n\nmore".into(),
                    paths: Some(ChangedPaths {
                        extent: PathsExtent::Truncated.into(),
                        paths: vec![path],
                    }),
                    ..Default::default()
                }),
                push: Some(Push {
                    trust: Trust::Signed.into(),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn a_row_has_what_a_commit_is_known_by() {
        let expected = [
            "1a1a1a1a1a1a",
            "2026-11-21T08:00:00Z",
            "Jane \u{1b}[31m",
            "acme/web",
            "first line",
        ];
        assert_eq!(row(&commit()), expected);
        assert_eq!(row(&RecordedCommit::default()), [""; 5]);
    }

    #[test]
    fn s29_a_page_says_everything_and_controls_nothing() {
        let page = page(&commit());
        for line in [
            "repository   acme/web on github",
            "registered   default/web",
            "author       Jane \\u{1b}[31m <jane@acme.example>  2026-11-21T08:00:00Z (+0200)",
            "pushed       by somebody (signed)",
            "now on       refs/heads/ma\\nin",
            "    more",
            "R  old -> new\\u{202e}",
            "…  more paths than are listed",
        ] {
            assert!(page.lines().any(|shown| shown == line), "{line}:\n{page}");
        }
    }
}
