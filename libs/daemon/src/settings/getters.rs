//! One getter for each type a setting can have.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::layer::Value;
use super::{Key, Secret, Settings, parse};

impl Settings {
    /// A setting that may be left out: `settings.optional(&PUBLIC_URL, Settings::url)`.
    pub fn optional<T>(
        &mut self,
        key: &Key,
        getter: impl FnOnce(&mut Self, &Key) -> T,
    ) -> Option<T> {
        self.is_set(key).then(|| getter(self, key))
    }

    /// Text, as it is.
    pub fn string(&mut self, key: &Key) -> String {
        self.parsed(key, String::new(), |text| Ok(text.to_owned()))
    }

    /// An address to listen at; see [`parse::addr`].
    pub fn addr(&mut self, key: &Key) -> SocketAddr {
        self.parsed(key, (Ipv4Addr::LOCALHOST, 0).into(), parse::addr)
    }

    /// A duration such as `250ms`, `8s` or `1h30m`.
    pub fn duration(&mut self, key: &Key) -> Duration {
        self.parsed(key, Duration::ZERO, parse::duration)
    }

    /// A number of bytes such as `25MiB`.
    pub fn bytes(&mut self, key: &Key) -> u64 {
        self.parsed(key, 0, parse::bytes)
    }

    /// A whole number.
    pub fn number(&mut self, key: &Key) -> u64 {
        self.parsed(key, 0, parse::number)
    }

    /// `true` or `false`.
    pub fn bool(&mut self, key: &Key) -> bool {
        self.parsed(key, false, parse::bool)
    }

    /// An absolute URL with a host.
    pub fn url(&mut self, key: &Key) -> Url {
        self.parsed(key, parse::some_url(), parse::url)
    }

    /// A path, relative to where the process was started.
    pub fn path(&mut self, key: &Key) -> PathBuf {
        self.parsed(key, PathBuf::new(), |text| Ok(text.into()))
    }

    /// One of the given words.
    pub fn choice(&mut self, key: &Key, words: &[&'static str]) -> &'static str {
        self.parsed(key, "", |text| parse::choice(text, words))
    }

    /// Several texts: a list in the file, separated by commas elsewhere; nothing said is none.
    pub fn list(&mut self, key: &Key) -> Vec<String> {
        match self.found.get(key.name).map(|found| &found.value) {
            Some(Value::List(items)) => items.clone(),
            Some(_) => self.parsed(key, Vec::new(), |text| Ok(parse::list(text))),
            None => Vec::new(),
        }
    }

    /// A secret, given as such or as the file that holds it.
    pub fn secret(&mut self, key: &Key) -> Secret {
        let found = self
            .found
            .get(key.name)
            .map(|found| (&found.said, &found.value));
        let (said, why) = match found {
            Some((_, Value::Secret(secret))) => return secret.clone(),
            Some((said, Value::SecretFile(path))) => match Secret::read(path) {
                Ok(secret) => return secret,
                Err(why) => (said.clone(), why),
            },
            Some((said, Value::Text(_) | Value::List(_))) => {
                (said.clone(), "expected one secret".to_owned())
            }
            None => (key.variable(), missing(key)),
        };
        self.problems.add(said, why);
        Secret::default()
    }

    /// The value with its type; or the placeholder, and a problem.
    fn parsed<T>(
        &mut self,
        key: &Key,
        placeholder: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let found = self
            .found
            .get(key.name)
            .map(|found| (&found.said, &found.value));
        let (said, why) = match found {
            Some((said, Value::Text(text))) => match parse(text) {
                Ok(value) => return value,
                Err(why) => (said.clone(), why),
            },
            Some((said, _)) => (said.clone(), "expected one value".to_owned()),
            None => (key.variable(), missing(key)),
        };
        self.problems.add(said, why);
        placeholder
    }
}

fn missing(key: &Key) -> String {
    format!("is not set ({})", key.doc)
}
