//! `sluice trigger`.

use std::{io::Read, path::Path, time::Duration};

use anyhow::{Context, bail};
use sluice_daemon::{Invocation, escape};
use sluice_declared::Declared;
use sluice_events::{Timestamp, v1::Endpoint};
use sluice_providers::{HookSecret, SampleSpec, SecretKind, sample};
use zeroize::Zeroizing;

use crate::{
    arguments::Trigger,
    find::{self, Actor},
};

/// How long the gateway may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends a sample and prints the answer.
pub(super) async fn run(arguments: Trigger, invocation: &Invocation) -> anyhow::Result<()> {
    let value = read_secret(&arguments.secret_file)?;
    let secret = HookSecret::new("trigger", kind(&arguments.secret_kind)?, &value, None)?;
    let sample = sample(
        &arguments.provider,
        &arguments.event,
        &spec(&arguments)?,
        &secret,
    )?;
    let mut url = address(&arguments, invocation).await?;
    if secret.kind == SecretKind::Path {
        url = format!("{url}/{}", String::from_utf8_lossy(&value));
    }
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut request = client.post(&url).body(sample.body);
    for (name, value) in sample.headers {
        request = request.header(name, value);
    }
    // The address may hold a secret, so no error repeats it.
    let answer = request
        .send()
        .await
        .map_err(reqwest::Error::without_url)
        .context("the gateway cannot be reached")?;
    let status = answer.status();
    let body = answer.text().await.map_err(reqwest::Error::without_url)?;
    println!("{} {}", status.as_u16(), escape::terminal(&body));
    if !status.is_success() {
        bail!("the gateway did not take it");
    }
    Ok(())
}

fn read_secret(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut value = Zeroizing::new(Vec::new());
    if file == Path::new("-") {
        std::io::stdin()
            .read_to_end(&mut value)
            .context("cannot read the secret from standard input")?;
    } else {
        *value = std::fs::read(file)
            .with_context(|| format!("cannot read the secret from {}", file.display()))?;
    }
    while value
        .last()
        .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
    {
        value.pop();
    }
    Ok(value)
}

fn kind(word: &str) -> anyhow::Result<SecretKind> {
    Ok(match word {
        "hmac" => SecretKind::Hmac,
        "token" => SecretKind::Token,
        "signing" => SecretKind::Signing,
        "basic" => SecretKind::Basic,
        "path" => SecretKind::Path,
        _ => bail!("there is no kind of secret `{word}`; known: hmac, token, signing, basic, path"),
    })
}

fn spec(arguments: &Trigger) -> anyhow::Result<SampleSpec> {
    let random = || -> anyhow::Result<[u8; 20]> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(bytes)
    };
    let sha = |given: &Option<String>| given.clone().map_or_else(|| random().map(hex::encode), Ok);
    Ok(SampleSpec {
        repository: arguments.repository.clone(),
        repository_id: 1,
        ref_name: arguments.ref_name.clone(),
        default_branch: "main".into(),
        before: sha(&arguments.before)?,
        after: sha(&arguments.after)?,
        number: 1,
        actor: "sluice-trigger".into(),
        delivery_id: arguments
            .delivery_id
            .clone()
            .map_or_else(|| random().map(|id| hex::encode(&id[..16])), Ok)?,
        time: Timestamp::now(),
        marked: true,
    })
}

/// Where it goes: the address that was given, or that of an endpoint.
async fn address(arguments: &Trigger, invocation: &Invocation) -> anyhow::Result<String> {
    if let Some(url) = &arguments.url {
        return Ok(url.clone());
    }
    let name = arguments
        .endpoint
        .as_ref()
        .context("say where to: --endpoint NAME or --url URL")?;
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let declared = Declared::read(&system.bus).await?;
    let endpoint: &Endpoint = declared
        .snapshot
        .endpoint(&arguments.project, name)
        .with_context(|| format!("there is no endpoint {}/{name}", arguments.project))?;
    let file = system
        .file
        .context("the gateway's address is not known; give --url")?;
    Ok(format!("{}/hooks/{}", file.hooks, endpoint.id))
}
