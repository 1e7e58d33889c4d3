//! What is declared: read with the revisions that a change has to name, changed by compare-and-set, and audited.
//!
//! [`sluice_registry::plan`] decides what is to be written and touches nothing; this writes it. Whoever declares
//! something by whatever way (the command, the API) comes through here, so that no change is made over somebody else's,
//! and none that nobody can find afterwards.

mod author;
mod declared;
mod error;

pub use author::Author;
pub use declared::{Declared, Revisions};
pub use error::ChangeError;
