//! A service under test, in this process and on threads of its own, so that it can crash.

use std::{net::SocketAddr, time::Duration};

use sluice_daemon::{Health, Process, Service, Shutdown, shutdown::Pace};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use crate::eventually;

/// A service that runs. Dropping it crashes it.
pub struct Worker {
    /// How it says that it is.
    pub health: Health,
    shutdown: Shutdown,
    running: Option<JoinHandle<anyhow::Result<()>>>,
    runtime: Option<Runtime>,
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
        let threads = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = threads.unwrap();
        runtime.spawn(shutdown.clone().conduct(pace, health.clone()));
        let mut running = runtime.spawn(run(process));
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
            running: Some(running),
            runtime: Some(runtime),
        }
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub async fn stop(mut self) {
        self.shutdown.request();
        if let Some(running) = self.running.take() {
            running.await.unwrap().unwrap();
        }
    }

    /// Ends it where it is, with everything that it does beside.
    pub fn crash(self) {}
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Not waited for: whatever it was about is over at its next step.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
