//! How much memory our children take.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    time::Duration,
};

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(5);

/// Looks at children named `sluice-git` until it is dropped.
pub(crate) struct Watched {
    peak_kib: Arc<AtomicU64>,
    _ended: SyncSender<()>,
}

impl Watched {
    pub(crate) fn start() -> Self {
        let peak_kib = Arc::new(AtomicU64::new(0));
        let (ended, waiting) = sync_channel::<()>(0);
        let shared = Arc::clone(&peak_kib);
        std::thread::spawn(move || {
            while waiting.recv_timeout(EVERY) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if let Some(found) = children().max() {
                    shared.fetch_max(found, Ordering::Relaxed);
                }
            }
        });
        Self {
            peak_kib,
            _ended: ended,
        }
    }

    /// The most that one of them had at once.
    pub(crate) fn peak_mib(&self) -> u64 {
        self.peak_kib.load(Ordering::Relaxed) >> 10
    }
}

/// The most that each of them had so far (proc(5): VmHWM).
fn children() -> impl Iterator<Item = u64> {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(move |process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        if !status.starts_with("Name:\tsluice-git\n") || !status.contains(&parent) {
            return None;
        }
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    })
}
