//! The compiled messages.

#![expect(
    missing_docs,
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; what a field means stands in proto/sluice/v1"
)]

include!(concat!(env!("OUT_DIR"), "/sluice.v1.rs"));
include!(concat!(env!("OUT_DIR"), "/sluice.v1.serde.rs"));

/// The descriptors of all messages with their comments, an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sluice.v1.descriptors"));

impl Trust {
    /// The word used in `ce-sluicetrust`.
    pub fn word(self) -> &'static str {
        match self {
            Trust::Signed => "signed",
            Trust::Host => "host",
            Trust::Hint | Trust::Unspecified => "hint",
        }
    }

    /// Reads the word of `ce-sluicetrust`; anything unknown is only a hint.
    pub fn from_word(word: &str) -> Self {
        match word {
            "signed" => Trust::Signed,
            "host" => Trust::Host,
            _ => Trust::Hint,
        }
    }
}

impl Visibility {
    /// The word in [`FieldChange`]; empty if it is not known.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Internal => "internal",
            Visibility::Private => "private",
            Visibility::Unspecified => "",
        }
    }
}
