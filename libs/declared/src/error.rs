//! Why a change was not made.

use sluice_bus::{PublishError, RecordError};
use thiserror::Error;

/// Why a change was not made, or not to its end. The record comes after the values that it lists, so what is left over
/// is in no use.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// Somebody else changed the same record, so what was planned may not be right any more.
    #[error(
        "cannot write {key} in bucket {bucket}, which somebody else changed meanwhile; nothing that was written before is undone: look at it and apply again"
    )]
    Conflict {
        /// The bucket.
        bucket: &'static str,
        /// The key in it.
        key: String,
    },
    /// A record could not be written.
    #[error(
        "cannot write {key} in bucket {bucket}; nothing that was written before is undone: apply again"
    )]
    Write {
        /// The bucket.
        bucket: &'static str,
        /// The key in it.
        key: String,
        /// Why not.
        source: RecordError,
    },
    /// What nobody could find afterwards is not done.
    #[error("cannot note who changes it, so it is left as it is; apply again")]
    Audit(#[from] PublishError),
}
