//! The settings by which every service finds NATS.

use sluice_daemon::settings::{Key, Settings};

use crate::{Connection, Credentials, Namespace, topology::Durability};

/// Where NATS is.
pub static URL: Key = Key::new("nats-url", "addresses of NATS, separated by commas")
    .default("nats://127.0.0.1:4222")
    .also("NATS_URL")
    .placeholder("URL");

/// A `.creds` file.
pub static CREDS: Key = Key::new("nats-creds", "file with JWT and seed to connect with")
    .also("NATS_CREDS")
    .placeholder("FILE");

/// User name, with `nats-password`.
pub static USER: Key = Key::new("nats-user", "user to connect as")
    .also("NATS_USER")
    .placeholder("NAME");

/// The user's password.
pub static PASSWORD: Key =
    Key::secret("nats-password", "the user's password").also("NATS_PASSWORD");

/// Seed of an nkey.
pub static NKEY: Key =
    Key::secret("nats-nkey", "seed of the nkey to connect with").also("NATS_NKEY");

/// Certificate authorities.
pub static CA: Key = Key::new("nats-ca", "certificates that vouch for the server")
    .also("NATS_CA")
    .placeholder("FILE");

/// Our certificate.
pub static CERT: Key = Key::new("nats-cert", "our certificate")
    .also("NATS_CERT")
    .placeholder("FILE");

/// The key of our certificate.
pub static KEY: Key = Key::new("nats-key", "the key of our certificate")
    .also("NATS_KEY")
    .placeholder("FILE");

/// Prefix on a shared account.
pub static NAMESPACE: Key = Key::new(
    "namespace",
    "word that begins all subjects, streams and buckets on a shared account",
)
.placeholder("WORD");

/// What the operator declares about the server.
pub static DURABILITY: Key = Key::new(
    "durability",
    "what makes stored messages safe: fsync (the server syncs every message) or quorum (three replicas)",
)
.default("fsync")
.placeholder("fsync|quorum");

/// All of them, for a service's table.
pub static KEYS: &[&Key] = &[
    &URL,
    &CREDS,
    &USER,
    &PASSWORD,
    &NKEY,
    &CA,
    &CERT,
    &KEY,
    &NAMESPACE,
    &DURABILITY,
];

/// Reads them for the service of that name.
pub fn read(settings: &mut Settings, name: &str) -> Connection {
    let word = settings
        .optional(&NAMESPACE, Settings::string)
        .unwrap_or_default();
    let namespace = Namespace::of(&word).unwrap_or_else(|| {
        settings.refuse(
            &NAMESPACE,
            format_args!("`{word}` is no namespace, expected a word of a-z, 0-9 and -"),
        );
        Namespace::default()
    });
    let certificate = settings
        .optional(&CERT, Settings::path)
        .zip(settings.optional(&KEY, Settings::path));
    if settings.is_set(&CERT) != settings.is_set(&KEY) {
        settings.refuse(&CERT, "a certificate needs its key: set both or neither");
    }
    Connection {
        url: settings.string(&URL),
        credentials: credentials(settings),
        ca_file: settings.optional(&CA, Settings::path),
        client_certificate: certificate,
        namespace,
        durability: match settings.choice(&DURABILITY, &["fsync", "quorum"]) {
            "quorum" => Durability::Quorum,
            _ => Durability::Fsync,
        },
        name: name.to_owned(),
    }
}

fn credentials(settings: &mut Settings) -> Credentials {
    let given = [&CREDS, &USER, &NKEY]
        .into_iter()
        .filter(|key| settings.is_set(key))
        .count();
    if given > 1 {
        settings.refuse(
            &USER,
            "there are several credentials: set one of nats-creds, nats-user and nats-nkey",
        );
    }
    if let Some(user) = settings.optional(&USER, Settings::string) {
        return Credentials::UserPassword(user, settings.secret(&PASSWORD).expose().to_owned());
    }
    if let Some(path) = settings.optional(&CREDS, Settings::path) {
        return Credentials::File(path);
    }
    match settings.optional(&NKEY, Settings::secret) {
        Some(seed) => Credentials::Nkey(seed.expose().to_owned()),
        None => Credentials::None,
    }
}
