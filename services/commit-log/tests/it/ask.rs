//! Asking the commit log, as the operator does.

use sluice_bus::{AskError, Bus, Refusal};
use sluice_events::{
    Call, CallKind,
    v1::{CommitPage, ListCommits, RecordedCommit, ShowCommit},
};

use crate::site::{PATIENCE, Site};

pub(crate) struct Asker<'s> {
    bus: &'s Bus,
    project: String,
}

impl Site {
    /// Somebody who asks about a project.
    pub(crate) fn ask(&self, project: &str) -> Asker<'_> {
        Asker {
            bus: &self.operator,
            project: project.to_owned(),
        }
    }
}

impl Asker<'_> {
    /// One page.
    pub(crate) async fn list(
        &self,
        change: impl FnOnce(&mut ListCommits),
    ) -> Result<CommitPage, Refusal> {
        let mut asked = ListCommits::default();
        change(&mut asked);
        let answer = self.bus.ask(&self.call("list"), &asked, PATIENCE).await;
        refused(answer)
    }

    /// The shas of one page.
    pub(crate) async fn shas(
        &self,
        change: impl FnOnce(&mut ListCommits),
    ) -> Result<Vec<String>, Refusal> {
        let page = self.list(change).await?;
        assert_eq!(page.next, "", "there is more");
        Ok(shas(&page))
    }

    /// Everything, page after page.
    pub(crate) async fn pages(&self, asked: &ListCommits) -> Result<Vec<RecordedCommit>, Refusal> {
        let mut asked = asked.clone();
        let mut all = Vec::new();
        loop {
            let page = self.list(|query| *query = asked.clone()).await?;
            let limit = usize::try_from(asked.limit).unwrap();
            assert!(limit == 0 || page.commits.len() <= limit);
            assert!(
                page.next.is_empty() || !page.commits.is_empty(),
                "a page without commits"
            );
            all.extend(page.commits);
            if page.next.is_empty() {
                return Ok(all);
            }
            asked.cursor = page.next;
        }
    }

    pub(crate) async fn show(
        &self,
        repository: &str,
        sha: &str,
    ) -> Result<RecordedCommit, Refusal> {
        let asked = ShowCommit {
            repository: repository.into(),
            host: String::new(),
            sha: sha.into(),
        };
        let answer = self.bus.ask(&self.call("show"), &asked, PATIENCE).await;
        refused(answer)
    }

    pub(crate) fn call(&self, verb: &str) -> Call {
        Call {
            kind: CallKind::Query,
            project: self.project.clone(),
            principal: "operator".into(),
            service: "commit-log".into(),
            verb: verb.into(),
        }
    }
}

fn refused<T>(answer: Result<T, AskError>) -> Result<T, Refusal> {
    answer.map_err(|error| match error {
        AskError::Refused(refusal) => refusal,
        other => Refusal::new(0, other.to_string()),
    })
}

/// The shas of a page.
pub(crate) fn shas(page: &CommitPage) -> Vec<String> {
    page.commits.iter().map(sha).collect()
}

/// The sha of a commit that was shown.
pub(crate) fn sha(commit: &RecordedCommit) -> String {
    let record = commit.record.as_ref().unwrap();
    record.commit.as_ref().unwrap().sha.clone()
}
