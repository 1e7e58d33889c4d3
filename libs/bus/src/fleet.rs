//! Every process is a NATS micro service, so that `nats micro ls` shows the fleet.

use async_nats::service::{Service, ServiceExt};

use crate::Bus;

/// A process's place in the fleet; ends when dropped.
pub struct Fleet {
    _service: Service,
}

impl Fleet {
    /// Registers a service under its name, such as `sluice-gateway`. It answers `$SRV.PING`, `INFO` and `STATS`.
    pub async fn join(bus: &Bus, name: &str, version: &str, about: &str) -> Option<Self> {
        let started = bus
            .client()
            .service_builder()
            .description(about)
            .start(format!("sluice-{name}"), version)
            .await;
        match started {
            Ok(service) => Some(Self { _service: service }),
            Err(error) => {
                // Only sight is lost, not work.
                tracing::warn!(%error, "the service does not show in `nats micro ls`");
                None
            }
        }
    }
}
