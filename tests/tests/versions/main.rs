//! A service of this version beside things of the next: a bus with a stream, a family and a bucket more, events and
//! records with fields and words that nobody here knows. Either may be upgraded first.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod events;
mod records;
mod site;
mod tables;
