//! Whether a webhook works: something has come by it that its secret proves.

use sluice_events::{
    Timestamp,
    v1::{ConnectionProblem, ConnectionProblemKind, Hook, StepOutcome},
};
use sluice_hosts::{Problem, Proof};

use crate::{
    fault::{Fault, problem},
    handler::Connector,
    state::Standing,
    whose::{Spot, Whose},
};

/// Whether something has come by the webhook that it proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    Yes,
    NotYet,
}

impl Connector {
    /// Whether something has come by it; if not, the host is asked for a test.
    pub(super) async fn prove(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
    ) -> Result<Proved, Fault> {
        if self.note_proof(spot.whose, standing).await? {
            return Ok(Proved::Yes);
        }
        let Some(hook) = standing.record.hook.clone() else {
            return Ok(Proved::NotYet);
        };
        if spot.repository.is_none() && spot.opened.host.test_moves() {
            // It would make up a push of a repository that nobody can name before.
            let said = "unproved until the first delivery";
            standing.step("prove", StepOutcome::Running, said);
            return Ok(Proved::NotYet);
        }
        if spot.opened.host.pings_on_install() && self.is_young(&hook) {
            standing.step(
                "prove",
                StepOutcome::Running,
                "the host's first ping has not come yet",
            );
            return Ok(Proved::NotYet);
        }
        self.expect_test(spot).await?;
        let said = match spot.opened.api.test(&spot.place, &hook.id).await {
            Ok(Proof::Ping) => "the host was asked for a ping; nothing has come yet",
            Ok(Proof::Push { .. }) => "the host was asked for a test; nothing has come yet",
            Err(error) if error.problem == Problem::Empty => {
                "unproved until the first delivery: the host tests no empty repository"
            }
            Err(error) if error.problem == Problem::NotOffered => {
                "unproved until the first delivery"
            }
            // So some say that they could not reach us.
            Err(error) if error.problem == Problem::Refused => {
                standing.step("prove", StepOutcome::Failed, error.to_string());
                return Ok(Proved::NotYet);
            }
            Err(error) => {
                standing.step("prove", StepOutcome::Failed, error.to_string());
                return Err(error.into());
            }
        };
        standing.step("prove", StepOutcome::Running, said);
        Ok(Proved::NotYet)
    }

    /// Notes that something has come by it, if it has.
    pub(crate) async fn note_proof(
        &self,
        whose: Whose<'_>,
        standing: &mut Standing,
    ) -> Result<bool, Fault> {
        let Some(hook) = standing.record.hook.clone() else {
            return Ok(false);
        };
        let proved = hook.proved_at.is_some()
            || self
                .endpoints
                .is_proved(whose, &hook.endpoint, hook.secret_version)
                .await?;
        if proved && hook.proved_at.is_none() {
            if let Some(hook) = &mut standing.record.hook {
                hook.proved_at = Some(Timestamp::now());
            }
            standing.step(
                "prove",
                StepOutcome::Done,
                "a delivery has come and was proved",
            );
            self.endpoints.await_test(whose, None).await?;
        }
        if let Some(at) = hook.proved_at {
            standing.step("prove", StepOutcome::Done, format!("proved at {at}"));
        }
        Ok(proved)
    }

    /// Whether what the host sends by itself may still come.
    pub(crate) fn is_young(&self, hook: &Hook) -> bool {
        let until = hook.installed_at.map(|at| at.plus(self.limits.proof_pause));
        until.is_some_and(|until| Timestamp::now() < until)
    }
}

/// That nothing has come by a webhook yet.
pub(crate) fn unproved(standing: &Standing) -> ConnectionProblem {
    let known = standing
        .record
        .steps
        .iter()
        .find(|step| step.name == "prove");
    let message = known.map_or("nothing has come by its webhook yet", |step| &step.message);
    let remedy = "push something; if nothing comes then, check that the host reaches the address of its webhook";
    problem(ConnectionProblemKind::Hook, message, remedy)
}
