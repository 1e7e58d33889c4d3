//! Whether what is stored survives a power cut.

use super::{Finding, get};
use crate::find::System;

/// A client cannot see how the server syncs: its monitoring address tells, or the configuration that we wrote.
pub(super) async fn look(system: &System, monitor: Option<&str>) -> Finding {
    let declared = system.bus.durability().word();
    if let Some(folder) = &system.folder
        && let Ok(config) = std::fs::read_to_string(folder.join("nats/nats.conf"))
    {
        return verdict(
            declared,
            config.contains("sync_interval: always"),
            "the configuration of the nats-server that runs here",
        );
    }
    let Some(monitor) = monitor else {
        return Finding::good(
            "durability",
            format!("{declared}: declared, not verified; --nats-monitor URL verifies it"),
        );
    };
    match get(&format!("{}/varz", monitor.trim_end_matches('/'))).await {
        Ok(varz) => {
            let varz: serde_json::Value = serde_json::from_str(&varz).unwrap_or_default();
            verdict(
                declared,
                varz["jetstream"]["config"]["sync_always"] == true,
                monitor,
            )
        }
        Err(error) => Finding::bad(
            "durability",
            format!("{declared}: not verified: {error}"),
            "give the right --nats-monitor",
        ),
    }
}

fn verdict(declared: &str, always: bool, by: &str) -> Finding {
    if always || declared != "fsync" {
        Finding::good("durability", format!("{declared}: verified by {by}"))
    } else {
        Finding::bad(
            "durability",
            format!(
                "{declared} is declared, but {by} says that the server does not sync every message"
            ),
            "set `sync_interval: always` in the jetstream block and restart nats-server",
        )
    }
}
