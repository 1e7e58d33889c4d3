//! Waking repositories: whoever has work for one says so on the bus, and one partition takes it.

use std::{collections::HashMap, time::Duration};

use sluice_bus::{Bus, Outgoing, PublishError};
use sluice_events::{
    Envelope, MessageId, Timestamp, to_json, token,
    v1::{Trust, Wake},
};
use sluice_repositories::{Registered, Repositories, Versions};

/// Why: somebody asked for it. Then also what waits for somebody is tried.
pub(crate) const COMMAND: &str = "command";

/// Why: a record changed.
const CHANGED: &str = "changed";

/// How long publishing may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long until what could not be published is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Wakes a repository. `occasion` is what makes a repeat of it a repeat.
pub(crate) async fn wake(
    bus: &Bus,
    registered: &Registered,
    reason: &str,
    occasion: &[u8],
) -> Result<(), PublishError> {
    let address = registered.address();
    let parts = [
        &address.project,
        &address.host,
        &address.owner,
        &address.repository,
    ];
    let tokens = parts.map(token::encode);
    let id = MessageId::of(&[
        b"wake",
        registered.key.as_bytes(),
        reason.as_bytes(),
        occasion,
    ]);
    let envelope = Envelope {
        id: id.as_str().to_owned(),
        source: "sluice:sync".into(),
        event_type: "dev.sluice.wake.v1".into(),
        subject: String::new(),
        time: Timestamp::now(),
        project: address.project.clone(),
        fact: None,
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    };
    let said = Wake {
        reason: reason.to_owned(),
    };
    let payload =
        to_json(&said).map_err(|_| PublishError::Unknown("the wake cannot be encoded"))?;
    let outgoing = Outgoing {
        subject: format!("sluice.v1.wake.{}", tokens.join(".")),
        stream: "SLUICE_WORK".into(),
        id: Some(id),
        first: false,
        headers: envelope.to_headers(),
        payload: payload.into(),
    };
    bus.publish(outgoing, PATIENCE).await.map(|_| ())
}

/// Wakes every repository that is new or that changed, for ever. Every replica does; the bus keeps one of it.
pub(crate) async fn follow(bus: Bus, repositories: Repositories) {
    let mut changes = repositories.changes();
    let mut woken: HashMap<String, Versions> = HashMap::new();
    loop {
        changes.borrow_and_update();
        let all = repositories.all();
        woken.retain(|key, _| all.iter().any(|registered| registered.key == *key));
        let mut failed = false;
        for registered in all {
            if woken.get(&registered.key) == Some(&registered.versions) {
                continue;
            }
            let Versions {
                repository,
                host,
                credential,
            } = registered.versions;
            let occasion = [repository, host, credential]
                .map(u64::to_be_bytes)
                .concat();
            match wake(&bus, &registered, CHANGED, &occasion).await {
                Ok(()) => drop(woken.insert(registered.key.clone(), registered.versions)),
                Err(error) => {
                    tracing::warn!(%error, repository = registered.key, "a repository could not be woken yet");
                    failed = true;
                }
            }
        }
        if failed {
            tokio::time::sleep(RETRY).await;
        } else if changes.changed().await.is_err() {
            return;
        }
    }
}
