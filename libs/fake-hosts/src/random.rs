//! What hosts make up: ids of deliveries and tokens.

use ring::rand::{SecureRandom, SystemRandom};

/// That many random bytes.
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has randomness");
    bytes
}

/// A UUID of version 4.
pub(crate) fn guid() -> String {
    let mut bytes: [u8; 16] = bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// So many random letters and digits, of those that hexadecimal has.
pub(crate) fn word(length: usize) -> String {
    let mut word = String::new();
    while word.len() < length {
        word += &hex::encode(bytes::<32>());
    }
    word.truncate(length);
    word
}
