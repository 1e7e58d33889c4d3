//! Where a client may connect to, and by what.

use std::time::Duration;

use reqwest::{ClientBuilder, redirect::Policy as Redirect};
use sluice_egress::{Policy, Resolver};
use sluice_events::v1;
use url::Url;

use super::{Settings, failure, tls};
use crate::{ApiError, error::problem};

/// Our name.
const AGENT: &str = concat!("sluice/", env!("CARGO_PKG_VERSION"));

/// How long an unused connection is kept. What changes something and meets one that the host just closed has an unknown
/// outcome, so it is less than the minute that servers commonly wait.
const IDLE: Duration = Duration::from_secs(20);

/// An API's address, checked, without a slash at its end.
pub(super) fn address(text: &str) -> Result<Url, ApiError> {
    let wrong = |why: &str| problem!(Address, "the address of the host's API {why}");
    let mut url = Url::parse(text).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(wrong("is not one of https"));
    }
    let named = !url.username().is_empty() || url.password().is_some();
    if named || url.query().is_some() || url.fragment().is_some() || !url.has_host() {
        return Err(wrong("has a user, a query, a fragment, or no host"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A client that can speak with this address and no other.
pub(super) fn client(
    host: &v1::Host,
    base: &Url,
    settings: &Settings,
) -> Result<reqwest::Client, ApiError> {
    let resolver = Resolver::new(Policy {
        private: host.private_addresses,
        loopback: settings.local,
    });
    let resolver = match base.scheme() {
        "https" => resolver,
        _ if settings.local => resolver.only_this_machine(),
        _ => {
            return Err(problem!(
                Address,
                "the address of the host's API is not https: anyone on the way could read along; use https"
            ));
        }
    };
    // An address in the URL is never asked of the resolver.
    let admitted = resolver.admit(base.host_str().unwrap_or_default());
    admitted.map_err(|error| failure::of_egress(&error))?;
    let builder = builder(settings).dns_resolver(resolver);
    let built = builder
        .https_only(base.scheme() == "https")
        .tls_backend_preconfigured(tls::config(&host.ca)?)
        .build();
    built.map_err(|error| problem!(Network, "the HTTP client cannot be set up: {error}"))
}

fn builder(settings: &Settings) -> ClientBuilder {
    reqwest::Client::builder()
        .redirect(Redirect::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .referer(false)
        .connect_timeout(settings.connect)
        .pool_max_idle_per_host(4)
        .pool_idle_timeout(IDLE)
        .user_agent(AGENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    fn opened(url: &str, private: bool, local: bool) -> Result<(), Problem> {
        let host = v1::Host {
            private_addresses: private,
            ..v1::Host::default()
        };
        let settings = Settings {
            local,
            ..Settings::default()
        };
        let opened = address(url).and_then(|base| client(&host, &base, &settings));
        opened.map(drop).map_err(|error| error.problem)
    }

    #[test]
    fn s10_an_address_in_a_url_is_judged() {
        for (url, private, local) in [
            ("https://127.0.0.1/api", true, false),
            ("https://[::1]/api", true, false),
            ("https://2130706433/api", true, false),
            ("https://0x7f.1/api", true, false),
            ("https://[::ffff:127.0.0.1]/api", true, false),
            ("https://10.0.0.1/api", false, true),
            ("https://169.254.169.254/api", true, true),
            ("http://10.0.0.1/api", true, true),
        ] {
            assert_eq!(opened(url, private, local), Err(Problem::Address), "{url}");
        }
        assert_eq!(opened("http://127.0.0.1:3000/api/v1", false, true), Ok(()));
    }

    #[test]
    fn without_the_start_up_setting_there_is_no_http() {
        let refused = opened("http://git.example/api/v1", true, false);
        assert_eq!(refused, Err(Problem::Address));
    }

    #[test]
    fn an_address_is_of_the_web_and_holds_nothing_else() {
        for url in [
            "ssh://git.corp",
            "https://u:p@git.corp",
            "https://git.corp/?a=b",
            "https://git.corp/#a",
            "git.corp",
        ] {
            let error = address(url).unwrap_err();
            assert_eq!(error.problem, Problem::Address, "{url}");
        }
        assert_eq!(
            address("https://git.corp/api/v4//").unwrap().as_str(),
            "https://git.corp/api/v4"
        );
    }
}
