//! How a repository stands: its record, and what services keep about it.

use serde::Serialize;
use sluice_events::{
    Timestamp,
    v1::{Connection, KnownRefs, MirrorKind, RegisteredRepository, SyncFailure, SyncState},
};
use sluice_registry::{MIRROR_KINDS, WEBHOOK_KINDS};

use super::connection;
use crate::way::Status;

/// The heading of [`Standing::row`].
pub(super) const HEADING: [&str; 8] = [
    "PROJECT/NAME",
    "HOST",
    "FULL NAME",
    "BRANCH",
    "CONNECTION",
    "MIRROR",
    "STATE",
    "MISSED",
];

/// How a repository stands. Tables of refs are left out: most of them stand elsewhere.
#[derive(Serialize)]
pub(crate) struct Standing {
    repository: RegisteredRepository,
    /// In a few words.
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownRefs>,
}

impl Standing {
    /// A repository and what services keep about it.
    pub(crate) fn of(repository: RegisteredRepository, status: Status) -> Self {
        Self {
            state: state(&repository, status.sync.as_ref()),
            repository,
            connection: status.connection,
            sync: status.sync,
            known: status.known,
        }
    }

    /// Project and name.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.repository.project, self.repository.name)
    }

    /// Why it is not in step; `None` if nothing is wrong.
    pub(crate) fn problem(&self) -> Option<String> {
        let failure = self.sync.as_ref().and_then(|sync| sync.failure.as_ref());
        let sweep = self.known.as_ref().and_then(|known| known.failure.as_ref());
        match (failure, sweep) {
            (Some(_), _) => Some(self.state.clone()),
            (None, Some(sweep)) => Some(format!("its refs cannot be read: {}", sweep.message)),
            (None, None) => None,
        }
    }

    /// For a table.
    pub(super) fn row(&self) -> [String; 8] {
        let repository = &self.repository;
        [
            self.name(),
            repository.host.clone(),
            repository.full_name.clone(),
            self.branch(),
            self.status().to_owned(),
            mirror(repository).to_owned(),
            short(&self.state),
            time(self.known.as_ref().and_then(|known| known.missed_at), "-"),
        ]
    }

    /// For a page of its own.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let repository = &self.repository;
        let sync = self.sync.as_ref();
        let known = self.known.as_ref();
        let failure = sync.and_then(|sync| sync.failure.as_ref());
        vec![
            ("name", self.name()),
            ("host", repository.host.clone()),
            ("full name", repository.full_name.clone()),
            ("host's id", repository.host_id.clone()),
            ("url", repository.url.clone()),
            ("credential", repository.credential.clone()),
            ("branch", self.branch()),
            ("mirror", mirror(repository).to_owned()),
            (
                "connection",
                self.connection
                    .as_ref()
                    .map(connection::sentence)
                    .unwrap_or_default(),
            ),
            ("webhook", self.webhook()),
            ("state", self.state.clone()),
            (
                "last synced",
                time(sync.and_then(|sync| sync.completed_at), "never"),
            ),
            (
                "failing since",
                time(failure.and_then(|failure| failure.since), ""),
            ),
            ("tries again", time(sync.and_then(|sync| sync.retry_at), "")),
            ("last sweep", self.swept()),
            (
                "last heard",
                time(known.and_then(|known| known.heard_at), ""),
            ),
            ("missed", time(known.and_then(|known| known.missed_at), "-")),
        ]
    }

    fn status(&self) -> &'static str {
        let connection = self.connection.as_ref();
        connection.map_or("-", |connection| connection::word(connection.status()))
    }

    /// Who takes care of it, and how it fares at the host.
    fn webhook(&self) -> String {
        let kind = WEBHOOK_KINDS.word(self.repository.webhook());
        let hook = self
            .connection
            .as_ref()
            .and_then(|connection| connection.hook.as_ref());
        let Some(hook) = hook else {
            return kind.to_owned();
        };
        let proved = time(hook.proved_at, "not yet");
        let state = match hook.state.as_str() {
            "" => String::new(),
            state => format!(", {state}"),
        };
        let until = hook.expires_at.map(|at| format!(", used until {at}"));
        let until = until.unwrap_or_default();
        format!(
            "{kind}, endpoint {}, proved {proved}{state}{until}",
            hook.endpoint
        )
    }

    /// As it is declared, else where the remote's HEAD points to.
    fn branch(&self) -> String {
        let head = self.sync.as_ref().map(|sync| sync.head.clone());
        match self.repository.branch.as_str() {
            "" => head.unwrap_or_default(),
            declared => declared.to_owned(),
        }
    }

    fn swept(&self) -> String {
        let known = self.known.as_ref();
        let swept = time(known.and_then(|known| known.swept_at), "never");
        match known.and_then(|known| known.failure.as_ref()) {
            Some(failure) => format!("{swept}, failed: {}", failure.message),
            None => swept,
        }
    }
}

/// What a cell of a table has room for.
fn short(text: &str) -> String {
    const ROOM: usize = 60;
    if text.chars().count() <= ROOM {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(ROOM - 1).collect();
    short.push('…');
    short
}

/// In a few words.
fn state(repository: &RegisteredRepository, sync: Option<&SyncState>) -> String {
    if repository.mirror() == MirrorKind::None {
        return "not fetched".to_owned();
    }
    let Some(sync) = sync else {
        return "never synced".to_owned();
    };
    match (&sync.failure, sync.completed_at) {
        (Some(failure), _) => failed(failure, sync.halt.is_some()),
        (None, Some(at)) => format!("in step since {at}"),
        (None, None) => "never synced".to_owned(),
    }
}

pub(super) fn failed(failure: &SyncFailure, halted: bool) -> String {
    if halted {
        format!(
            "waits for a change of it, its credential or its host: {}",
            failure.message
        )
    } else {
        format!("failed: {}", failure.message)
    }
}

fn mirror(repository: &RegisteredRepository) -> &'static str {
    match repository.mirror() {
        MirrorKind::Unspecified => MIRROR_KINDS.word(MirrorKind::Full),
        known => MIRROR_KINDS.word(known),
    }
}

fn time(time: Option<Timestamp>, absent: &str) -> String {
    time.map_or_else(|| absent.to_owned(), |time| time.to_string())
}
