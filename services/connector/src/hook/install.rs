//! Installing a webhook: the intent first, then the call, then what it came to; and finding out what became of a call
//! without an answer.

use std::time::Duration;

use sluice_events::{
    Timestamp,
    v1::{Hook, HookAction, HookIntent, HookTest, StepOutcome},
};
use sluice_hosts::NewHook;
use sluice_registry::hook_secret_kinds;

use super::Wrong;
use crate::{
    endpoint::address, fault::Fault, handler::Connector, report::Report, state::Standing,
    whose::Spot,
};

/// How long gateways may take to learn of an endpoint, by their watch: what the host sends at once shall find it there.
const LEARNT: Duration = Duration::from_millis(200);

/// How long after a test what it sends may come, in seconds.
const TEST: i64 = 120;

/// What is done with a webhook that was made by a call without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is the one, if there is no other.
    Kept,
    /// It is removed.
    Removed,
}

impl Connector {
    /// Finds out what became of a call without an answer. Returns what the host lists, where it was asked.
    pub(crate) async fn investigate(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
        made: Found,
    ) -> Result<Option<Vec<sluice_hosts::Hook>>, Fault> {
        let Some(intent) = standing.record.intent.clone() else {
            return Ok(None);
        };
        let mut listed = None;
        if intent.action() == HookAction::Install
            && let Some(tried) = &intent.hook
            && let Some(endpoint) = self.endpoints.made_for(spot.whose).await?
        {
            let hooks = spot.opened.api.list(&spot.place).await?;
            let address = address(&tried.base, &endpoint.record.id, &intent.mark);
            let known = standing.record.hook.as_ref().map(|hook| hook.id.clone());
            for found in &hooks {
                if !is_beside(&found.url, &address) || Some(&found.id) == known.as_ref() {
                    continue;
                }
                let hook = Hook {
                    id: found.id.clone(),
                    ..tried.clone()
                };
                let wanted = spot.opened.host.events(spot.place.sort());
                let is_told = |event: &&str| found.events.iter().any(|told| told == event);
                let is_right =
                    found.active && found.secret_set != Some(false) && wanted.iter().all(is_told);
                let is_it = made == Found::Kept
                    && standing.record.hook.is_none()
                    && hook.secret_version != 0
                    && found.url == address
                    && is_right;
                if is_it {
                    let hook = Hook {
                        events: found.events.clone(),
                        installed_at: intent.begun_at,
                        ..hook
                    };
                    let report = Report {
                        bus: &self.bus,
                        whose: spot.whose,
                    };
                    report.installed(&hook, None).await?;
                    standing.record.hook = Some(hook);
                } else {
                    standing.record.obsolete.push(hook);
                }
            }
            listed = Some(hooks);
        }
        standing.record.intent = None;
        self.connections.write(standing).await?;
        Ok(listed)
    }

    /// Installs a new one; the old one, if there is one, is removed after it.
    pub(super) async fn install(
        &self,
        spot: &Spot<'_>,
        standing: &mut Standing,
        base: &str,
        wrong: Wrong,
    ) -> Result<(), Fault> {
        standing.step("install", StepOutcome::Running, "");
        // Read before the webhook is there: what it tells leads away from here.
        let test = self.test_of(spot).await?;
        let kinds = hook_secret_kinds(&spot.whose.host().provider);
        let in_force = standing.record.hook.as_ref();
        let in_force = in_force.map(|hook| hook.secret_version);
        let prepared = self.endpoints.prepare(spot.whose, kinds, in_force).await?;
        self.endpoints.await_test(spot.whose, test).await?;
        let mut hook = Hook {
            endpoint: prepared.record.name.clone(),
            base: base.to_owned(),
            secret_version: prepared.only_version().unwrap_or_default(),
            ..Hook::default()
        };
        standing.record.intent = Some(HookIntent {
            action: HookAction::Install.into(),
            hook: Some(hook.clone()),
            begun_at: Some(Timestamp::now()),
            mark: prepared.mark().to_owned(),
        });
        self.connections.write(standing).await?;
        tokio::time::sleep(LEARNT).await;
        let new = NewHook {
            url: prepared.address(base),
            secrets: prepared.candidates(),
        };
        let installed = match spot.opened.api.install(&spot.place, &new).await {
            Ok(installed) => installed,
            Err(error) => {
                if !error.may_have_happened() {
                    standing.record.intent = None;
                    let settled = self.endpoints.settle(spot.whose, &prepared, None, in_force);
                    settled.await?;
                }
                standing.step("install", StepOutcome::Failed, error.to_string());
                return Err(error.into());
            }
        };
        hook.id = installed.hook.id;
        hook.events = installed.hook.events;
        hook.installed_at = Some(Timestamp::now());
        hook.secret_version = prepared.version_of(installed.secret);
        let taken = Some(installed.secret);
        let settled = self.endpoints.settle(spot.whose, &prepared, taken, None);
        settled.await?;
        let report = Report {
            bus: &self.bus,
            whose: spot.whose,
        };
        report.installed(&hook, wrong.reason()).await?;
        let old = standing.record.hook.replace(hook);
        let old = old.filter(|old| !old.id.is_empty());
        standing.record.obsolete.extend(old);
        standing.record.intent = None;
        standing.step(
            "install",
            StepOutcome::Done,
            wrong.reason().unwrap_or("installed"),
        );
        self.connections.write(standing).await?;
        Ok(())
    }

    /// Sees to it that a test is known for one, should the host's be a push that nothing marks as one.
    pub(super) async fn expect_test(&self, spot: &Spot<'_>) -> Result<(), Fault> {
        if !spot.opened.host.test_moves() {
            return Ok(());
        }
        let endpoint = self.endpoints.made_for(spot.whose).await?;
        let awaited = endpoint.and_then(|endpoint| endpoint.record.test?.until);
        let soon = Timestamp::now().plus(Duration::from_secs(TEST.unsigned_abs() / 2));
        if awaited.is_some_and(|until| until > soon) {
            return Ok(());
        }
        let test = self.test_of(spot).await?;
        self.endpoints.await_test(spot.whose, test).await?;
        tokio::time::sleep(LEARNT).await;
        Ok(())
    }

    /// What a test would say, should the host's test be a push that nothing marks as one.
    async fn test_of(&self, spot: &Spot<'_>) -> Result<Option<HookTest>, Fault> {
        let Some(repository) = spot.repository.filter(|_| spot.opened.host.test_moves()) else {
            return Ok(None);
        };
        if repository.empty == Some(true) || repository.default_branch.is_empty() {
            return Ok(None);
        }
        let branch = &repository.default_branch;
        let head = spot
            .opened
            .api
            .head_of(&repository.full_name, branch)
            .await?;
        Ok(head.map(|head| HookTest {
            until: Some(Timestamp {
                seconds: Timestamp::now().seconds + TEST,
                nanos: 0,
            }),
            r#ref: format!("refs/heads/{branch}"),
            head,
        }))
    }
}

/// Whether a hook delivers to the same endpoint as that address, whichever try has made it.
fn is_beside(url: &str, address: &str) -> bool {
    url.split('?').next() == address.split('?').next()
}
