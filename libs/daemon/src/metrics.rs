//! Metrics, as Prometheus reads them; the admin listener serves them.
//!
//! Parts record with the macros of the `metrics` crate. A histogram whose name ends in `_seconds`
//! gets [`DURATION_BUCKETS`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::service::Service;

/// Upper bounds in seconds, from a publish that went well to a host's deadline (10 s) and beyond.
pub const DURATION_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How often recorded samples are folded into their buckets when nobody asks; they grow until then.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of this process. There is one, whoever installed it first.
static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// What was recorded in this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts recording, or joins what already records, and says which version of the service runs.
    pub fn install(service: &Service) -> anyhow::Result<Self> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = match installed.as_ref() {
            Some(handle) => handle.clone(),
            None => installed.insert(record()?).clone(),
        };
        drop(installed);
        describe_gauge!(
            "sluice_build_info",
            "Which version of which service runs here; always 1."
        );
        gauge!("sluice_build_info", "service" => service.name, "version" => service.version).set(1);
        Ok(Self(handle))
    }

    /// All metrics in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        measure_process();
        self.0.render()
    }

    /// Keeps samples from piling up; never ends.
    pub async fn upkeep(self) {
        let mut turns = tokio::time::interval(UPKEEP);
        loop {
            turns.tick().await;
            self.0.run_upkeep();
        }
    }
}

fn record() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)
        .context("cannot set the buckets of durations")?
        .install_recorder()
        .context("cannot install the recorder of metrics")?;
    describe_gauge!(
        "process_resident_memory_bytes",
        "Resident memory of this process."
    );
    describe_gauge!("process_open_fds", "Open file descriptors of this process.");
    Ok(handle)
}

/// Sets what only the kernel knows; where there is no `/proc` the gauges are left out.
fn measure_process() {
    if let Some(bytes) = std::fs::read_to_string("/proc/self/status")
        .ok()
        .as_deref()
        .and_then(resident_bytes)
    {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") {
        // The listing itself holds one open.
        gauge!("process_open_fds").set(descriptors.count().saturating_sub(1) as f64);
    }
}

/// The resident memory that `/proc/<pid>/status` states, in kB (1024 bytes; proc(5)).
fn resident_bytes(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &'static str) -> Service {
        Service {
            name,
            version: "1.2.3",
            about: "",
            keys: &[],
            elsewhere: &[],
        }
    }

    #[test]
    fn two_services_of_one_process_share_the_recorder() {
        let first = Metrics::install(&service("gateway")).unwrap();
        Metrics::install(&service("sync")).unwrap();
        metrics::histogram!("sluice_sample_seconds").record(0.003);

        let text = first.render();
        for line in [
            r#"sluice_build_info{service="gateway",version="1.2.3"} 1"#,
            r#"sluice_build_info{service="sync",version="1.2.3"} 1"#,
            r#"sluice_sample_seconds_bucket{le="0.0025"} 0"#,
            r#"sluice_sample_seconds_bucket{le="0.005"} 1"#,
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        #[cfg(target_os = "linux")]
        for name in ["\nprocess_resident_memory_bytes ", "\nprocess_open_fds "] {
            assert!(text.contains(name), "{name} in\n{text}");
        }
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(
            resident_bytes("VmPeak:\t  10 kB\nVmRSS:\t    2048 kB\n"),
            Some(2_097_152.0)
        );
        assert_eq!(resident_bytes("Name:\tkthreadd\n"), None);
    }
}
