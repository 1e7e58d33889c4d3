//! The messages between us and the child, compiled from `proto/sluice/git/v1`.

#![expect(
    missing_docs,
    clippy::all,
    reason = "generated; what a field means stands in proto/sluice/git/v1"
)]

use std::fmt;

include!(concat!(env!("OUT_DIR"), "/sluice.git.v1.rs"));

impl fmt::Debug for Remote {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("scheme", &self.scheme())
            .field("host", &self.host)
            .field("path", &self.path)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
