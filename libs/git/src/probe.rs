//! Whether the child can be run, and what holds it in: found out at the start of a service.

use std::time::Duration;

use sluice_daemon::Check;

use crate::Git;

/// How long until it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Runs the child until it works; then says once what does not hold it in on this machine.
pub async fn probe(git: Git, check: Check) {
    loop {
        match git.confinement().await {
            Ok(confinement) => {
                if !confinement.missing.is_empty() {
                    tracing::warn!(
                        missing = confinement.missing.join("; "),
                        "Git work is confined less than it could be"
                    );
                }
                return check.ok();
            }
            Err(error) => check.failing(error.to_string()),
        }
        tokio::time::sleep(RETRY).await;
    }
}
