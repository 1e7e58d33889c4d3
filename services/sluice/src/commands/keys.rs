//! `sluice keys new|reseal`.

mod moving;
mod reseal;

use std::{fs, os::unix::fs::DirBuilderExt, process::ExitCode};

use anyhow::Context;
use sluice_daemon::Invocation;
use sluice_registry::{KeyClass, create_keys};

use crate::{
    arguments::keys::{Keys, New},
    key_folder::KeyFolder,
};

/// Makes keys, or moves values from one to the next.
pub(super) async fn run(command: Keys, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    match command {
        Keys::New(arguments) => new(&arguments).map(|()| ExitCode::SUCCESS),
        Keys::Reseal(arguments) => reseal::run(&arguments, invocation).await,
    }
}

/// Makes a pair for each class, or for one; overwrites nothing.
fn new(arguments: &New) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    let one = arguments.class.map(|class| vec![class.class()]);
    for class in one.unwrap_or_else(|| KeyClass::ALL.to_vec()) {
        if arguments.replace {
            KeyFolder::at(folder).put_aside(class)?;
        }
        let key = create_keys(folder, class)?;
        println!(
            "{}: {}/{}.key (private, mode 0600) and .pub",
            key.id(),
            folder.display(),
            class.name()
        );
    }
    Ok(())
}
