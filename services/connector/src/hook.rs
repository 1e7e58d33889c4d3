//! The webhook of a repository at its host: there, right, and proved.
//!
//! Before a call that may change something at the host, what it is about stands in the record as an intent. Where its
//! outcome is not known (no answer came, or we died), the host's hooks are listed: what has our address and is none
//! that we know of was made by that call, and is removed before another one is made.

use sluice_events::{
    Timestamp,
    v1::{ConnectionProblemKind, Hook, HookAction, HookIntent, HookTest, StepOutcome},
};
use sluice_hosts::{HookState, Need, NewHook, Place, PlaceSort, Problem, Proof};
use sluice_registry::hook_secret_kinds;
use sluice_repositories::Registered;

use crate::{
    fault::{Fault, problem},
    handler::Connector,
    reach::Shown,
    report::Report,
    state::Standing,
};

/// How long after a test what it sends may come, in seconds.
const TEST: i64 = 120;

/// How long a first ping may take, in seconds.
const YOUNG: i64 = 30;

/// Whether something has come by the webhook that it proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    Yes,
    NotYet,
}

impl Connector {
    /// Sees to it that the webhook is there, and is the only one.
    pub(crate) async fn keep_hook(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        shown: &Shown,
    ) -> Result<Proved, Fault> {
        let base = self.base()?;
        self.has_right(standing, shown)?;
        let place = place(shown);
        self.investigate(registered, standing, shown, &place)
            .await?;
        let wrong = self.wrong(standing, shown, &place, base).await?;
        if let Some(wrong) = wrong {
            self.install(registered, standing, shown, &place, base, wrong)
                .await?;
        }
        self.remove_obsolete(registered, standing, shown, &place)
            .await?;
        self.prove(registered, standing, shown, &place).await
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

    fn has_right(&self, standing: &mut Standing, shown: &Shown) -> Result<(), Fault> {
        let rights = Some(&shown.repository.rights);
        let (host, identity) = (&shown.opened.host, &shown.identity);
        match host.missing(Need::RepositoryHooks, identity, rights) {
            None => {
                standing.step("rights", StepOutcome::Done, &shown.repository.rights.said);
                Ok(())
            }
            Some(missing) => {
                standing.step("rights", StepOutcome::Failed, &missing);
                Err(Fault::mend(
                    ConnectionProblemKind::Rights,
                    format!("its webhook cannot be installed: the credential {missing}"),
                    "give it what is missing, or install the webhook by hand: `webhook: manual`",
                ))
            }
        }
    }

    /// Finds out what became of a call without an answer.
    pub(crate) async fn investigate(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        shown: &Shown,
        place: &Place,
    ) -> Result<(), Fault> {
        let Some(intent) = standing.record.intent.clone() else {
            return Ok(());
        };
        if intent.action() == HookAction::Install
            && let Some(hook) = &intent.hook
            && let Some(url) = self.url_of(registered, hook).await?
        {
            let known = standing.record.hook.as_ref().map(|hook| hook.id.clone());
            let listed = shown.opened.api.list(place).await?;
            let unknown = listed
                .into_iter()
                .filter(|found| is_at(&found.url, &url) && Some(&found.id) != known.as_ref());
            standing.record.obsolete.extend(unknown.map(|found| Hook {
                id: found.id,
                ..hook.clone()
            }));
        }
        standing.record.intent = None;
        self.connections.write(standing).await?;
        Ok(())
    }

    /// What is wrong with the webhook that we have: then it is made anew. `None`: nothing.
    async fn wrong(
        &self,
        standing: &mut Standing,
        shown: &Shown,
        place: &Place,
        base: &str,
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
        if hook.base != base {
            return Ok(Some(Wrong::Because(
                "hosts reach us by another address now".into(),
            )));
        }
        let listed = shown.opened.api.list(place).await?;
        let Some(found) = listed.into_iter().find(|found| found.id == hook.id) else {
            standing.record.hook = None;
            return Ok(Some(Wrong::Because("it was gone at the host".into())));
        };
        let events = shown.opened.host.events(PlaceSort::Repository);
        let lacks = events
            .iter()
            .any(|event| !found.events.iter().any(|told| told == event));
        if lacks {
            return Ok(Some(Wrong::Because("it was not told of all events".into())));
        }
        let (state, disabled) = state_of(&found.state, found.active);
        standing.step("install", StepOutcome::Done, "it is there");
        if let Some(hook) = &mut standing.record.hook {
            hook.state = state;
        }
        Ok(disabled.map(Wrong::Because))
    }

    /// Installs a new one; the old one, if there is one, is removed after it.
    async fn install(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        shown: &Shown,
        place: &Place,
        base: &str,
        wrong: Wrong,
    ) -> Result<(), Fault> {
        standing.step("install", StepOutcome::Running, "");
        // Read before the webhook is there: what it tells leads away from here.
        let test = self.test_of(shown).await?;
        let kinds = hook_secret_kinds(&registered.host.provider);
        let prepared = self.endpoints.prepare(registered, kinds).await?;
        self.endpoints.await_test(registered, test).await?;
        let mut hook = Hook {
            endpoint: prepared.record.name.clone(),
            base: base.to_owned(),
            ..Hook::default()
        };
        standing.record.intent = Some(HookIntent {
            action: HookAction::Install.into(),
            hook: Some(hook.clone()),
            begun_at: Some(Timestamp::now()),
        });
        self.connections.write(standing).await?;
        let new = NewHook {
            url: prepared.address(base),
            secrets: prepared.candidates(),
        };
        let installed = match shown.opened.api.install(place, &new).await {
            Ok(installed) => installed,
            Err(error) => {
                if !error.may_have_happened() {
                    standing.record.intent = None;
                }
                standing.step("install", StepOutcome::Failed, error.to_string());
                return Err(error.into());
            }
        };
        hook.id = installed.hook.id;
        hook.events = installed.hook.events;
        hook.installed_at = Some(Timestamp::now());
        hook.secret_version = prepared.version_of(installed.secret);
        let report = Report {
            bus: &self.bus,
            registered,
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
        self.endpoints
            .settle(registered, &prepared, installed.secret)
            .await
    }

    /// What a test would say, should the host's test be a push that nothing marks as one.
    async fn test_of(&self, shown: &Shown) -> Result<Option<HookTest>, Fault> {
        let repository = &shown.repository;
        if !shown.opened.host.test_moves() {
            return Ok(None);
        }
        if repository.empty == Some(true) || repository.default_branch.is_empty() {
            return Ok(None);
        }
        let branch = &repository.default_branch;
        let head = shown
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

    /// Removes what is ours and not needed any more.
    pub(crate) async fn remove_obsolete(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        shown: &Shown,
        place: &Place,
    ) -> Result<(), Fault> {
        while let Some(hook) = standing.record.obsolete.first().cloned() {
            shown.opened.api.remove(place, &hook.id).await?;
            let report = Report {
                bus: &self.bus,
                registered,
            };
            report.removed(&hook).await?;
            standing.record.obsolete.remove(0);
            self.connections.write(standing).await?;
        }
        Ok(())
    }

    /// Whether something has come by it; if not, the host is asked for a test.
    async fn prove(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        shown: &Shown,
        place: &Place,
    ) -> Result<Proved, Fault> {
        if self.note_proof(registered, standing).await? {
            return Ok(Proved::Yes);
        }
        let Some(hook) = standing.record.hook.clone() else {
            return Ok(Proved::NotYet);
        };
        if shown.opened.host.pings_on_install() && is_young(&hook) {
            standing.step(
                "prove",
                StepOutcome::Running,
                "the host's first ping has not come yet",
            );
            return Ok(Proved::NotYet);
        }
        let said = match shown.opened.api.test(place, &hook.id).await {
            Ok(Proof::Ping) => "the host was asked for a ping; nothing has come yet",
            Ok(Proof::Push { .. }) => "the host was asked for a test; nothing has come yet",
            Err(error) if error.problem == Problem::Empty => {
                "unproved until the first delivery: the host tests no empty repository"
            }
            Err(error) if error.problem == Problem::NotOffered => {
                "unproved until the first delivery"
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
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<bool, Fault> {
        let Some(hook) = standing.record.hook.clone() else {
            return Ok(false);
        };
        let proved = hook.proved_at.is_some()
            || self
                .endpoints
                .is_proved(registered, &hook.endpoint, hook.secret_version)
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
            self.endpoints.await_test(registered, None).await?;
        }
        if let Some(at) = hook.proved_at {
            standing.step("prove", StepOutcome::Done, format!("proved at {at}"));
        }
        Ok(proved)
    }

    /// The address of a hook. `None`: its endpoint is gone.
    async fn url_of(&self, registered: &Registered, hook: &Hook) -> Result<Option<String>, Fault> {
        let endpoint = self.endpoints.made_for(registered).await?;
        Ok(endpoint.map(|endpoint| address(&hook.base, &endpoint.record.id)))
    }
}

/// Whether what the host sends by itself may still come.
fn is_young(hook: &Hook) -> bool {
    let now = Timestamp::now().seconds;
    hook.installed_at.is_some_and(|at| now - at.seconds < YOUNG)
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

pub(crate) fn place(shown: &Shown) -> Place {
    Place::Repository {
        id: shown.repository.id.clone(),
        full_name: shown.repository.full_name.clone(),
    }
}

/// The address of an endpoint.
fn address(base: &str, id: &str) -> String {
    format!("{base}/hooks/{id}")
}

/// Whether a hook delivers to this address, whichever try has made it.
fn is_at(url: &str, address: &str) -> bool {
    url.split('?').next() == Some(address)
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

/// That nothing has come by a webhook yet.
pub(crate) fn unproved(standing: &Standing) -> sluice_events::v1::ConnectionProblem {
    let known = standing
        .record
        .steps
        .iter()
        .find(|step| step.name == "prove");
    let message = known.map_or("nothing has come by its webhook yet", |step| &step.message);
    let remedy = "push something; if nothing comes then, check that the host reaches the address of its webhook";
    problem(ConnectionProblemKind::Hook, message, remedy)
}
