//! Whether the bus is as it must be.

use std::time::Duration;

use sluice_daemon::Check;

use crate::{
    Bus,
    roles::role,
    topology::{self, Topology},
};

/// How often the topology is compared while all is well.
const COMPARE: Duration = Duration::from_secs(30);

/// How often while something is wrong.
const COMPARE_AGAIN: Duration = Duration::from_secs(1);

/// Keeps the checks `nats` and `topology` current, for ever. Of the topology a service looks at what it uses.
pub async fn follow(bus: Bus, service: &str, nats: Check, topology_check: Check) {
    let table = Topology::current();
    let table = match role(service) {
        Some(role) => role.part_of(table),
        None => table,
    };
    let mut up = bus.up();
    loop {
        up.borrow_and_update();
        let well = look(&bus, &table, &nats, &topology_check).await;
        let pause = tokio::time::sleep(if well { COMPARE } else { COMPARE_AGAIN });
        tokio::select! {
            () = pause => {}
            // The sender lives in the bus that we hold.
            _ = up.changed() => {}
        }
    }
}

async fn look(bus: &Bus, table: &Topology, nats: &Check, topology_check: &Check) -> bool {
    if let Err(problem) = bus.check_server() {
        nats.failing(problem.to_string());
        return false;
    }
    nats.ok();
    match topology::differences(bus, table).await {
        Ok(differences) if differences.is_empty() => {
            topology_check.ok();
            true
        }
        Ok(differences) => {
            let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
            topology_check.failing(format!(
                "{}; `sluice topology diff` shows it",
                differences.join("; ")
            ));
            false
        }
        Err(error) => {
            topology_check.failing(error.to_string());
            false
        }
    }
}
