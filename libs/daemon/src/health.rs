//! Whether this process is ready: named checks, each kept current by the part that knows.
//!
//! Nothing is asked when a probe comes; a probe reads what was last said. A check that has said
//! nothing yet fails, and at shutdown readiness is withdrawn whatever the checks say.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The checks of one process.
#[derive(Clone, Default)]
pub struct Health {
    checks: Arc<Checks>,
    /// What the names of checks begin with.
    part: String,
}

#[derive(Default)]
struct Checks {
    checks: Mutex<Vec<Check>>,
    /// Checks may be missing yet.
    starting: AtomicBool,
    withdrawn: AtomicBool,
}

/// One check; the part that holds it says how it is.
#[derive(Clone)]
pub struct Check(Arc<Cell>);

struct Cell {
    name: String,
    state: Mutex<State>,
}

struct State {
    /// Why it fails; nothing if it is well.
    reason: Option<String>,
    since: Instant,
    /// Whether the part that knows has said something yet.
    is_told: bool,
}

/// What a probe is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Whether requests may be sent here.
    pub ready: bool,
    /// A line for each check, `[+]nats ok` or `[-]nats: reason (for 3s)`.
    pub lines: String,
}

impl Health {
    /// Of a process that is not ready, whatever its checks say, until it [has started](Self::has_started).
    pub(crate) fn of_a_start() -> Self {
        let health = Self::default();
        health.checks.starting.store(true, Ordering::Relaxed);
        health
    }

    /// Everything is built, and every check is there.
    pub fn has_started(&self) {
        self.checks.starting.store(false, Ordering::Relaxed);
    }

    /// The same for one of several services in this process: its checks are named after it.
    #[must_use]
    pub fn of_part(&self, part: &str) -> Self {
        Self {
            checks: Arc::clone(&self.checks),
            part: format!("{}{part}/", self.part),
        }
    }

    /// Adds a check, which fails until it says otherwise.
    #[must_use]
    pub fn check(&self, name: impl Into<String>) -> Check {
        let state = State {
            reason: Some("has not started".to_owned()),
            since: Instant::now(),
            is_told: false,
        };
        let check = Check(Arc::new(Cell {
            name: format!("{}{}", self.part, name.into()),
            state: Mutex::new(state),
        }));
        locked(&self.checks.checks).push(check.clone());
        check
    }

    /// Ends readiness for good, so that no more requests are sent here.
    pub fn withdraw(&self) {
        self.checks.withdrawn.store(true, Ordering::Relaxed);
    }

    /// How the process is now.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let mut readiness = Readiness {
            ready: true,
            lines: String::new(),
        };
        for (holds, line) in [
            (&self.checks.starting, "[-]start: is under way\n"),
            (&self.checks.withdrawn, "[-]shutdown: is under way\n"),
        ] {
            if holds.load(Ordering::Relaxed) {
                readiness.ready = false;
                readiness.lines.push_str(line);
            }
        }
        for check in locked(&self.checks.checks).iter() {
            let state = locked(&check.0.state);
            readiness.ready &= state.reason.is_none();
            // Writing to a String cannot fail.
            let _ = match &state.reason {
                None => writeln!(readiness.lines, "[+]{} ok", check.0.name),
                Some(reason) => {
                    let seconds = state.since.elapsed().as_secs();
                    writeln!(
                        readiness.lines,
                        "[-]{}: {reason} (for {seconds}s)",
                        check.0.name
                    )
                }
            };
        }
        readiness
    }
}

impl Check {
    /// It is well.
    pub fn ok(&self) {
        if self.turn(None) {
            tracing::info!(check = self.0.name, "check is ok");
        }
    }

    /// It is not, and why; `reason` is one line.
    pub fn failing(&self, reason: impl Into<String>) {
        let reason = reason.into();
        if self.turn(Some(reason.clone())) {
            tracing::warn!(check = self.0.name, reason, "check fails");
        }
    }

    /// Takes the state; whether it is the first, or went from well to not well or back.
    fn turn(&self, reason: Option<String>) -> bool {
        let mut state = locked(&self.0.state);
        let turned = state.reason.is_some() != reason.is_some();
        if turned {
            state.since = Instant::now();
        }
        let turned = turned || !state.is_told;
        state.is_told = true;
        state.reason = reason;
        turned
    }
}

/// The states are whole after every statement, so a panic elsewhere leaves nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_checks_is_ready() {
        assert_eq!(
            Health::default().readiness(),
            Readiness {
                ready: true,
                lines: String::new()
            }
        );
    }

    #[test]
    fn a_process_is_not_ready_before_it_has_started_whatever_the_checks_say() {
        let health = Health::of_a_start();
        assert!(!health.readiness().ready);
        health.check("endpoints").ok();
        let readiness = health.readiness();
        assert!(!readiness.ready);
        assert_eq!(readiness.lines, "[-]start: is under way\n[+]endpoints ok\n");
        health.has_started();
        assert!(health.readiness().ready);
    }

    #[test]
    fn one_failing_check_is_enough_and_every_check_is_listed() {
        let health = Health::default();
        let nats = health.check("nats");
        let endpoints = health.check("endpoints");
        assert!(!health.readiness().ready);

        nats.ok();
        let readiness = health.readiness();
        assert!(!readiness.ready);
        assert_eq!(
            readiness.lines,
            "[+]nats ok\n[-]endpoints: has not started (for 0s)\n"
        );

        endpoints.ok();
        assert!(health.readiness().ready);

        nats.failing("connection refused");
        assert_eq!(
            health.readiness().lines,
            "[-]nats: connection refused (for 0s)\n[+]endpoints ok\n"
        );
    }

    #[test]
    fn another_reason_does_not_restart_the_clock() {
        let health = Health::default();
        let nats = health.check("nats");
        let since = locked(&nats.0.state).since;
        nats.failing("refused");
        assert_eq!(locked(&nats.0.state).since, since);
    }

    #[test]
    fn shutdown_ends_readiness_whatever_the_checks_say() {
        let health = Health::default();
        health.check("nats").ok();
        health.withdraw();
        let readiness = health.readiness();
        assert!(!readiness.ready);
        assert_eq!(readiness.lines, "[-]shutdown: is under way\n[+]nats ok\n");
    }
}
