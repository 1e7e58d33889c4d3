//! The settings by which every service finds NATS.

use std::net::IpAddr;

use sluice_daemon::settings::{Key, Settings};

use crate::{Connection, Credentials, Namespace, connection::names_user, topology::Durability};

/// Where NATS is.
pub static URL: Key = Key::new("nats", "addresses of NATS, separated by commas")
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
    let (url, credentials) = (settings.string(&URL), credentials(settings));
    if names_user(&url) {
        settings.refuse(
            &URL,
            "names a user or a password, and addresses are shown: give nats-user and nats-password-file",
        );
    } else if matches!(credentials, Credentials::None) && certificate.is_none() && !is_private(&url)
    {
        settings.refuse(
            &URL,
            "on a bus that asks nobody who they are anybody can say anything: give nats-user, nats-creds, nats-nkey \
             or nats-cert, or use a nats-server on loopback",
        );
    }
    Connection {
        url,
        credentials,
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

/// Whether every address is on this machine.
fn is_private(url: &str) -> bool {
    url.split(',').all(|address| {
        let authority = address.trim().rsplit("://").next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next(),
            None => authority.split([':', '/']).next(),
        };
        let host = host.unwrap_or_default();
        let loopback = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        loopback || host == "localhost"
    })
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

#[cfg(test)]
mod tests {
    use sluice_daemon::{Invocation, Service};

    use super::*;

    static SERVICE: Service = Service {
        name: "gateway",
        version: "0",
        about: "reads these settings",
        keys: &[KEYS],
        elsewhere: &[],
    };

    fn problem(arguments: &[&str]) -> String {
        let invocation = Invocation {
            arguments: arguments.iter().map(ToString::to_string).collect(),
            ..Invocation::default()
        };
        let mut settings = Settings::read(&SERVICE, &invocation);
        let connection = read(&mut settings, "gateway");
        settings
            .finish(connection)
            .map_or_else(|problems| problems.to_string(), |_| String::new())
    }

    #[test]
    fn an_anonymous_bus_elsewhere_is_refused() {
        for url in [
            "nats://10.0.0.1:4222",
            "localhost.example",
            "127.0.0.1,b:2",
            "nats://127.evil.example",
        ] {
            let problem = problem(&["--nats", url]);
            assert!(problem.contains("nats-user"), "{url}: {problem}");
        }
        for url in [
            "nats://127.0.0.1:4222",
            "localhost",
            "nats://[::1]:4222,127.0.0.2",
        ] {
            assert_eq!(problem(&["--nats", url]), "", "{url}");
        }
    }

    #[test]
    fn an_address_that_names_a_password_is_refused_and_not_repeated() {
        for url in ["nats://u:hunter2@10.0.0.1", "localhost,u:hunter2@b"] {
            let problem = problem(&["--nats", url, "--nats-user", "u"]);
            assert!(problem.contains("nats-password-file"), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn one_way_to_say_who_we_are() {
        assert_eq!(problem(&["--nats", "nats://b", "--nats-creds", "/c"]), "");
        assert!(
            problem(&["--nats-creds", "/c", "--nats-user", "u"]).contains("several credentials")
        );
    }
}
