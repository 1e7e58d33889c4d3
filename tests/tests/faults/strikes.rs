//! The course of the kills.

use sluice_tests::{Chance, Load};

use crate::system::System;

/// How often each of the two is killed.
const EACH: usize = 22;

/// What a strike hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Gateway,
    Nats,
    Both,
}

/// Kills gateway and nats-server, alternating and together, spread over the deliveries. Returns how many kills.
pub(crate) async fn strike(
    system: &mut System,
    load: &Load,
    deliveries: usize,
    connections: usize,
    chance: &mut Chance,
) -> usize {
    // Each is hit in two of three.
    let strikes = EACH.div_ceil(2) * 3;
    let between = deliveries / (strikes + 2);
    let mut kills = 0;
    for strike in 0..strikes {
        let accepted = (strike + 1) * between + chance.below(between / 2);
        load.until(|progress| progress.accepted >= accepted).await;
        // Every other one falls while many wait for an answer.
        if strike % 2 == 0 {
            let waiting = connections / 4 + chance.below(connections / 2);
            load.until(|progress| progress.unanswered >= waiting).await;
        }
        let target = [Target::Gateway, Target::Nats, Target::Both][strike % 3];
        kills += hit(system, load, target, chance).await;
    }
    kills
}

async fn hit(system: &mut System, load: &Load, target: Target, chance: &mut Chance) -> usize {
    match target {
        Target::Gateway => {
            system.gateway.kill().await;
            system.gateway.restart();
            1
        }
        Target::Nats => {
            system.nats.kill().await;
            // Sometimes it stays away until senders were told so.
            if chance.percent(50) {
                let refused = load.progress().refused + 1 + chance.below(50);
                load.until(|progress| progress.refused >= refused).await;
            }
            system.nats.restart().await;
            1
        }
        Target::Both => {
            if chance.percent(50) {
                system.gateway.kill().await;
                system.nats.kill().await;
            } else {
                system.nats.kill().await;
                system.gateway.kill().await;
            }
            if chance.percent(50) {
                system.gateway.restart();
                system.nats.restart().await;
            } else {
                system.nats.restart().await;
                system.gateway.restart();
            }
            2
        }
    }
}
