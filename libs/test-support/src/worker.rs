//! A service under test, in this process.

use std::{net::SocketAddr, time::Duration};

use sluice_daemon::{Health, Process, Service, Shutdown, shutdown::Pace};
use tokio::task::JoinHandle;

use crate::eventually;

/// A service that runs.
pub struct Worker {
    /// How it says that it is.
    pub health: Health,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Worker {
    /// Runs it, and waits until it is ready.
    pub async fn start<F>(service: &'static Service, run: impl FnOnce(Process) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
        let mut running = tokio::spawn(run(process));
        let ready = eventually("the service is ready", || async {
            let ready = health.readiness();
            (ready.ready && ready.lines.lines().count() > 1).then_some(())
        });
        tokio::select! {
            () = ready => {}
            ended = &mut running => panic!("the service ended at its start: {ended:?}"),
        }
        Self {
            health,
            shutdown,
            running,
        }
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }

    /// Ends it where it is, as a crash does.
    pub async fn crash(self) {
        self.running.abort();
        let _ = self.running.await;
    }
}
