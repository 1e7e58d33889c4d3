//! A nats-server and a gateway to measure.

use std::time::Duration;

use rustix::process::Pid;
use sluice_bus::{
    Bus, StoredMessage,
    server::{Server, Setup},
    topology::{self, Topology},
};
use sluice_test_support::nats_program;
use sluice_tests::{Gateway, Operator, SECRET};
use tempfile::TempDir;

use crate::{
    bare,
    measure::{Measured, cpu},
    sender,
};

/// Both, in a folder that goes with them.
pub(crate) struct Site {
    server: Server,
    gateway: Gateway,
    path: String,
    event: StoredMessage,
    rounds: u64,
    _folder: TempDir,
}

/// Bytes of the event that a delivery becomes.
pub(crate) async fn event_size() -> usize {
    Site::open(true).await.event.payload.len()
}

impl Site {
    pub(crate) async fn open(sync_always: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            program: nats_program(),
            folder: folder.path().join("nats"),
            port: 0,
            sync_always,
            max_store: 16 << 30,
            topology: Topology::current(),
        };
        let server = Server::start(setup).await.unwrap();
        let bootstrap = bus(&server, "bootstrap").await;
        topology::apply(&bootstrap, &Topology::current())
            .await
            .unwrap();
        let operator = Operator::of_nats(&server.connection("operator"), folder.path());
        let keys = operator.makes_keys().await;
        let path = operator.declares_endpoint("bench", SECRET).await;
        let gateway = Gateway::start(&server.connection("gateway"), &keys);
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
        let reader = bus(&server, "reader").await;
        let event = reader.message_at("SLUICE_GIT", 1).await.unwrap().unwrap();
        Self {
            server,
            gateway,
            path,
            event,
            rounds: 0,
            _folder: folder,
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
        let connection = self.server.connection("gateway");
        let measured = bare::publish(&connection, &self.event, width, time, self.rounds).await;
        Measured {
            nats_cpu: cpu(nats) - before,
            ..measured
        }
        .done()
    }

    fn nats(&self) -> Pid {
        Pid::from_raw(self.server.pid().unwrap().try_into().unwrap()).unwrap()
    }
}

async fn bus(server: &Server, role: &str) -> Bus {
    let bus = Bus::connect(&server.connection(role)).await.unwrap();
    bus.connected().await;
    bus
}
