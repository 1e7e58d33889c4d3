//! The settings by which every service that works with Git finds and bounds the child.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sluice_daemon::settings::{Key, Settings as Read};

/// The child.
pub static PROGRAM: Key = Key::new(
    "git-program",
    "the program sluice-git; by default the one beside this program, else the one on the PATH",
)
.placeholder("FILE");

/// Whether repositories of this machine may be fetched.
pub static LOCAL: Key = Key::switch(
    "local-repositories",
    "allow repositories on loopback and by file:, for tests and demonstrations",
);

/// Wall time of a job.
pub static DEADLINE: Key = Key::new("git-deadline", "how long work on one repository may take")
    .default("10m")
    .placeholder("TIME");

/// Silence of a remote.
pub static STALL: Key = Key::new(
    "git-stall",
    "how long a Git host may say nothing amid a transfer",
)
.default("60s")
.placeholder("TIME");

/// Memory of a job.
pub static MEMORY: Key = Key::new(
    "git-memory",
    "how much memory work on one repository may take",
)
.default("512MiB")
.placeholder("SIZE");

/// Bytes of one fetch.
pub static MAX_PACK: Key = Key::new("git-max-pack", "how many bytes one fetch may bring")
    .default("4GiB")
    .placeholder("SIZE");

/// Bytes of one object.
pub static MAX_OBJECT: Key = Key::new(
    "git-max-object",
    "how large one file or other object in Git may be",
)
.default("256MiB")
.placeholder("SIZE");

/// All of them, for a service's table.
pub static KEYS: &[&Key] = &[
    &PROGRAM,
    &LOCAL,
    &DEADLINE,
    &STALL,
    &MEMORY,
    &MAX_PACK,
    &MAX_OBJECT,
];

/// How Git work is done.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The child's program.
    pub program: PathBuf,
    /// Whether repositories on loopback and by `file:` are allowed.
    pub local: bool,
    /// Wall time of a job, not counted while the caller does something else.
    pub deadline: Duration,
    /// How long a remote may say nothing.
    pub stall: Duration,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of a pack.
    pub max_pack: u64,
    /// Bytes of one object.
    pub max_object: u64,
}

impl Settings {
    /// The defaults, with this program.
    #[must_use]
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            local: false,
            deadline: Duration::from_secs(600),
            stall: Duration::from_secs(60),
            memory: 512 << 20,
            max_pack: 4 << 30,
            max_object: 256 << 20,
        }
    }
}

/// Reads them.
pub fn read(settings: &mut Read) -> Settings {
    let program = settings.optional(&PROGRAM, Read::path);
    let path = settings.variable("PATH").unwrap_or_default().to_owned();
    let program = program.unwrap_or_else(|| found(&path));
    Settings {
        program,
        local: settings.bool(&LOCAL),
        deadline: settings.duration(&DEADLINE),
        stall: settings.duration(&STALL),
        memory: settings.bytes(&MEMORY),
        max_pack: settings.bytes(&MAX_PACK),
        max_object: settings.bytes(&MAX_OBJECT),
    }
}

/// The program beside this one, else on the PATH. Where there is none, starting it says so.
fn found(path: &str) -> PathBuf {
    const NAME: &str = "sluice-git";
    let ours = std::env::current_exe().unwrap_or_default();
    let beside = ours.parent().map(|folder| folder.join(NAME));
    let elsewhere = path
        .split(':')
        .filter(|folder| !folder.is_empty())
        .map(|folder| Path::new(folder).join(NAME));
    let mut places = beside.into_iter().chain(elsewhere);
    places
        .find(|place| place.is_file())
        .unwrap_or_else(|| NAME.into())
}

#[cfg(test)]
mod tests {
    use sluice_daemon::{Invocation, Service};

    use super::*;

    static SERVICE: Service = Service {
        name: "sync",
        version: "0",
        about: "reads these settings",
        keys: &[KEYS],
        elsewhere: &[],
    };

    fn settings(arguments: &[&str]) -> Settings {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let invocation = Invocation {
            arguments,
            ..Invocation::default()
        };
        let mut settings = Read::read(&SERVICE, &invocation);
        let ours = read(&mut settings);
        settings.finish(ours).unwrap()
    }

    #[test]
    fn the_defaults_are_those_that_the_help_shows() {
        let (said, ours) = (settings(&[]), Settings::of(""));
        assert_eq!(
            Settings {
                program: "".into(),
                ..said.clone()
            }
            .deadline,
            ours.deadline
        );
        assert_eq!(
            (said.local, said.stall, said.memory),
            (ours.local, ours.stall, ours.memory)
        );
        assert_eq!(
            (said.max_pack, said.max_object),
            (ours.max_pack, ours.max_object)
        );
    }

    #[test]
    fn a_program_is_named_or_found() {
        assert_eq!(
            settings(&["--git-program", "/opt/sluice-git"]).program,
            Path::new("/opt/sluice-git")
        );
        assert!(found("/nowhere:").ends_with("sluice-git"));
    }
}
