//! What an administrator of the bus sees and does, past our own library.

use async_nats::jetstream::{self, consumer, stream};
use sluice_bus::{Connection, Credentials};

/// JetStream for a connection, by the client library alone.
pub(crate) async fn jetstream(connection: &Connection) -> jetstream::Context {
    let Credentials::UserPassword(user, password) = connection.credentials.clone() else {
        panic!("a user and a password");
    };
    let options = async_nats::ConnectOptions::with_user_and_password(user, password);
    jetstream::new(options.connect(&connection.url).await.unwrap())
}

/// Configuration and state of a consumer.
pub(crate) async fn consumer(
    jetstream: &jetstream::Context,
    stream: &str,
    name: &str,
) -> consumer::Info {
    let stream = jetstream.get_stream(stream).await.unwrap();
    stream.consumer_info(name).await.unwrap()
}

/// Changes a stream's configuration.
pub(crate) async fn change(
    jetstream: &jetstream::Context,
    stream: &str,
    change: impl FnOnce(&mut stream::Config),
) {
    let mut stream = jetstream.get_stream(stream).await.unwrap();
    let mut config = stream.info().await.unwrap().config.clone();
    change(&mut config);
    jetstream.update_stream(&config).await.unwrap();
}
