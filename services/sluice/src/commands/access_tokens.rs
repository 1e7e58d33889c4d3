//! `sluice access-tokens new|list|delete`.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, bail};
use sluice_bus::{Bus, RecordError, Records, Versioned, roles};
use sluice_daemon::Invocation;
use sluice_declared::{Author, Declared};
use sluice_events::{Timestamp, v1::AccessToken};
use sluice_registry::{ACCESS_ROLES, Plaintext, keys, new_access_token};

use super::{SERVICE, print, time};
use crate::{
    arguments::access_tokens::{AccessTokens, Delete, List, New},
    find::{self, Actor},
};

/// Makes, shows or takes away.
pub(super) async fn run(command: AccessTokens, invocation: &Invocation) -> anyhow::Result<()> {
    match command {
        AccessTokens::New(arguments) => new(arguments, invocation).await,
        AccessTokens::List(arguments) => list(arguments, invocation).await,
        AccessTokens::Delete(arguments) => delete(arguments, invocation).await,
    }
}

/// What nobody could find afterwards is not done.
async fn note(bus: &Bus, action: &str, token: &AccessToken) -> anyhow::Result<()> {
    let author = Author::new(SERVICE, Actor::Operator.role())?;
    let object = format!("AccessToken {}", token.name);
    let noted = author.note(bus, action, &token.project, &object, None);
    noted.await.context("cannot note who changes it")
}

fn records(bus: &Bus) -> Records<AccessToken> {
    Records::new(bus, keys::ACCESS_TOKENS)
}

async fn new(arguments: New, invocation: &Invocation) -> anyhow::Result<()> {
    let (name, now) = (&arguments.name, Timestamp::now());
    // Its name becomes the principal of what its holder asks for.
    if roles::role(name).is_some() {
        bail!(
            "`{name}` is a user of the bus, and nobody else may speak in its name; choose another"
        );
    }
    let expires = arguments.expires.as_deref();
    let expires = expires.map(|text| time::ahead(text, now)).transpose()?;
    if expires.is_some_and(|expires| expires <= now) {
        bail!("it would have ended already; let it end later");
    }
    let project = arguments.project.unwrap_or_default();
    let made = new_access_token(name, &project, arguments.role.role(), now, expires);
    let (token, record) = made.map_err(|problem| anyhow::anyhow!("{problem}"))?;

    let bus = find::system(&arguments.reach, Actor::Operator, invocation)
        .await?
        .bus;
    let snapshot = Declared::read(&bus).await?.snapshot;
    if !project.is_empty() && snapshot.project(&project).is_none() {
        bail!("there is no project `{project}`; apply it first");
    }
    note(&bus, "access-tokens.new", &record).await?;
    if let Some(file) = &arguments.out {
        write(file, &token).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let stored = records(&bus)
        .put(&keys::access_token(name), &record, None)
        .await;
    if let Err(error) = stored {
        if let Some(file) = &arguments.out {
            // It opens nothing.
            let _ = fs::remove_file(file);
        }
        return Err(match error {
            RecordError::Conflict { .. } => {
                anyhow::anyhow!("there is an access token `{name}` already; delete it first")
            }
            other => other.into(),
        });
    }
    match &arguments.out {
        Some(file) => eprintln!("access token {name} written to {}", file.display()),
        None => {
            print::say(&format!("{}\n", String::from_utf8_lossy(token.expose())))?;
            eprintln!("keep it: it is not shown again");
        }
    }
    bus.drain().await;
    Ok(())
}

/// Writes a file that is not there yet and that others cannot read.
fn write(file: &Path, token: &Plaintext) -> std::io::Result<()> {
    let mut options = fs::File::options();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(token.expose())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let tokens = records(&system.bus).all().await?;
    // What it is known by is nobody's business.
    let without_digest = |token: Versioned<AccessToken>| AccessToken {
        digest: Default::default(),
        ..token.record
    };
    let tokens: Vec<_> = tokens.into_iter().map(without_digest).collect();
    let now = Timestamp::now();
    let shown = print::structured(&tokens, arguments.output)?.unwrap_or_else(|| {
        let heading = ["NAME", "PROJECT", "ROLE", "CREATED", "EXPIRES"];
        print::table(heading, tokens.iter().map(|token| row(token, now)))
    });
    print::say(&shown)?;
    Ok(())
}

fn row(token: &AccessToken, now: Timestamp) -> [String; 5] {
    let all = |project: &str| if project.is_empty() { "(all)" } else { project }.to_owned();
    let expires = match token.expires_at {
        None => "never".to_owned(),
        Some(at) if at <= now => format!("{at} (over)"),
        Some(at) => at.to_string(),
    };
    [
        token.name.clone(),
        all(&token.project),
        ACCESS_ROLES.word(token.role()).to_owned(),
        token
            .created_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        expires,
    ]
}

async fn delete(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let (records, key) = (records(&system.bus), keys::access_token(&arguments.name));
    let name = &arguments.name;
    let found = records.get(&key).await?;
    let found = found.with_context(|| format!("there is no access token `{name}`"))?;
    note(&system.bus, "access-tokens.delete", &found.record).await?;
    records.delete(&key, found.revision).await?;
    print::say(&format!("access token {name} deleted\n"))?;
    system.bus.drain().await;
    Ok(())
}
