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

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of all commands, as their pages have them.
    fn names(command: &clap::Command, above: &str) -> Vec<String> {
        let whole = format!("{above}{}", command.get_name());
        let below = command.get_subcommands();
        let below = below.flat_map(|inner| names(inner, &format!("{whole}-")));
        std::iter::once(whole.clone()).chain(below).collect()
    }

    #[test]
    fn every_command_has_a_page_and_is_completed() {
        arguments::words().debug_assert();
        let folder = tempfile::tempdir().unwrap();
        man(folder.path()).unwrap();
        let names = names(&arguments::words(), "");
        assert!(
            names.contains(&"sluice-endpoints-verify".to_owned()),
            "{names:?}"
        );
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut arguments::words(), "sluice", &mut script);
            let script = String::from_utf8(script).unwrap();
            for name in &names {
                let word = name
                    .rsplit_once('-')
                    .map_or(name.as_str(), |(_, word)| word);
                assert!(script.contains(word), "{shell}: {name}");
                assert!(folder.path().join(format!("{name}.1")).exists(), "{name}");
            }
        }
    }
}
