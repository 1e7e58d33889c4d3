//! What a key is for.

/// A class of secrets. Each has keys of its own, so that a process opens what it needs and nothing else (rule S4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyClass {
    /// Secrets of endpoints. The gateway opens them.
    HookSecrets,
    /// Credentials for Git and hosts' APIs. sync, recoverer, connector and token-rotation open them.
    Credentials,
    /// What makes credentials: issuers and App keys. connector and token-rotation open them.
    Issuers,
    /// Credentials of clusters. runtime-status opens them.
    ClusterCredentials,
}

impl KeyClass {
    /// All classes.
    pub const ALL: [KeyClass; 4] = [
        KeyClass::HookSecrets,
        KeyClass::Credentials,
        KeyClass::Issuers,
        KeyClass::ClusterCredentials,
    ];

    /// What it is called in sentences.
    pub fn words(self) -> &'static str {
        match self {
            KeyClass::HookSecrets => "hook secrets",
            KeyClass::Credentials => "credentials",
            KeyClass::Issuers => "issuers",
            KeyClass::ClusterCredentials => "cluster credentials",
        }
    }

    /// Its name, in files and in what is sealed.
    pub fn name(self) -> &'static str {
        match self {
            KeyClass::HookSecrets => "hook-secrets",
            KeyClass::Credentials => "credentials",
            KeyClass::Issuers => "issuers",
            KeyClass::ClusterCredentials => "cluster-credentials",
        }
    }
}
