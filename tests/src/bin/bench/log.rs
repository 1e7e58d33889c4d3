//! The commit log beside `git log`: an index that is read anew from the stream, and what is asked of it, over one history.
//!
//! What is measured of ours is a process with an empty folder: from its start until its answers say that it has read
//! everything. Meanwhile it is asked, again and again, as the operator asks. Git walks the same history and prints as much
//! of it. Both are warm: the stream and the objects are in the machine's memory.

mod asked;
mod history;
mod running;

use std::time::{Duration, Instant};

use asked::questions;
use history::{History, PATHS, WITHOUT_PATHS};
use running::{Rebuilt, Site};

use crate::measure::{median, spread};

/// Commits in the history.
const COMMITS: usize = 200_000;

/// What a commit log may hold in memory meanwhile.
const MOST_MIB: u64 = 256;

/// Prints all of it.
pub(crate) async fn rows(rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::make(folder.path(), COMMITS);
    let site = Site::open().await;
    site.record(&history).await;
    println!(
        "\nan index of {COMMITS} commits, read anew from the stream beside `git log` without and with paths, {rounds} rounds; asked meanwhile"
    );
    println!(
        "{:>16} | {:>16} | {:>16} | {:>8} | {:>8} | {:>8} | {:>12} | {:>8} | {:>9} | {:>13}",
        "git log s",
        "with paths s",
        "read anew s",
        "ratio",
        "paths",
        "commit/s",
        "peak RSS MiB",
        "file MiB",
        "answers",
        "slowest ms"
    );
    let (mut bare, mut paths, mut rebuilt) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..rounds {
        bare.push(timed(|| history.log(WITHOUT_PATHS)).as_secs_f64());
        paths.push(timed(|| history.log(PATHS)).as_secs_f64());
        if let Some(before) = last.take() {
            site.end(before).await;
        }
        let (log, round) = site.rebuild().await;
        rebuilt.push(round);
        last = Some(log);
    }
    row(&bare, &paths, &rebuilt);
    questions(&site, &history).await;
    if let Some(log) = last {
        site.end(log).await;
    }
}

fn row(bare: &[f64], paths: &[f64], rebuilt: &[Rebuilt]) {
    let seconds: Vec<_> = rebuilt.iter().map(|one| one.time.as_secs_f64()).collect();
    let most = |of: fn(&Rebuilt) -> u64| rebuilt.iter().map(of).max().unwrap_or_default();
    let slowest = rebuilt.iter().map(|one| one.slowest).max();
    let memory = most(|one| one.memory) >> 20;
    println!(
        "{:>16} | {:>16} | {:>16} | {:>8.2} | {:>8.2} | {:>8.0} | {:>12} | {:>8} | {:>9} | {:>13.0}{}",
        spread(bare, 1),
        spread(paths, 1),
        spread(&seconds, 1),
        median(&seconds) / median(bare),
        median(&seconds) / median(paths),
        COMMITS as f64 / median(&seconds),
        memory,
        most(|one| one.file) >> 20,
        rebuilt
            .iter()
            .map(|one| one.answers)
            .min()
            .unwrap_or_default(),
        slowest.unwrap_or_default().as_secs_f64() * 1e3,
        if memory > MOST_MIB {
            "  TOO MUCH MEMORY"
        } else {
            ""
        },
    );
    for one in rebuilt {
        let told: Vec<_> = one
            .told
            .iter()
            .map(|(at, indexed)| format!("{indexed} after {:.1} s", at.as_secs_f64()))
            .collect();
        println!("  its answers said: {}", told.join(", "));
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
