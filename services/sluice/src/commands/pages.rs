//! `sluice completions` and `sluice man`: the words of the command, for shells and for people.

use std::{fs, io, path::Path};

use anyhow::Context;
use clap_complete::Shell;

use super::print;
use crate::arguments;

/// Prints what a shell completes the words by.
pub(super) fn completions(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::words(), "sluice", &mut script);
    print::say(&String::from_utf8_lossy(&script))?;
    Ok(())
}

/// Writes a page for the command, and one for each of its commands.
pub(super) fn man(folder: &Path) -> anyhow::Result<()> {
    let written = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        clap_mangen::generate_to(arguments::words(), folder)
    };
    written().with_context(|| format!("cannot write pages to {}", folder.display()))
}
