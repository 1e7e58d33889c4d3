//! Every process is a NATS micro service, so that `nats micro ls` shows the fleet.

use async_nats::service::{Service, ServiceExt};

use crate::{Bus, Queries};

/// How long until it is tried again to serve queries.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// A process's place in the fleet; ends when dropped.
pub struct Fleet {
    _service: Service,
}

impl Fleet {
    pub(crate) fn of(service: Service) -> Self {
        Self { _service: service }
    }

    /// Registers a service that answers these verbs (see [`Queries`]). Tries until it works.
    pub async fn serve(
        bus: &Bus,
        name: &str,
        version: &str,
        about: &str,
        verbs: &[&str],
    ) -> Queries {
        loop {
            bus.connected().await;
            let started = bus
                .client()
                .service_builder()
                .description(about)
                .start(format!("sluice-{name}"), version)
                .await;
            let served = match started {
                Ok(service) => Queries::serve(bus, service, name, verbs).await,
                Err(error) => Err(error),
            };
            match served {
                Ok(queries) => return queries,
                Err(error) => tracing::warn!(%error, "queries cannot be answered yet"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

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
