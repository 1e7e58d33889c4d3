//! Git remotes: which addresses may be used, and the protocol with the child process that talks to them.
//!
//! libgit2 and whatever else reads what a remote says run in `sluice-git`, one process per job, which this library
//! starts, feeds, bounds and kills. It links none of them. The caller says what it knew; the child says what is new:
//!
//! ```no_run
//! # async fn sync(git: sluice_git::Git, remote: sluice_git::Remote) -> Result<(), sluice_git::GitError> {
//! use sluice_git::{Asked, Told};
//! let mut updating = git.update(&remote, "mirrors/web.git".as_ref(), Asked::default()).await?;
//! while let Some(told) = updating.next().await? {
//!     match told {
//!         Told::Refs(refs) => println!("{} refs", refs.refs.len()),
//!         Told::Move(moved) => println!("{} moved", moved.r#ref),
//!         Told::Commit { commit, .. } => println!("{}", commit.sha),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod addresses;
mod child;
mod error;
pub mod frames;
mod git;
pub mod job;
mod location;
pub mod moves;
mod names;
mod probe;
mod protect;
mod remote;
pub mod scrub;
pub mod settings;

pub use error::GitError;
pub use git::{Advertised, AdvertisedRef, Asked, Confinement, Git, Mark, Told, Updating};
pub use names::{Oid, RefName};
pub use probe::probe;
pub use protect::keep_memory_private;
pub use remote::Remote;
pub use settings::Settings;
pub use sluice_events::v1::GitProblem;
