//! A webhook at its host, a repository's or an owner's: there, right, and proved.
//!
//! Before a call that may change something at the host, what it is about stands in the record as an intent. Where its
//! outcome is not known (no answer came, or we died), the host's hooks are listed: what has our address and is none
//! that we know of was made by that call. It is kept if it can be the one, and else removed before another one is made.

pub(crate) mod age;
mod install;
mod prove;

pub(crate) use install::Found;
pub(crate) use prove::{Proved, unproved};
use sluice_events::v1::{ConnectionProblemKind, Hook, StepOutcome};
use sluice_hosts::{HookState, PlaceSort};

use crate::{fault::Fault, handler::Connector, report::Report, state::Standing, whose::Spot};

impl Connector {
    /// Sees to it that the webhook is there, and is the only one.
    pub(crate) async fn keep_hook(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
    ) -> Result<Proved, Fault> {
        let base = self.base()?;
        has_right(spot, standing)?;
        let listed = self.investigate(spot, standing, Found::Kept).await?;
        let wrong = self.wrong(spot, standing, base, listed).await?;
        if let Some(wrong) = wrong {
            self.install(spot, standing, base, wrong).await?;
        }
        self.remove_obsolete(spot, standing).await?;
        self.prove(spot, standing).await
    }

    /// Address that hosts reach us by.
    fn base(&self) -> Result<&str, Fault> {
        if self.hooks_url.is_empty() {
            return Err(Fault::mend(
                ConnectionProblemKind::Settings,
                "nobody has said by which address hosts reach us, so no webhook can be installed",
                "set `hooks-url` of the connector, such as https://hooks.example.org",
            ));
        }
        Ok(&self.hooks_url)
    }

    /// What is wrong with the webhook that we have: then it is made anew. `None`: nothing. `listed`: what the host lists, where
    /// that is known.
    async fn wrong(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
        base: &str,
        listed: Option<Vec<sluice_hosts::Hook>>,
    ) -> Result<Option<Wrong>, Fault> {
        let Some(hook) = standing
            .record
            .hook
            .clone()
            .filter(|hook| !hook.id.is_empty())
        else {
            return Ok(Some(Wrong::Missing));
        };
        if standing
            .record
            .requests
            .iter()
            .any(|request| request.verb == "renew")
        {
            return Ok(Some(Wrong::Because("a new one was asked for".into())));
        }
        if let Some(until) = age::is_over(&hook) {
            let reason = format!("it was to be used until {until}");
            return Ok(Some(Wrong::Because(reason)));
        }
        if hook.base != base {
            return Ok(Some(Wrong::Because(
                "hosts reach us by another address now".into(),
            )));
        }
        let listed = match listed {
            Some(listed) => listed,
            None => spot.opened.api.list(&spot.place).await?,
        };
        let Some(found) = listed.into_iter().find(|found| found.id == hook.id) else {
            standing.record.hook = None;
            return Ok(Some(Wrong::Because("it was gone at the host".into())));
        };
        // What the host did not take when it was installed, it does not know: to ask again would never end.
        let lacks = hook
            .events
            .iter()
            .any(|event| !found.events.contains(event));
        if lacks {
            return Ok(Some(Wrong::Because("it was not told of all events".into())));
        }
        if !self.accepts(spot, &hook).await? {
            let reason = "its endpoint does not accept its secret any more";
            return Ok(Some(Wrong::Because(reason.into())));
        }
        let (state, disabled) = state_of(&found.state, found.active);
        standing.step("install", StepOutcome::Done, "it is there");
        if let Some(hook) = &mut standing.record.hook {
            hook.state = state;
        }
        Ok(disabled.map(Wrong::Because))
    }

    /// Whether what comes by it is taken, and will be.
    async fn accepts(&self, spot: &Spot<'_>, hook: &Hook) -> Result<bool, Fault> {
        let Some(endpoint) = self.endpoints.made_for(spot.whose).await? else {
            return Ok(false);
        };
        if endpoint.record.disabled {
            let what = format!("its endpoint `{}` is disabled", endpoint.record.name);
            let remedy = "declare it with `disabled: false`, or remove the repository";
            return Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy));
        }
        let mut secrets = endpoint.record.secrets.iter();
        Ok(secrets
            .any(|secret| secret.version == hook.secret_version && secret.accept_until.is_none()))
    }

    /// Removes what is ours and not needed any more.
    pub(crate) async fn remove_obsolete(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
    ) -> Result<(), Fault> {
        while let Some(hook) = standing.record.obsolete.first().cloned() {
            spot.opened.api.remove(&spot.place, &hook.id).await?;
            let report = Report {
                bus: &self.bus,
                whose: spot.whose,
            };
            report.removed(&hook).await?;
            standing.record.obsolete.remove(0);
            self.connections.write(standing).await?;
        }
        Ok(())
    }
}

/// Why a webhook is installed.
enum Wrong {
    /// There is none yet.
    Missing,
    /// Something is wrong with the one that is there.
    Because(String),
}

impl Wrong {
    fn reason(&self) -> Option<&str> {
        match self {
            Wrong::Missing => None,
            Wrong::Because(reason) => Some(reason),
        }
    }
}

fn has_right(spot: &Spot<'_>, standing: &mut Standing) -> Result<(), Fault> {
    let Some(missing) = spot.lacks() else {
        let said = spot
            .repository
            .map(|repository| repository.rights.said.as_str());
        standing.step("rights", StepOutcome::Done, said.unwrap_or_default());
        return Ok(());
    };
    standing.step("rights", StepOutcome::Failed, &missing);
    let otherwise = match spot.place.sort() {
        PlaceSort::Repository => "install the webhook by hand: `webhook: manual`",
        PlaceSort::Owner => "say `webhook: managed`: each repository gets one of its own",
    };
    let over = standing.record.hook.as_ref().and_then(age::is_over);
    let what = match over {
        None => format!("its webhook cannot be installed: the credential {missing}"),
        Some(until) => format!(
            "its webhook was to be used until {until}, and no other can be installed: the credential {missing}"
        ),
    };
    Err(Fault::mend(
        ConnectionProblemKind::Rights,
        what,
        format!("give it what is missing, or {otherwise}"),
    ))
}

/// How a hook fares in the host's words, and what is wrong if it has to be made anew.
fn state_of(state: &HookState, active: bool) -> (String, Option<String>) {
    match state {
        _ if !active => (
            "switched off".into(),
            Some("it was switched off at the host".into()),
        ),
        HookState::Unknown => (String::new(), None),
        HookState::Working => ("working".into(), None),
        HookState::Failing { why, until: None } => (format!("failing: {why}"), None),
        HookState::Failing {
            why,
            until: Some(until),
        } => (
            format!("failing: {why}; the host tries again at {until}"),
            None,
        ),
        HookState::Disabled { why } => (
            format!("disabled: {why}"),
            Some(format!("the host had disabled it: {why}")),
        ),
    }
}
