//! How the client connects, and what it notes of what happens to the connection.

use std::{sync::Arc, time::Duration};

use async_nats::{ConnectOptions, Event};
use tokio::sync::watch;

use super::{ConnectError, Connection, Credentials, REQUEST_TIMEOUT, Up, inbox};

pub(super) async fn options(
    connection: &Connection,
    up: Arc<watch::Sender<Up>>,
) -> Result<ConnectOptions, ConnectError> {
    let mut options = ConnectOptions::new()
        .name(format!("sluice {}", connection.name))
        // Each user may read its own inboxes and nobody else's.
        .custom_inbox_prefix(inbox(&connection.name))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .connection_timeout(REQUEST_TIMEOUT)
        .ping_interval(Duration::from_secs(10))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| {
            let up = Arc::clone(&up);
            async move { note(&up, &event) }
        });
    options = match &connection.credentials {
        Credentials::None => options,
        Credentials::UserPassword(user, password) => {
            options.user_and_password(user.clone(), password.clone())
        }
        Credentials::Nkey(seed) => options.nkey(seed.clone()),
        Credentials::File(path) => {
            let read = options.credentials_file(path).await;
            read.map_err(|source| ConnectError::CredentialsFile(path.clone(), source))?
        }
    };
    if let Some(path) = &connection.ca_file {
        options = options.add_root_certificates(path.clone());
    }
    if let Some((certificate, key)) = &connection.client_certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

fn note(up: &watch::Sender<Up>, event: &Event) {
    match event {
        Event::Connected => {
            tracing::info!("connected to nats");
            up.send_modify(|up| (up.connected, up.refused) = (true, false));
        }
        Event::Disconnected | Event::Closed => {
            tracing::warn!("connection to nats lost");
            up.send_modify(|up| {
                up.connected = false;
                up.losses += 1;
            });
        }
        Event::SlowConsumer(_) => {
            metrics::counter!("sluice_bus_slow_consumer_total").increment(1);
            tracing::error!("nats dropped messages because this process reads too slowly");
        }
        other => trouble(up, &other.to_string().to_lowercase()),
    }
    metrics::gauge!("sluice_bus_connected").set(if up.borrow().connected { 1.0 } else { 0.0 });
}

fn trouble(up: &watch::Sender<Up>, what: &str) {
    let kind = if what.contains("authorization violation") {
        // Comes again with every attempt; told once.
        let told = up.send_if_modified(|up| !std::mem::replace(&mut up.refused, true));
        if told {
            tracing::error!("nats refuses our credentials (authorization violation)");
        }
        "authorization"
    } else if what.contains("permissions violation") {
        tracing::error!(what, "nats refuses us a right that we use");
        "permission"
    } else {
        tracing::warn!(what, "nats reports");
        "other"
    };
    metrics::counter!("sluice_bus_errors_total", "kind" => kind).increment(1);
}

/// 50 ms, doubling up to 2 s: a restarted server is found fast, an absent one is not hammered.
fn reconnect_delay(attempts: usize) -> Duration {
    let exponent = u32::try_from(attempts)
        .unwrap_or(u32::MAX)
        .saturating_sub(1)
        .min(6);
    Duration::from_millis(50)
        .saturating_mul(1 << exponent)
        .min(Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reconnecting_slows_down_to_two_seconds() {
        assert_eq!(reconnect_delay(1), Duration::from_millis(50));
        assert_eq!(reconnect_delay(1_000_000), Duration::from_secs(2));
    }
}
