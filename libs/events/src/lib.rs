//! The contract: what events say, how they are named, and when two of them tell the same fact.
//!
//! Pure: no clock, no network, no bus. Everything that crosses a process boundary is declared in
//! `proto/sluice/v1` and compiled here; [`families`] lists what is published under which subject.

mod became;
mod call;
mod envelope;
mod fact;
pub mod families;
mod json;
mod subject;
mod timestamp;
pub mod token;
/// The messages of `proto/sluice/v1`, with proto-JSON as their serde form.
pub mod v1;

pub use became::{field, repository_filter};
pub use call::{Call, CallKind};
pub use envelope::{Envelope, EnvelopeError, Header};
pub use fact::{Fact, MessageId, RefIdentity, Weight};
pub use json::{from_json, to_json};
pub use subject::{
    Address, Subject, SubjectError, ref_filter, ref_qualifiers, ref_subject, refs_of,
};
pub use timestamp::Timestamp;
