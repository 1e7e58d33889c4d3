//! A nats-server and a gateway to measure.

use std::time::Duration;

use rustix::process::Pid;
use sluice_bus::StoredMessage;
use sluice_test_support::Nats;
use sluice_tests::{Gateway, Operator, SECRET};

use crate::{
    bare,
    measure::{Measured, cpu},
    sender,
};

/// Both, in a folder that goes with them.
pub(crate) struct Site {
    nats: Nats,
    gateway: Gateway,
    path: String,
    event: StoredMessage,
    rounds: u64,
}

/// Bytes of the event that a delivery becomes.
pub(crate) async fn event_size() -> usize {
    Site::open(true).await.event.payload.len()
}

impl Site {
    pub(crate) async fn open(sync_always: bool) -> Self {
        let nats = Nats::with_sync(sync_always).await;
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let keys = operator.makes_keys().await;
        let path = operator.declares_endpoint("bench", SECRET).await;
        let gateway = Gateway::start(&nats.connection("gateway"), &keys);
        gateway.ready().await;
        let one = sender::send(
            gateway.hooks(),
            &path,
            SECRET,
            1,
            Duration::from_millis(50),
            0,
        )
        .await;
        assert_eq!(one.wrong, 0);
        let reader = nats.bus("reader").await;
        let event = reader.message_at("SLUICE_GIT", 1).await.unwrap().unwrap();
        Self {
            nats,
            gateway,
            path,
            event,
            rounds: 0,
        }
    }

    /// A round of deliveries.
    pub(crate) async fn deliver(&mut self, width: usize, time: Duration) -> Measured {
        self.rounds += 1;
        let (gateway, nats) = (self.gateway.process().pid(), self.nats());
        let before = (cpu(gateway), cpu(nats));
        let measured = sender::send(
            self.gateway.hooks(),
            &self.path,
            SECRET,
            width,
            time,
            self.rounds,
        )
        .await;
        Measured {
            gateway_cpu: cpu(gateway) - before.0,
            nats_cpu: cpu(nats) - before.1,
            ..measured
        }
        .done()
    }

    /// A round of bare messages.
    pub(crate) async fn publish(&mut self, width: usize, time: Duration) -> Measured {
        self.rounds += 1;
        let nats = self.nats();
        let before = cpu(nats);
        let connection = self.nats.connection("gateway");
        let measured = bare::publish(&connection, &self.event, width, time, self.rounds).await;
        Measured {
            nats_cpu: cpu(nats) - before,
            ..measured
        }
        .done()
    }

    fn nats(&self) -> Pid {
        Pid::from_raw(self.nats.pid().try_into().unwrap()).unwrap()
    }
}
