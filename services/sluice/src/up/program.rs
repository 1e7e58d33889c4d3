//! Finding a nats-server to run.

use std::path::{Path, PathBuf};

use anyhow::bail;
use sluice_bus::MIN_SERVER;
use tokio::process::Command;

/// The first nats-server that is new enough: on the PATH, beside this program, or where `make` puts it.
pub(super) async fn find(path: &str) -> anyhow::Result<PathBuf> {
    let mut passed_over = Vec::new();
    for program in candidates(path, std::env::current_exe().ok().as_deref()) {
        match version(&program).await {
            Some(version) if version >= MIN_SERVER => return Ok(program),
            Some((major, minor, patch)) => {
                passed_over.push(format!(
                    "; {} is {major}.{minor}.{patch}, too old",
                    program.display()
                ));
            }
            None => passed_over.push(format!("; {} does not run", program.display())),
        }
    }
    bail!(
        "there is no nats-server 2.12 or newer on the PATH or beside this program{}; install one, name it in \
         SLUICE_NATS_SERVER_BIN, or give --nats URL to use one that runs",
        passed_over.concat()
    )
}

fn candidates(path: &str, exe: Option<&Path>) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("nats-server"))
        .collect();
    if let Some(folder) = exe.and_then(Path::parent) {
        found.push(folder.join("nats-server"));
        // target/<profile>/sluice: the tree that it was built in.
        let tools = folder.join("../../.tools");
        let fetched = std::fs::read_dir(tools).into_iter().flatten().flatten();
        let fetched = fetched.filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("nats-server-")
        });
        found.extend(fetched.map(|entry| entry.path().join("nats-server")));
    }
    found.retain(|program| program.is_file());
    found
}

/// What `nats-server --version` says: `nats-server: v2.15.1`.
async fn version(program: &Path) -> Option<(u64, u64, u64)> {
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut parts = text
        .trim()
        .rsplit('v')
        .next()?
        .split(['.', '-'])
        .map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}
