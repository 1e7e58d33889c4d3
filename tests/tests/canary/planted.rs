//! What ordinary use plants nowhere: metrics have no label whose values come from outside.

use std::future::pending;

use sluice_daemon::{
    Health, Service,
    admin::{Admin, Listen},
    metrics::Metrics,
};
use sluice_test_support::canary::Canary;

use crate::site::Site;

static SERVICE: Service = Service {
    name: "planted",
    version: "0",
    about: "says what it should not",
    keys: &[],
    elsewhere: &[],
};

/// The listener that every service has says what was planted in a label.
pub(crate) async fn in_metrics(site: &Site, planted: &Canary) {
    let metrics = Metrics::install(&SERVICE).unwrap();
    metrics::counter!("planted_total", "repository" => planted.value().to_owned()).increment(1);
    let listen = Listen {
        addr: "127.0.0.1:0".parse().unwrap(),
        token: None,
    };
    let admin = Admin::bind(listen, &SERVICE, Health::default(), metrics).unwrap();
    let address = admin.addr();
    tokio::spawn(admin.run(pending()));
    site.asks(address, "GET", "/metrics", &[], b"")
        .await
        .unwrap();
}
