//! What a round measured.

use std::{fs, time::Duration};

use rustix::process::Pid;

/// One round.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) elapsed: Duration,
    /// How long each took, in any order until sorted by [`Measured::done`].
    pub(crate) latencies: Vec<Duration>,
    /// How many were not accepted.
    pub(crate) wrong: u64,
    pub(crate) gateway_cpu: Duration,
    pub(crate) nats_cpu: Duration,
}

impl Measured {
    pub(crate) fn done(mut self) -> Self {
        self.latencies.sort_unstable();
        self
    }

    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn latency_ms(&self, quantile: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1) as f64;
        self.latencies
            .get((last * quantile) as usize)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }

    pub(crate) fn gateway_cpu_us(&self) -> f64 {
        self.gateway_cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    pub(crate) fn nats_cpu_us(&self) -> f64 {
        self.nats_cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}

/// CPU time that a process has used, user and system (proc(5): fields 14 and 15, in ticks of 10 ms).
pub(crate) fn cpu(process: Pid) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<_> = after_name.split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The median with the lowest and the highest value.
pub(crate) fn spread(values: &[f64], digits: usize) -> String {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "{:.digits$} ({lowest:.digits$}-{highest:.digits$})",
        median(values)
    )
}
