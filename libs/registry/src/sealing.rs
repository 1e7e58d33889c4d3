//! Sealing: secrets that whoever stores them cannot read (rule S4).
//!
//! HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. A value is sealed to the
//! public key of its class and to its [`Place`]: elsewhere, as another secret or as another version it does not open.

mod class;
mod files;
mod listed;
mod opened;
mod place;

use std::fmt;

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use sha2::{Digest, Sha256};
use sluice_events::v1::SealedValue;
use thiserror::Error;
use zeroize::Zeroizing;

pub use class::KeyClass;
pub use files::{KeyFileError, create_keys};
pub use listed::Listed;
pub use opened::{Opened, open_app_key, open_credential, open_endpoint};
pub use place::Place;

use crate::problem::quoted;

type Kem = X25519HkdfSha256;
type PublicKey = <Kem as hpke::Kem>::PublicKey;
type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type EncapsulatedKey = <Kem as hpke::Kem>::EncappedKey;

/// A public key: seals and cannot open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealingKey {
    class: KeyClass,
    id: String,
    key: PublicKey,
}

/// Public keys, at most one for each class that whoever holds them seals for.
#[derive(Debug, Clone, Default)]
pub struct SealingKeys(Vec<SealingKey>);

/// A private key: opens what was sealed to its public half. It cannot be printed and is overwritten when dropped.
#[derive(Clone)]
pub struct OpeningKey {
    class: KeyClass,
    id: String,
    key: PrivateKey,
}

/// All private keys of a class: the present one, and those that it replaced and that values are still sealed to.
#[derive(Debug, Clone, Default)]
pub struct OpeningKeys(Vec<OpeningKey>);

/// Why a value could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("it cannot be sealed to the key {0}")]
pub struct SealError(String);

/// Why a value could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is sealed to a key that is not at hand.
    #[error("it is sealed to the key {0}, which is not here")]
    UnknownKey(String),
    /// It was altered, comes from another place, or is an older version.
    #[error("it does not open: it was altered, or sealed for another place or version")]
    Altered,
}

impl SealingKey {
    pub(crate) fn from_bytes(class: KeyClass, bytes: &[u8]) -> Option<Self> {
        let key = PublicKey::from_bytes(bytes).ok()?;
        Some(Self::new(class, key))
    }

    fn new(class: KeyClass, key: PublicKey) -> Self {
        let id = key_id(&key);
        Self { class, id, key }
    }

    /// What it is for.
    pub fn class(&self) -> KeyClass {
        self.class
    }

    /// The first 16 hexadecimal digits of its SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// Seals a value for one place.
    pub fn seal(&self, place: &Place<'_>, value: &[u8]) -> Result<SealedValue, SealError> {
        let (encapsulated, ciphertext) =
            hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(
                &OpModeS::Base,
                &self.key,
                self.class.name().as_bytes(),
                value,
                &place.associated(&self.id),
            )
            .map_err(|_| SealError(self.id.clone()))?;
        Ok(SealedValue {
            key_id: self.id.clone(),
            encapsulated_key: encapsulated.to_bytes().to_vec().into(),
            ciphertext: ciphertext.into(),
        })
    }
}

impl SealingKeys {
    /// The key of a class.
    pub fn of(&self, class: KeyClass) -> Option<&SealingKey> {
        self.0.iter().find(|key| key.class == class)
    }
}

impl FromIterator<SealingKey> for SealingKeys {
    fn from_iter<I: IntoIterator<Item = SealingKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl OpeningKey {
    /// Makes a new key of random numbers. Fails only where the system has none.
    pub fn generate(class: KeyClass) -> Result<Self, getrandom::Error> {
        let mut material = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *material)?;
        let (key, _) = Kem::derive_keypair(&*material);
        Ok(Self::new(class, key))
    }

    pub(crate) fn from_bytes(class: KeyClass, bytes: &[u8]) -> Option<Self> {
        let key = PrivateKey::from_bytes(bytes).ok()?;
        Some(Self::new(class, key))
    }

    fn new(class: KeyClass, key: PrivateKey) -> Self {
        let id = key_id(&Kem::sk_to_pk(&key));
        Self { class, id, key }
    }

    /// Its public half.
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey::new(self.class, Kem::sk_to_pk(&self.key))
    }

    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; PrivateKey::size()]);
        self.key.write_exact(&mut bytes);
        bytes
    }

    /// Opens a value that was sealed for this place.
    pub fn open(
        &self,
        place: &Place<'_>,
        sealed: &SealedValue,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let encapsulated = EncapsulatedKey::from_bytes(&sealed.encapsulated_key)
            .map_err(|_| OpenError::Altered)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.key,
            &encapsulated,
            self.class.name().as_bytes(),
            &sealed.ciphertext,
            &place.associated(&sealed.key_id),
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Altered)
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OpeningKey({} {} [redacted])",
            self.class.name(),
            self.id
        )
    }
}

impl OpeningKeys {
    /// Whether there is none, so that nothing can be opened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens a value with the key that it names.
    pub fn open(
        &self,
        place: &Place<'_>,
        sealed: &SealedValue,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id);
        key.ok_or_else(|| OpenError::UnknownKey(quoted(&sealed.key_id)))?
            .open(place, sealed)
    }
}

impl FromIterator<OpeningKey> for OpeningKeys {
    fn from_iter<I: IntoIterator<Item = OpeningKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

fn key_id(key: &PublicKey) -> String {
    let digest = Sha256::digest(key.to_bytes());
    hex::encode(digest.iter().take(8).copied().collect::<Vec<_>>())
}
