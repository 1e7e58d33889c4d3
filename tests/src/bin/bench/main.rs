//! `make bench`: what is ours beside what does the least that it could do, in one run, as ratios: accepted deliveries
//! beside a bare publisher of the same event bytes, mirrors beside the `git` command, the commit log beside `git log`, and a
//! large registry beside a small one.
//!
//! For each durability and number of connections, rounds of both take turns on one nats-server, and medians are
//! printed. The gateway is a process of its own, under its own user, with the ledger on; the bare publisher is
//! async-nats alone, with as many messages in flight as the gateway has connections. All share this machine, the sender of
//! deliveries too: compare within a run, and look at CPU rather than at rates.
//!
//! `bench [gateway|git|log|registry] [ROUNDS] [SECONDS]`: all, 3 and 3 if left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up says so"
)]

mod bare;
mod git;
mod log;
mod measure;
mod memory;
mod registry;
mod sender;
mod site;

use std::time::Duration;

use measure::{Measured, median, spread};
use site::Site;

/// Connections, and messages in flight.
const WIDTHS: [usize; 3] = [16, 64, 256];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let part = arguments.next_if(|word| word.parse::<u64>().is_err());
    let mut numbers = arguments.map(|word| word.parse::<u64>().expect("a number"));
    let rounds = numbers.next().unwrap_or(3);
    let seconds = Duration::from_secs(numbers.next().unwrap_or(3));
    let wants = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if wants("gateway") {
        gateway(rounds, seconds).await;
    }
    if wants("git") {
        git::rows(rounds).await;
    }
    if wants("log") {
        log::rows(rounds).await;
    }
    if wants("registry") {
        registry::rows(rounds).await;
    }
}

async fn gateway(rounds: u64, seconds: Duration) {
    println!(
        "{rounds} rounds of {seconds:?}; medians (lowest-highest); CPU in microseconds per delivery or message"
    );
    println!(
        "a delivery is a signed GitHub push of {} bytes, its event {} bytes",
        sender::BODY,
        site::event_size().await
    );
    for (name, sync_always) in [
        ("shipped profile (sync_interval: always)", true),
        ("default fsync", false),
    ] {
        println!("\n{name}");
        println!(
            "{:>5} | {:>22} | {:>22} | {:>6} | {:>16} | {:>16} | {:>8} | {:>13}",
            "width",
            "bare msg/s",
            "deliveries/s",
            "ratio",
            "p50 ms",
            "p99 ms",
            "gateway",
            "nats (bare)"
        );
        for width in WIDTHS {
            let mut site = Site::open(sync_always).await;
            let (mut bare, mut gateway) = (Vec::new(), Vec::new());
            // Once for warmth.
            site.deliver(width, Duration::from_millis(500)).await;
            for _ in 0..rounds {
                bare.push(site.publish(width, seconds).await);
                gateway.push(site.deliver(width, seconds).await);
            }
            row(width, &bare, &gateway);
        }
    }
}

fn row(width: usize, bare: &[Measured], gateway: &[Measured]) {
    let of = |rounds: &[Measured], what: fn(&Measured) -> f64| {
        rounds.iter().map(what).collect::<Vec<_>>()
    };
    let (bare_rate, rate) = (of(bare, Measured::rate), of(gateway, Measured::rate));
    let wrong: u64 = gateway.iter().map(|round| round.wrong).sum();
    println!(
        "{width:>5} | {:>22} | {:>22} | {:>6.2} | {:>16} | {:>16} | {:>8.0} | {:>13}{}",
        spread(&bare_rate, 0),
        spread(&rate, 0),
        median(&rate) / median(&bare_rate),
        spread(&of(gateway, |round| round.latency_ms(0.50)), 1),
        spread(&of(gateway, |round| round.latency_ms(0.99)), 1),
        median(&of(gateway, |round| round.gateway_cpu_us())),
        format!(
            "{:.0} ({:.0})",
            median(&of(gateway, |round| round.nats_cpu_us())),
            median(&of(bare, |round| round.nats_cpu_us()))
        ),
        if wrong > 0 {
            format!("  {wrong} NOT ACCEPTED")
        } else {
            String::new()
        },
    );
}
