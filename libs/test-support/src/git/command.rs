//! The `git` command, without anything of whoever runs the test.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

/// `git`, with nothing from outside: no configuration, no prompts, a fixed author, its dates at a fixed time.
pub fn git() -> Command {
    let mut command = Command::new("git");
    #[expect(clippy::disallowed_methods, reason = "git is found on the PATH")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada Author")
        .env("GIT_AUTHOR_EMAIL", "ada@example.test")
        .env("GIT_AUTHOR_DATE", "1700000000 +0100")
        .env("GIT_COMMITTER_NAME", "Carl Committer")
        .env("GIT_COMMITTER_EMAIL", "carl@example.test")
        .env("GIT_COMMITTER_DATE", "1700000000 +0100");
    command
}

/// What `git` says in a folder, without the line break at its end.
///
/// # Panics
/// If it fails.
pub fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = git()
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap();
    said(arguments, &output)
}

/// The same, with something on its standard input.
///
/// # Panics
/// If it fails.
pub fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut command = git();
    command.arg("-C").arg(folder).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // It may end without reading everything, and then says why.
        scope.spawn(move || stdin.write_all(input));
        process.wait_with_output().unwrap()
    });
    said(arguments, &output)
}

fn said(arguments: &[&str], output: &Output) -> String {
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "git {arguments:?}: {}\n{stderr}{stdout}",
        output.status
    );
    stdout.trim_end_matches('\n').to_owned()
}
