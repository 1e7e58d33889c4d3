//! The end of a process, in phases.
//!
//! 1. SIGTERM or SIGINT: readiness is withdrawn, and for the drain delay all goes on, since load
//!    balancers take a while to notice.
//! 2. Stopping: nothing new is accepted, what is in hand is finished.
//! 3. Expired: the grace is over, what is still in hand is dropped.
//!
//! A second signal ends the process at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::settings::{Key, Settings};

/// How long a process that was told to end goes on as before.
pub static DRAIN_DELAY: Key = Key::new(
    "drain-delay",
    "how long requests are still taken after a signal to end",
)
.default("5s");

/// How long what is in hand may take.
pub static GRACE: Key =
    Key::new("grace", "how long what is in hand may take to finish").default("20s");

/// How long the phases are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// From the signal until nothing new is accepted.
    pub drain_delay: Duration,
    /// From then until what is in hand is dropped.
    pub grace: Duration,
}

impl Pace {
    /// Reads how long the phases are.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            drain_delay: settings.duration(&DRAIN_DELAY),
            grace: settings.duration(&GRACE),
        }
    }
}

/// How far the end of this process has come; clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    requested: CancellationToken,
    stopping: CancellationToken,
    expired: CancellationToken,
}

impl Shutdown {
    /// Begins the end, as a signal does.
    pub fn request(&self) {
        self.requested.cancel();
    }

    /// Waits for the first phase.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// Cancelled when nothing new is to be accepted.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when the grace is over.
    #[must_use]
    pub fn expired(&self) -> CancellationToken {
        self.expired.clone()
    }

    /// Goes through the phases once the end is requested.
    pub async fn conduct(self, pace: Pace, health: Health) {
        self.requested().await;
        tracing::info!(drain_delay = ?pace.drain_delay, grace = ?pace.grace, "shutting down");
        health.withdraw();
        tokio::time::sleep(pace.drain_delay).await;
        self.stopping.cancel();
        tokio::time::sleep(pace.grace).await;
        self.expired.cancel();
    }

    /// Listens for SIGTERM and SIGINT from now on; must be called inside a Tokio runtime.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let shutdown = self.clone();
        tokio::spawn(async move {
            next(&mut signals).await;
            shutdown.request();
            let code = next(&mut signals).await;
            tracing::warn!("second signal, ending at once");
            // Asked for twice: draining and flushing are not wanted any more.
            std::process::exit(code);
        });
        Ok(())
    }
}

/// Waits for a signal and answers the exit code of a process that died of it (128 + its number).
async fn next((terminate, interrupt): &mut (Signal, Signal)) -> i32 {
    let kind = tokio::select! {
        _ = terminate.recv() => SignalKind::terminate(),
        _ = interrupt.recv() => SignalKind::interrupt(),
    };
    128 + kind.as_raw_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_phases_follow_each_other() {
        let (shutdown, health) = (Shutdown::default(), Health::default());
        let pace = Pace {
            drain_delay: Duration::from_millis(20),
            grace: Duration::from_millis(20),
        };
        let conducted = tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
        assert!(health.readiness().ready);

        shutdown.request();
        shutdown.stopping().cancelled().await;
        assert!(!health.readiness().ready);
        assert!(!shutdown.expired().is_cancelled());

        conducted.await.unwrap();
        assert!(shutdown.expired().is_cancelled());
    }
}
