//! Whether what is stored survives a power cut.

use sluice_bus::{
    Bus,
    topology::{self, Durability, Topology},
};

use super::{Finding, get};
use crate::find::System;

/// What the finding is called.
const CHECK: &str = "durability";

/// Looks at what makes messages safe by what was declared.
pub(super) async fn look(system: &System, monitor: Option<&str>) -> Finding {
    match system.bus.durability() {
        Durability::Fsync => fsync(system, monitor).await,
        Durability::Quorum => quorum(&system.bus).await,
    }
}

/// A client cannot see how the server syncs: its monitoring address tells, or the configuration that we wrote.
async fn fsync(system: &System, monitor: Option<&str>) -> Finding {
    if let Some(folder) = &system.folder
        && let Ok(config) = std::fs::read_to_string(folder.join("nats/nats.conf"))
    {
        return verdict(
            config.contains("sync_interval: always"),
            "the configuration of the nats-server that runs here",
        );
    }
    let Some(monitor) = monitor else {
        let says = "fsync: declared, not verified; --nats-monitor URL verifies it";
        return Finding::good(CHECK, says);
    };
    match get(&format!("{}/varz", monitor.trim_end_matches('/'))).await {
        Ok(varz) => {
            let varz: serde_json::Value = serde_json::from_str(&varz).unwrap_or_default();
            verdict(varz["jetstream"]["config"]["sync_always"] == true, monitor)
        }
        Err(error) => Finding::bad(
            CHECK,
            format!("fsync: not verified: {error}"),
            "give the right --nats-monitor",
        ),
    }
}

fn verdict(always: bool, by: &str) -> Finding {
    if always {
        return Finding::good(CHECK, format!("fsync: verified by {by}"));
    }
    Finding::bad(
        CHECK,
        format!("fsync is declared, but {by} says that the server does not sync every message"),
        "set `sync_interval: always` in the jetstream block and restart nats-server",
    )
}

/// Replicas can be seen; that they stand in zones of their own is for `unique_tag` in the servers' configuration.
async fn quorum(bus: &Bus) -> Finding {
    let short = topology::short_of_replicas(bus, &Topology::current()).await;
    let short = match short {
        Ok(short) => short,
        Err(error) => return Finding::bad(CHECK, error.to_string(), "see topology below"),
    };
    let Some(first) = short.first() else {
        return Finding::good(CHECK, "quorum: verified, everything has three replicas");
    };
    let number = short.len();
    Finding::bad(
        CHECK,
        format!(
            "quorum is declared, but {number} streams, buckets and consumers have fewer than three replicas, {first} for one"
        ),
        "`sluice topology diff --all --durability quorum` names them, `nats stream edit --replicas 3` and `nats consumer edit --replicas 3` change them",
    )
}
