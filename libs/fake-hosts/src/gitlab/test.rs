//! Trying a hook: a made-up event is sent at once, and the answer to it decides.

use serde_json::json;

use super::{GitLab, hooks::FLAGS, payload, problem, wrong};
use crate::{
    Delivery, Kind, deliver,
    http::Answer,
    push::Moved,
    serve::{Outcome, Reply},
    state::Scope,
};

impl GitLab<'_> {
    /// A push of the default branch, made up of what is there. Other events need things that no project here has.
    pub(super) fn test(&self, id: u64, trigger: &str) -> Outcome {
        if !FLAGS.contains(&trigger) {
            return Err(wrong("trigger does not have a valid value"));
        }
        let hook = self.hook(id)?;
        let repository = match hook.scope {
            Scope::Repository(id) => Some(id),
            Scope::Owner(group) => {
                let mut all = self.state.repositories.iter();
                all.find(|found| found.owner == group).map(|found| found.id)
            }
        };
        let pushed = match trigger {
            "push_events" | "tag_push_events" => repository.and_then(|id| self.sample(id)),
            _ => {
                return Err(problem(
                    422,
                    "Ensure the project has what the trigger is about.",
                ));
            }
        };
        let missing = || problem(422, "Ensure the project has at least one commit.");
        let moved = pushed.ok_or_else(missing)?;
        let message = payload::push(self.state, &moved, trigger);
        let order = deliver::compose(self.state, hook, &message, None);
        Ok(Reply::judged(order, tested))
    }

    /// From where the branch was when it was pushed last; if nobody has seen it move, from where it is.
    fn sample(&self, id: u64) -> Option<Moved> {
        let project = self.state.repository(id)?;
        let after = project.head(&project.default_branch)?.to_owned();
        let full_ref = format!("refs/heads/{}", project.default_branch);
        let last = project.last_push.as_ref();
        let before = last.filter(|(pushed, _)| *pushed == full_ref);
        let before = before.map(|(_, before)| before.clone());
        Some(Moved {
            repository: id,
            full_ref,
            before: before.unwrap_or_else(|| after.clone()),
            after,
            by: self.caller.login().unwrap_or_default().to_owned(),
        })
    }
}

/// 201 if the receiver took it, else 422.
fn tested(delivery: &Delivery) -> Answer {
    match Kind::GitLab.takes_for_success(delivery.status) {
        true => problem(201, "201 Created"),
        false => {
            let said = delivery.answer_body.chars().take(200).collect::<String>();
            Answer::json(422, &json!({"message": said}))
        }
    }
}
