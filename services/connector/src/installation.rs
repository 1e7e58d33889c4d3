//! The token of an App that other services fetch with: made in time, narrowed to reading the repositories that use it,
//! and written as a new version of the credential, which they follow as any other.
//!
//! One replica makes it, by a claim in the record of the bucket `installations`. The value is sealed before the credential
//! names it, and the value before is deleted after that; whoever dies in between leaves a value that nobody names and
//! that the host forgets within the hour, and whoever makes the next token deletes it.

mod due;
mod follow;
mod make;

pub(crate) use follow::follow;

/// Most repositories that a token can be narrowed to, as GitHub documents it.
const MOST: usize = 500;
