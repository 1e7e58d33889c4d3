//! A process from its first line to its exit code.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio_util::sync::CancellationToken;

use crate::admin::{Admin, Listen};
use crate::escape;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::service::Service;
use crate::settings::{EX_USAGE, Invocation, Problems, Settings, help};
use crate::shutdown::{Pace, Shutdown};
use crate::telemetry::{self, Telemetry};

/// How long tasks that block may still hold the process after everything has ended.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// What a service is handed to run with.
#[derive(Clone)]
pub struct Process {
    /// The service itself.
    pub service: &'static Service,
    /// Where it says how it is.
    pub health: Health,
    /// Tells it when to stop.
    pub shutdown: Shutdown,
    /// Where the admin listener of this process answers.
    pub admin: SocketAddr,
}

impl Process {
    /// What one of several services in this process is handed: its checks are named after it.
    #[must_use]
    pub fn part(&self, service: &'static Service) -> Self {
        Self {
            service,
            health: self.health.of_part(service.name),
            shutdown: self.shutdown.clone(),
            admin: self.admin,
        }
    }
}

/// Runs a service as this process: reads its settings with `read`, and only if all are well
/// opens anything and calls `run`, which ends soon after [`Shutdown::stopping`].
pub fn main<C>(
    service: &'static Service,
    read: impl FnOnce(&mut Settings) -> C,
    run: impl AsyncFnOnce(C, Process) -> anyhow::Result<()>,
) -> ExitCode {
    ExitCode::from(start(service, &Invocation::of_process(), read, run))
}

/// As [`main`], with arguments and environment as given; answers the exit code.
///
/// 0 is an end that was asked for, 64 settings that cannot be used, 1 any other failure.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the first and last words of a process"
)]
pub fn start<C>(
    service: &'static Service,
    invocation: &Invocation,
    read: impl FnOnce(&mut Settings) -> C,
    run: impl AsyncFnOnce(C, Process) -> anyhow::Result<()>,
) -> u8 {
    if let Some(text) = answer(service, invocation) {
        print!("{text}");
        return 0;
    }
    let said = settings(service, invocation, read).map_err(anyhow::Error::from);
    match said.and_then(|said| open(service, said, run)) {
        Ok(()) => 0,
        Err(error) => {
            eprint!("{}", report(&error));
            if error.is::<Problems>() { EX_USAGE } else { 1 }
        }
    }
}

/// What is asked of the program itself, settings or not.
fn answer(service: &Service, invocation: &Invocation) -> Option<String> {
    if invocation.asks(&["--help", "-h"]) {
        Some(help(service))
    } else if invocation.asks(&["--version", "-V"]) {
        Some(format!("{} {}\n", service.name, service.version))
    } else {
        None
    }
}

/// Everything the settings say, to this crate and to the service.
struct Said<C> {
    telemetry: telemetry::Plan,
    listen: Listen,
    pace: Pace,
    config: C,
}

fn settings<C>(
    service: &Service,
    invocation: &Invocation,
    read: impl FnOnce(&mut Settings) -> C,
) -> Result<Said<C>, Problems> {
    let mut settings = Settings::read(service, invocation);
    let said = Said {
        telemetry: telemetry::Plan::read(&mut settings),
        listen: Listen::read(&mut settings),
        pace: Pace::read(&mut settings),
        config: read(&mut settings),
    };
    settings.finish(said)
}

/// Installs what the whole process shares, and runs the service on it.
fn open<C>(
    service: &'static Service,
    said: Said<C>,
    run: impl AsyncFnOnce(C, Process) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    use_ring();
    let telemetry = Telemetry::install(service, said.telemetry)?;
    let metrics = Metrics::install(service)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(async {
        let outcome = serve(service, said.listen, said.pace, metrics, async |process| {
            run(said.config, process).await
        })
        .await;
        telemetry.shutdown().await;
        outcome
    });
    runtime.shutdown_timeout(LAST_WAIT);
    outcome
}

/// Runs the service beside the admin listener, which stays until the service has ended.
async fn serve(
    service: &'static Service,
    listen: Listen,
    pace: Pace,
    metrics: Metrics,
    run: impl AsyncFnOnce(Process) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (health, shutdown) = (Health::of_a_start(), Shutdown::default());
    let admin = Admin::bind(listen, service, health.clone(), metrics.clone())?;
    shutdown.on_signals().context("cannot listen for signals")?;
    let addr = admin.addr();
    tracing::info!(service = service.name, version = service.version, admin = %addr, "started");

    let admin_stop = CancellationToken::new();
    let mut admin = tokio::spawn(admin.run(admin_stop.clone().cancelled_owned()));
    tokio::spawn(metrics.upkeep());
    tokio::spawn(shutdown.clone().conduct(pace, health.clone()));

    let expired = shutdown.expired();
    let outcome = tokio::select! {
        outcome = run(Process { service, health, shutdown, admin: addr }) => outcome,
        () = expired.cancelled() => Err(anyhow!("what was in hand did not finish within {:?}", pace.grace)),
        ended = &mut admin => return Err(anyhow!("the admin listener ended: {ended:?}")),
    };
    admin_stop.cancel();
    // It ends by itself within a second, and a failure to end changes nothing any more.
    let _ = admin.await;
    outcome
}

/// Names the one cryptography provider: rustls picks by itself only if a single one is linked,
/// and a dependency may link another at any time.
pub fn use_ring() {
    // It fails only if a provider is installed already, as in the second service of one process.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An error and its causes, for a terminal.
fn report(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for (index, cause) in error.chain().enumerate() {
        let start = if index == 0 { "error" } else { "  caused by" };
        // A problem per line is ours; other text may be anyone's. Writing to a String cannot fail.
        let _ = match cause.downcast_ref::<Problems>() {
            Some(problems) => writeln!(text, "{start}: {problems}"),
            None => writeln!(text, "{start}: {}", escape::terminal(&cause.to_string())),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_causes_and_without_control_characters() {
        let error = anyhow!("host said \x1b[2J").context("cannot fetch");
        assert_eq!(
            report(&error),
            "error: cannot fetch\n  caused by: host said \\u{1b}[2J\n"
        );
    }

    #[test]
    fn problems_keep_their_lines() {
        let mut problems = Problems::default();
        problems.add("SLUICE_X", "is not set");
        problems.add("SLUICE_Y", "is not set");
        assert_eq!(
            report(&problems.into()),
            "error: 2 settings cannot be used\n  SLUICE_X: is not set\n  SLUICE_Y: is not set\n"
        );
    }
}
