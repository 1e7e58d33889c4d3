//! Misuse: secrets where they do not belong. Each is refused, and nobody repeats it.

mod commands;
mod deliveries;
mod manifests;
mod requests;

use crate::site::Site;

/// Everything that somebody may do wrong.
pub(crate) async fn misuse_everything(site: &Site) {
    deliveries::with_secrets_in_wrong_places(site).await;
    requests::with_secrets_in_wrong_places(site).await;
    manifests::with_secrets_in_wrong_fields(site).await;
    commands::with_wrong_files(site).await;
}
