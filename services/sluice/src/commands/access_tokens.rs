//! `sluice access-tokens new|list|delete`.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use sluice_daemon::Invocation;
use sluice_events::Timestamp;
use sluice_registry::Plaintext;

use super::{print, time};
use crate::{
    arguments::{
        Format,
        access_tokens::{AccessTokens, Delete, List, New},
    },
    failure::Failure,
    find,
    way::{NewToken, Token, Way},
};

/// Makes, shows or takes away.
pub(super) async fn run(command: AccessTokens, invocation: &Invocation) -> anyhow::Result<()> {
    match command {
        AccessTokens::New(arguments) => new(arguments, invocation).await,
        AccessTokens::List(arguments) => list(arguments, invocation).await,
        AccessTokens::Delete(arguments) => delete(arguments, invocation).await,
    }
}

async fn new(arguments: New, invocation: &Invocation) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let expires = arguments.expires.as_deref();
    let expires = expires.map(|text| time::ahead(text, now)).transpose()?;
    if expires.is_some_and(|expires| expires <= now) {
        return Err(Failure::refused(
            "it would have ended already",
            "let it end later",
        ));
    }
    let new = NewToken {
        name: arguments.name,
        project: arguments.project.unwrap_or_default(),
        role: arguments.role.role(),
        expires,
    };
    let way = find::to_change(&arguments.reach, invocation).await?;
    match &arguments.out {
        Some(file) => {
            write(file, &new, &way).await?;
            eprintln!("access token {} written to {}", new.name, file.display());
        }
        None => {
            let token = way.new_token(&new).await?;
            print::say(&format!("{}\n", String::from_utf8_lossy(token.expose())))?;
            eprintln!("keep it: it is not shown again");
        }
    }
    way.close().await;
    Ok(())
}

/// Makes it and writes it to a file that was not there before: first the file, so that no token is made for nobody.
async fn write(file: &Path, new: &NewToken, way: &Way) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    let mut options = File::options();
    let opened = options.create_new(true).write(true).mode(0o600).open(file);
    let mut opened = opened.with_context(cannot)?;
    let made = way.new_token(new).await;
    if made.is_err() {
        let _ = fs::remove_file(file);
    }
    write_to(&mut opened, &made?).with_context(cannot)
}

fn write_to(file: &mut File, token: &Plaintext) -> std::io::Result<()> {
    file.write_all(token.expose())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.reach, invocation).await?;
    let tokens = way.tokens().await?;
    let now = Timestamp::now();
    let names = || tokens.iter().map(|token| token.name.clone()).collect();
    let shown = print::structured(&tokens, arguments.output, names)?.unwrap_or_else(|| {
        let heading = ["NAME", "PROJECT", "ROLE", "CREATED", "EXPIRES"];
        print::table(heading, tokens.iter().map(|token| row(token, now)))
    });
    print::say(&shown)?;
    Ok(())
}

fn row(token: &Token, now: Timestamp) -> [String; 5] {
    let all = |project: &str| if project.is_empty() { "(all)" } else { project }.to_owned();
    let expires = match token.expires_at {
        None => "never".to_owned(),
        Some(at) if at <= now => format!("{at} (over)"),
        Some(at) => at.to_string(),
    };
    let created = token.created_at.map(|at| at.to_string());
    [
        token.name.clone(),
        all(&token.project),
        token.role.clone(),
        created.unwrap_or_default(),
        expires,
    ]
}

async fn delete(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let name = &arguments.name;
    way.delete_token(name).await?;
    print::say(&match arguments.output {
        Format::Name => format!("{name}\n"),
        _ => format!("access token {name} deleted\n"),
    })?;
    way.close().await;
    Ok(())
}
