//! The kills.

use std::{collections::BTreeMap, time::Duration};

use sluice_tests::Chance;

use crate::system::System;

/// What is killed, in turn.
const TARGETS: [&str; 6] = [
    "gateway",
    "sync",
    "commit-log",
    "sluice-git",
    "nats-server",
    "recoverer",
];

/// How long a child is waited for.
const LOOK: Duration = Duration::from_millis(2);
const LOOKS: usize = 2_000;

/// What was killed how often.
#[derive(Default)]
pub(crate) struct Strikes {
    count: usize,
    pub(crate) kills: BTreeMap<&'static str, usize>,
}

impl Strikes {
    /// The next kill; what was killed is started again.
    pub(crate) async fn strike(&mut self, system: &mut System, chance: &mut Chance) {
        let target = TARGETS[self.count % TARGETS.len()];
        self.count += 1;
        let struck = match target {
            "gateway" => {
                system.gateway.kill().await;
                system.gateway.restart();
                true
            }
            "sync" => {
                system.sync.kill().await;
                system.sync.restart();
                true
            }
            "commit-log" => {
                system.commit_log.kill().await;
                system.commit_log.restart();
                true
            }
            "recoverer" => {
                system.recoverer.kill().await;
                system.recoverer.restart();
                true
            }
            "nats-server" => {
                system.nats.kill().await;
                tokio::time::sleep(Duration::from_millis(chance.below(500) as u64)).await;
                system.nats.restart().await;
                true
            }
            _ => child(system).await,
        };
        *self.kills.entry(target).or_default() += usize::from(struck);
    }
}

/// Kills a child of sync at work. There is one as soon as something is fetched.
async fn child(system: &System) -> bool {
    for _ in 0..LOOKS {
        if system.sync.kill_child("sluice-git") {
            return true;
        }
        tokio::time::sleep(LOOK).await;
    }
    false
}
