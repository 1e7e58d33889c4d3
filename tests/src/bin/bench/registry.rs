//! A large registry beside a small one: how soon processes are ready that read it, with how much memory, and how soon the
//! API answers.

mod asked;
mod filled;
mod site;

use std::time::Instant;

use asked::{CONNECTIONS, Question, TIMES, questions};
use site::{Begun, Site};

use crate::measure::{Measured, spread};

/// Repositories in the small one and in the large one.
const SIZES: [usize; 2] = [1_000, 100_000];

/// Repositories that are declared one after the other while the API runs.
const DECLARED: usize = 50;

/// What was measured of one registry.
struct Row {
    begun: Vec<(&'static str, Vec<Begun>)>,
    answers: Vec<(Question, Measured)>,
    declared: Measured,
}

/// Prints all of it.
pub(crate) async fn rows(rounds: u64) {
    let mut rows = Vec::new();
    for repositories in SIZES {
        rows.push(measure(repositories, rounds).await);
    }
    let [small, large] = rows.try_into().ok().unwrap();
    begun(&small, &large);
    answers(&small, &large);
}

async fn measure(repositories: usize, rounds: u64) -> Row {
    let begun = Instant::now();
    let site = Site::open(repositories).await;
    println!(
        "\na registry of {repositories} repositories, written in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let mut api = Vec::new();
    for _ in 1..rounds {
        api.push(site.api().await.2);
    }
    let (mut process, asking, last) = site.api().await;
    api.push(last);
    let mut answers = Vec::new();
    for question in questions(repositories) {
        let measured = asking.ask(&question).await;
        answers.push((question, measured));
    }
    let mut declared = Measured::default();
    for number in repositories..repositories + DECLARED {
        let seen = site.declares(&asking, number).await;
        declared.latencies.push(seen);
    }
    println!(
        "  the API held {} MiB at most",
        process.process().most_memory() >> 20
    );
    process.kill().await;
    let mut all = vec![("api", api)];
    let mut gateways = Vec::new();
    for _ in 0..rounds {
        gateways.push(site.gateway().await);
    }
    all.push(("gateway", gateways));
    for name in ["sync", "connector"] {
        let mut workers = Vec::new();
        for _ in 0..rounds {
            workers.push(site.worker(name).await);
        }
        all.push((name, workers));
    }
    Row {
        begun: all,
        answers,
        declared: declared.done(),
    }
}

fn begun(small: &Row, large: &Row) {
    println!(
        "\n{:>22} | {:>22} | {:>22} | {:>9} | {:>9}",
        "from the start",
        format!("ready s, of {}", SIZES[0]),
        format!("ready s, of {}", SIZES[1]),
        "MiB",
        "MiB"
    );
    for ((name, small), (_, large)) in small.begun.iter().zip(&large.begun) {
        let seconds = |all: &[Begun], of: fn(&Begun) -> std::time::Duration| {
            let all: Vec<_> = all.iter().map(|one| of(one).as_secs_f64()).collect();
            spread(&all, 2)
        };
        let memory = |all: &[Begun]| all.iter().map(|one| one.memory).max().unwrap_or(0) >> 20;
        println!(
            "{name:>22} | {:>22} | {:>22} | {:>9} | {:>9}",
            seconds(small, |one| one.ready),
            seconds(large, |one| one.ready),
            memory(small),
            memory(large)
        );
        if large.iter().any(|one| one.accepted.is_some()) {
            let accepted = |one: &Begun| one.accepted.unwrap_or_default();
            println!(
                "{:>22} | {:>22} | {:>22} | {:>9} | {:>9}",
                "its first delivery",
                seconds(small, accepted),
                seconds(large, accepted),
                "",
                ""
            );
        }
    }
}

fn answers(small: &Row, large: &Row) {
    println!(
        "\nthe API asked {TIMES} times by {CONNECTIONS} connections, and {DECLARED} repositories declared one after the other"
    );
    println!(
        "{:>26} | {:>8} | {:>8} | {:>8} | {:>8} | {:>6}",
        "ms", "p50", "p99", "p50", "p99", "ratio"
    );
    let pairs = small.answers.iter().zip(&large.answers);
    let pairs = pairs.map(|((question, small), (_, large))| (question.name, small, large));
    let declared = ("declared, and found", &small.declared, &large.declared);
    for (name, small, large) in pairs.chain([declared]) {
        println!(
            "{name:>26} | {:>8.1} | {:>8.1} | {:>8.1} | {:>8.1} | {:>6.2}",
            small.latency_ms(0.50),
            small.latency_ms(0.99),
            large.latency_ms(0.50),
            large.latency_ms(0.99),
            large.latency_ms(0.50) / small.latency_ms(0.50),
        );
    }
}
