//! `sluice apps new`: an App of GitHub by its manifest, from the page in a browser to what is declared of it.
//!
//! The endpoint is declared first, with a secret that nobody knows, so that the App has an address; the App's own secret
//! takes its place once the host has told it. Secrets go from the host to the API, and are neither shown nor written.

mod declared;
mod manifest;
mod redirect;

use std::io::Read;

use sluice_daemon::{Invocation, escape};
use sluice_events::v1;
use sluice_hosts::{AppKey, Budget, Host, NewApp, Pace, PlaceSort, Settings};
use sluice_registry::{Kind, Object, Plaintext, Spec};
use url::Url;

use crate::{
    arguments::apps::New,
    failure::Failure,
    find,
    way::{How, Way},
};

/// Longest code on standard input.
const LONGEST: u64 = 1024;

/// What an App is made for.
struct Wanted<'a> {
    arguments: &'a New,
    host: Host,
    record: v1::Host,
    /// Where its webhook goes.
    address: String,
}

/// Makes one.
pub(super) async fn new(arguments: New, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let (host, record) = host(&way, &arguments, invocation).await?;
    declared::is_free(&way, &arguments).await?;
    declared::rehearse(&way, &arguments).await?;
    let address = declared::endpoint(&way, &arguments).await?;
    let wanted = Wanted {
        arguments: &arguments,
        host,
        record,
        address,
    };
    let code = match arguments.code.as_deref() {
        Some("-") => of_input()?,
        Some(code) => Plaintext::new(code),
        None => in_browser(&wanted).await?,
    };
    let app = take_over(&wanted, &code).await?;
    let spec = [
        declared::credential(&arguments, &app.id, app.private_key),
        declared::endpoint_with(&way, &arguments, app.webhook_secret).await?,
    ];
    let applied = way.declare(spec.into(), How::default()).await;
    applied.map_err(|error| undeclared(&error, &app.page))?;
    way.close().await;
    tell(&arguments, &app.page);
    Ok(())
}

/// The host, if it has Apps.
async fn host(
    way: &Way,
    arguments: &New,
    invocation: &Invocation,
) -> anyhow::Result<(Host, v1::Host)> {
    let object = Object::new(Kind::Host, "", &arguments.host);
    let found = way.find(&object).await?;
    let Some(Spec::Host(spec)) = found.map(|shown| shown.manifest.spec) else {
        let what = format!("there is no host {}", arguments.host);
        return Err(Failure::refused(what, "`sluice hosts list` shows them"));
    };
    let record = spec.host;
    if record.provider != "github" {
        let what = format!(
            "the host {} is {}, which has no Apps",
            record.name, record.provider
        );
        return Err(Failure::refused(what, "name one of GitHub by --host"));
    }
    let settings = Settings {
        // For tests and demos, as services have it.
        local: invocation
            .env
            .get("SLUICE_LOCAL_REPOSITORIES")
            .is_some_and(|local| local == "true"),
        ..Settings::default()
    };
    let budget = Budget::new(Pace {
        calls_per_hour: 1000,
        share_percent: 100,
    });
    let host = Host::new(&record, settings, budget).map_err(of_host)?;
    Ok((host, record))
}

/// Has somebody register it in a browser, and returns the code that the host gives.
async fn in_browser(wanted: &Wanted<'_>) -> anyhow::Result<Plaintext> {
    let redirect = redirect::Redirect::listen().await?;
    let to = Url::parse(&redirect.address())?;
    let events = wanted.host.events(PlaceSort::Owner);
    let manifest = manifest::manifest(wanted, events, to.as_str());
    let page = wanted.arguments.page.clone();
    let page = page.unwrap_or_else(|| format!("{}-app.html", wanted.arguments.name).into());
    manifest::write_page(&page, &manifest::page(wanted, &manifest, redirect.state()))?;
    let shown = page.display().to_string();
    eprintln!(
        "open {} in a browser that is signed in at {}, and press the button",
        escape::terminal(&shown),
        wanted.record.url
    );
    eprintln!(
        "where the browser is on another machine, stop this then, and go on by --code with what stands behind `code=` in the address that it was led to"
    );
    let code = redirect.code(wanted.arguments.wait).await;
    // It is of no use any more, whatever came of it.
    let _ = std::fs::remove_file(&page);
    code
}

fn of_input() -> anyhow::Result<Plaintext> {
    let mut text = zeroize::Zeroizing::new(String::new());
    std::io::stdin().take(LONGEST).read_to_string(&mut text)?;
    Ok(Plaintext::new(text.trim()))
}

/// Takes it over, if it is what was wanted.
async fn take_over(wanted: &Wanted<'_>, code: &Plaintext) -> anyhow::Result<NewApp> {
    let app = wanted.host.take_over_app(code).await.map_err(of_host)?;
    let owner = &wanted.arguments.owner;
    if !app.owner.eq_ignore_ascii_case(owner) {
        let what = format!("the App belongs to {}, and not to {owner}", app.owner);
        let hint = format!("delete it at {}, and begin anew with its owner", app.page);
        return Err(Failure::refused(what, hint));
    }
    let key = AppKey::new(&app.id, &app.private_key).map_err(of_host)?;
    let known = wanted.host.app(key).map_err(of_host)?;
    let goes_to = known.hook_url().await.map_err(of_host)?;
    if goes_to != wanted.address {
        let what = "the webhook of the App goes to another address than that of its endpoint here";
        let hint = format!("delete it at {}, and begin anew", app.page);
        return Err(Failure::refused(what, hint));
    }
    Ok(app)
}

fn of_host(error: sluice_hosts::ApiError) -> anyhow::Error {
    Failure::failed(error.to_string(), "mend what it says, and begin anew")
}

/// The App is there, and what it proves itself by is lost.
fn undeclared(error: &anyhow::Error, page: &str) -> anyhow::Error {
    let what = format!("the App is registered, and could not be declared: {error}");
    let hint = format!("delete it at {page}, mend what it says, and begin anew");
    Failure::failed(what, hint)
}

fn tell(arguments: &New, page: &str) {
    let New { project, name, .. } = arguments;
    println!("Credential {project}/{name} and Endpoint {project}/{name} are declared");
    let page = format!("{page}/installations/new");
    println!("now install the App: {}", escape::terminal(&page));
    println!(
        "then add repositories: sluice repositories add URL --credential {name} --project {project}"
    );
}
