//! `sluice up`: everything in one process.

mod access;
mod config;
mod nats;
mod program;
mod services;

use std::{ffi::OsString, fs, net::SocketAddr, os::unix::fs::DirBuilderExt, path::Path};

use anyhow::{Context, anyhow};
use config::{Config, Output, UP};
use nats::Nats;
use serde::Serialize;
use services::Services;
use sluice_bus::{
    Bus, Connection, Credentials,
    topology::{self, Topology},
};
use sluice_daemon::{Health, Invocation, Process};
use sluice_registry::{KeyClass, create_keys};

use crate::{
    connection_file::{ConnectionFile, TOKEN_FILE, User},
    key_folder::KeyFolder,
};

/// Runs it with these settings; answers the exit code.
pub(crate) fn main(settings: Vec<OsString>, invocation: Invocation) -> u8 {
    let arguments = settings
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let invocation = Invocation {
        arguments,
        ..invocation
    };
    sluice_daemon::start(&UP, &invocation, Config::read, run)
}

async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    make_private(&config.data_dir)?;
    let _lock = lock(&config.data_dir)?;
    let keys = make_keys(&config.data_dir)?;
    let nats = Nats::start(&config).await?;
    apply_topology(&nats.connection("bootstrap")).await?;

    access::first(&nats.connection("operator"), &config.data_dir).await?;
    let services = Services::start(&config, &nats, &keys, &process).await?;
    let file = connection_file(&config, &nats, &services, process.admin);
    file.write(&config.data_dir)?;

    let health = process.health.clone();
    let announcing = announce(&health, &file, &config);
    let serving = services.run();
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = announcing => serving.await,
    };
    ConnectionFile::remove(&config.data_dir);
    nats.stop().await;
    served
}

fn make_private(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| format!("cannot make the data folder {}", folder.display()))
}

/// One process per data folder: two servers on one store destroy it.
fn lock(folder: &Path) -> anyhow::Result<fs::File> {
    let path = folder.join("lock");
    let file =
        fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.try_lock().map_err(|_| {
        anyhow!(
            "another `sluice up` runs on {}; stop it or name another --data-dir",
            folder.display()
        )
    })?;
    Ok(file)
}

/// The folder of the sealing keys; those that are missing are made.
fn make_keys(folder: &Path) -> anyhow::Result<KeyFolder> {
    let keys = KeyFolder::of_data(folder);
    make_private(keys.path())?;
    for class in KeyClass::ALL {
        if !keys.private(class).exists() {
            create_keys(keys.path(), class)
                .with_context(|| format!("cannot make the key for {}", class.name()))?;
        }
    }
    Ok(keys)
}

async fn apply_topology(connection: &Connection) -> anyhow::Result<()> {
    let bus = Bus::connect(connection).await?;
    bus.connected().await;
    bus.check_server()?;
    for done in topology::apply(&bus, &Topology::current()).await? {
        tracing::info!(what = done.what, "{}", done.action);
    }
    bus.drain().await;
    Ok(())
}

fn connection_file(
    config: &Config,
    nats: &Nats,
    services: &Services,
    admin: SocketAddr,
) -> ConnectionFile {
    let user = |role: &str| match nats.connection(role).credentials {
        Credentials::UserPassword(user, password) => Some(User { user, password }),
        _ => None,
    };
    ConnectionFile {
        hooks: format!("http://{}", services.hooks()),
        api: Some(format!("http://{}", services.api())),
        admin: format!("http://{admin}"),
        nats: nats.url(),
        namespace: config.namespace.clone(),
        reader: user("reader"),
        operator: user("operator"),
    }
}

/// What programs read from standard output.
#[derive(Serialize)]
struct Addresses<'f> {
    hooks: &'f str,
    api: Option<&'f str>,
    admin: &'f str,
    nats: &'f str,
}

impl<'f> From<&'f ConnectionFile> for Addresses<'f> {
    fn from(file: &'f ConnectionFile) -> Self {
        Self {
            hooks: &file.hooks,
            api: file.api.as_deref(),
            admin: &file.admin,
            nats: &file.nats,
        }
    }
}

/// Says that everything is ready, once it is.
async fn announce(health: &Health, file: &ConnectionFile, config: &Config) {
    while !health.readiness().ready {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    match config.output {
        Output::Json => {
            let Ok(line) = serde_json::to_string(&Addresses::from(file)) else {
                return;
            };
            println!("{line}");
        }
        Output::Text => {
            println!("sluice is ready");
            println!("  webhooks   {}/hooks/<id>", file.hooks);
            if let Some(api) = &file.api {
                let token = config.data_dir.join(TOKEN_FILE);
                println!("  api        {api}/api/v1 (token in {})", token.display());
            }
            println!("  health     {}/readyz?verbose", file.admin);
            println!("  nats       {}", file.nats);
            println!("  data       {}", config.data_dir.display());
            println!(
                "next: sluice apply --data-dir {0} -f FILE; sluice events tail --data-dir {0}",
                config.data_dir.display()
            );
        }
    }
}
