//! Trying a hook of a repository.

use super::{Gitea, not_found, payload, problem};
use crate::{
    Kind, deliver,
    http::Answer,
    push::Moved,
    serve::{Outcome, Reply},
};

impl Gitea<'_> {
    /// Sends a push that moves nothing, of the default branch, or of what `ref` says, as it says it. A hook that does not
    /// listen to pushes, or is not active, is sent nothing, and the answer is the same.
    pub(super) fn test(&self, id: u64, repository: u64) -> Outcome {
        let found = self.state.repository(repository).ok_or_else(not_found)?;
        let full_ref = self.request.parameter("ref");
        let full_ref = full_ref.filter(|name| !name.is_empty());
        let default = || format!("refs/heads/{}", found.default_branch);
        let full_ref = full_ref.unwrap_or_else(default);
        let Some(head) = found.head(&found.default_branch) else {
            return Err(match self.state.kind {
                Kind::Forgejo => problem(500, "object does not exist"),
                _ => not_found(),
            });
        };
        let short = full_ref.strip_prefix("refs/heads/").unwrap_or(&full_ref);
        let head = found.head(short).unwrap_or(head).to_owned();
        let moved = Moved {
            repository,
            full_ref,
            before: head.clone(),
            after: head,
            by: self.signed_in()?.to_owned(),
        };
        let hook = self.hook(id)?;
        let answer = Answer::empty(204);
        if !hook.active || !hook.events.iter().any(|event| event == "push") {
            return Ok(answer.into());
        }
        let message = payload::push(self.state, &moved);
        let order = deliver::compose(self.state, hook, &message, None);
        Ok(Reply::and_then(answer, order))
    }
}
