//! A stand-in for sync: takes commands on, and writes how a repository stands.

use sluice_bus::{
    Bus, Records,
    consume::{self, Advance, Failure, Handler, Options, Received, Sink},
    topology::Topology,
};
use sluice_daemon::Shutdown;
use sluice_events::{
    Call, Timestamp,
    v1::{OperationOutcome, OperationState, SyncFailure, SyncHalt, SyncRepository, SyncState},
};
use sluice_registry::keys;

use crate::site::Site;

/// What becomes of what it is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Becomes {
    Synced,
    Failed,
    Refused,
}

struct Stand {
    bus: Bus,
    becomes: Becomes,
}

/// Has commands taken on until the test ends.
pub(crate) async fn start(site: &Site, becomes: Becomes) {
    let bus = site.bus("sync").await;
    let spec = Topology::current();
    let spec = spec.consumer("SLUICE_COMMANDS", "sync").unwrap().clone();
    let stand = Stand {
        bus: bus.clone(),
        becomes,
    };
    tokio::spawn(consume::run(
        bus,
        spec,
        stand,
        Options::default(),
        Shutdown::default(),
    ));
}

/// How a repository stands after its last look.
pub(crate) fn state(becomes: Becomes) -> SyncState {
    let failure = SyncFailure {
        message: "the credential was refused".into(),
        since: Timestamp::parse("2026-01-31T12:00:00Z"),
        ..Default::default()
    };
    match becomes {
        Becomes::Synced | Becomes::Refused => SyncState {
            generation: 3,
            head: "main".into(),
            completed_at: Timestamp::parse("2026-01-31T12:00:00Z"),
            ..Default::default()
        },
        Becomes::Failed => SyncState {
            generation: 3,
            failure: Some(failure),
            halt: Some(SyncHalt::default()),
            ..Default::default()
        },
    }
}

impl Handler for Stand {
    type Event = SyncRepository;

    async fn handle(
        &self,
        event: Received<SyncRepository>,
        _: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let call = Call::parse(&event.subject).unwrap();
        assert_eq!(call.principal, "operator");
        let outcome = match self.becomes {
            Becomes::Refused => OperationOutcome {
                state: OperationState::Refused.into(),
                reason: "not you".into(),
                ..Default::default()
            },
            Becomes::Synced | Becomes::Failed => {
                let key = keys::repository(&call.project, &event.data.name);
                let states = Records::<SyncState>::new(&self.bus, keys::SYNC_STATE);
                let before = states.get(&key).await.unwrap().map(|state| state.revision);
                states
                    .put(&key, &state(self.becomes), before)
                    .await
                    .unwrap();
                OperationOutcome {
                    state: OperationState::Accepted.into(),
                    ..Default::default()
                }
            }
        };
        Advance::of(keys::OPERATIONS, event.envelope.id, &outcome, None).map(Some)
    }
}
