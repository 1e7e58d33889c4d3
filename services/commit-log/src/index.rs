//! The index: what the log says, in a file of SQLite, so that it can be asked.
//!
//! It is a projection of `SLUICE_COMMITS` and nothing else. Every replica reads the stream forward ([`follow`]) and keeps
//! how far it is in the same transaction as what it read. A file that is missing, damaged, of another version or of
//! another stream is deleted and read anew; questions are answered meanwhile, and say how far the index is.
//!
//! SQLite blocks, so whatever touches the file runs on threads that may: [`Index::read`] on one of a few connections,
//! within a budget of steps; [`Index::write`] on the one that writes.

pub(crate) mod answer;
mod branch;
mod budget;
pub(crate) mod entry;
mod file;
pub(crate) mod follow;
pub(crate) mod known;
pub(crate) mod list;
pub(crate) mod position;
mod schema;
pub(crate) mod scope;
pub(crate) mod show;
mod tips;
pub(crate) mod walks;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use rusqlite::{Connection, ErrorCode};
use thiserror::Error;
use tokio::{
    sync::{Notify, Semaphore},
    task::spawn_blocking,
};

use self::{file::File, walks::Walks};

/// Questions that are looked up at once.
const READERS: usize = 4;

/// The index. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Index(Arc<Inner>);

struct Inner {
    file: File,
    /// Held for reading by whoever uses a connection; for writing while the file is replaced.
    connections: RwLock<Connections>,
    readers: Semaphore,
    damaged: Notify,
    walks: Walks,
}

/// Connections that nobody uses at present.
#[derive(Default)]
struct Connections {
    writer: Mutex<Option<Connection>>,
    readers: Mutex<Vec<Connection>>,
}

/// Why the index cannot say something.
#[derive(Debug, Error)]
pub(crate) enum IndexError {
    /// The file is not what it was: it is read anew.
    #[error("the index is damaged and is read anew: {0}")]
    Damaged(String),
    /// It would take more steps than allowed.
    #[error("it takes too many steps")]
    TooMuch,
    /// The question has no answer of this kind.
    #[error(transparent)]
    Refused(#[from] sluice_bus::Refusal),
    /// Something else is wrong: the disk is full, the folder is gone.
    #[error("the index failed: {0}")]
    Failed(String),
}

impl Index {
    /// Opens the index in a folder, which is made if it is missing. One process for each folder.
    pub(crate) async fn open(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.to_owned();
        let file = spawn_blocking(move || File::open(&folder)).await??;
        Ok(Self(Arc::new(Inner {
            file,
            connections: RwLock::default(),
            readers: Semaphore::new(READERS),
            damaged: Notify::new(),
            walks: Walks::default(),
        })))
    }

    /// Asks the index, all of it at one moment. `steps` bounds what it may cost.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        steps: Option<u64>,
        ask: impl FnOnce(&Connection) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        self.look(steps, move |connection, _| ask(connection)).await
    }

    /// The same with the walks that are remembered.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        steps: Option<u64>,
        ask: impl FnOnce(&Connection, &Walks) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let inner = Arc::clone(&self.0);
        // What has no bound is our own and quick, and waits for no question. The semaphore is never closed.
        let _reader = match steps {
            Some(_) => self.0.readers.acquire().await.ok(),
            None => None,
        };
        let answer = spawn_blocking(move || inner.read(steps, ask)).await;
        self.judge(answer.map_err(|error| IndexError::Failed(error.to_string()))?)
    }

    /// Changes the index, all of it or nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let inner = Arc::clone(&self.0);
        let done = spawn_blocking(move || inner.write(change)).await;
        self.judge(done.map_err(|error| IndexError::Failed(error.to_string()))?)
    }

    /// Deletes the file and begins a new one, once nobody reads the old one any more.
    pub(crate) async fn renew(&self) -> Result<(), IndexError> {
        let inner = Arc::clone(&self.0);
        let renewed = spawn_blocking(move || {
            let mut connections = inner
                .connections
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            *connections = Connections::default();
            inner.walks.forget();
            inner.file.renew()
        });
        let renewed = renewed.await;
        renewed.map_err(|error| IndexError::Failed(error.to_string()))?
    }

    /// Waits until somebody found the file damaged.
    pub(crate) async fn damaged(&self) {
        self.0.damaged.notified().await;
    }

    fn judge<T>(&self, answer: Result<T, IndexError>) -> Result<T, IndexError> {
        if let Err(IndexError::Damaged(reason)) = &answer {
            tracing::error!(reason, "the index is damaged");
            self.0.damaged.notify_one();
        }
        answer
    }
}

impl Inner {
    fn read<T>(
        &self,
        steps: Option<u64>,
        ask: impl FnOnce(&Connection, &Walks) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let connections = self
            .connections
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let idle = locked(&connections.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.file.reader()?,
        };
        budget::set(&mut connection, steps)?;
        let answer = {
            let moment = connection.unchecked_transaction()?;
            // Nothing is written: it ends when it is dropped.
            ask(&moment, &self.walks)
        };
        budget::lift(&mut connection)?;
        if !matches!(answer, Err(IndexError::Damaged(_) | IndexError::Failed(_))) {
            let mut idle = locked(&connections.readers);
            if idle.len() < READERS {
                idle.push(connection);
            }
        }
        answer
    }

    fn write<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let connections = self
            .connections
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.file.stands()?;
        let mut writer = locked(&connections.writer);
        let connection = match writer.take() {
            Some(connection) => connection,
            None => self.file.writer()?,
        };
        let transaction = connection.unchecked_transaction()?;
        let done = change(&transaction)?;
        transaction.commit()?;
        *writer = Some(connection);
        Ok(done)
    }
}

impl From<rusqlite::Error> for IndexError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                IndexError::Damaged(error.to_string())
            }
            Some(ErrorCode::OperationInterrupted) => IndexError::TooMuch,
            _ => IndexError::Failed(error.to_string()),
        }
    }
}

impl From<prost::DecodeError> for IndexError {
    /// We wrote it, so it was readable.
    fn from(error: prost::DecodeError) -> Self {
        IndexError::Damaged(error.to_string())
    }
}

/// What is in there is whole after every statement.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
