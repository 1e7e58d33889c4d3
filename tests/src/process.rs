//! Our programs as processes of their own, which end with the test, however it ends.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use sluice_test_support::canary::watch;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};

/// How long a program that ends by itself may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether a program has said something.
const LOOK: Duration = Duration::from_millis(10);

/// A program of ours with its arguments and nothing but its own environment.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    folder: Option<PathBuf>,
}

/// A program that ran to its end.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it said.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Program {
    /// A binary of this workspace, beside which the tests are built.
    ///
    /// # Panics
    /// If it is not built.
    pub fn ours(name: &str) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut folder = this.parent().unwrap();
        if folder.ends_with("deps") {
            folder = folder.parent().unwrap();
        }
        let path = folder.join(name);
        assert!(
            path.is_file(),
            "there is no {}: build it by `cargo build --bins`, or run the tests by `make test`",
            path.display()
        );
        Self::at(path)
    }

    /// Any program.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn with<S: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// With a variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Run in this folder.
    #[must_use]
    pub fn inside(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Runs it to its end.
    pub async fn run(&self) -> Ran {
        self.run_on("").await
    }

    /// Runs it to its end with this on its standard input.
    pub async fn run_on(&self, input: &str) -> Ran {
        watch().manifest(input);
        let mut command = self.command();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that does not read its input has closed it.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        let output = output
            .unwrap_or_else(|_| panic!("does not end: {:?} {:?}", self.path, self.arguments))
            .unwrap();
        for said in [&output.stdout, &output.stderr] {
            watch().saw(format_args!("what {} said", self.path.display()), said);
        }
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts it; what it says goes to `<log>.out`, what it complains about is added to `<log>.err`.
    pub fn start(&self, log: &Path) -> Process {
        let (out, err) = (log.with_extension("out"), log.with_extension("err"));
        let stderr = File::options()
            .create(true)
            .append(true)
            .open(&err)
            .unwrap();
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(stderr);
        let child = command.spawn().unwrap();
        Process { child, out, err }
    }

    fn command(&self) -> Command {
        for argument in &self.arguments {
            watch().saw(
                format_args!("an argument of {}", self.path.display()),
                argument,
            );
        }
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned());
        command.process_group(0).kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

impl Ran {
    /// What it said.
    ///
    /// # Panics
    /// If it failed.
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// A running program. Dropping it kills it, and everything in its process group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Process {
    /// Its number.
    pub fn pid(&self) -> Pid {
        let id = self.child.id().expect("it has not ended");
        Pid::from_raw(id.try_into().unwrap()).unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub async fn end(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended().await
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended
            .unwrap_or_else(|_| panic!("does not end:\n{}", self.complaints()))
            .unwrap()
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// What it, and its predecessors on the same log, complained about so far.
    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    /// Waits for the first whole line that it says.
    ///
    /// # Panics
    /// If it ends before.
    pub async fn first_line(&mut self) -> String {
        loop {
            if let Some((line, _)) = self.said().split_once('\n') {
                return line.to_owned();
            }
            match tokio::time::timeout(LOOK, self.child.wait()).await {
                Ok(status) => panic!("it ended, {}:\n{}", status.unwrap(), self.complaints()),
                Err(_) => continue,
            }
        }
    }

    /// The most memory that it ever held, in bytes.
    pub fn most_memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes * 1024
    }
}

impl Process {
    /// Kills it (SIGKILL), with everything in its process group, and does not wait.
    pub fn kill_now(&self) {
        if self.child.id().is_some() {
            // It may be ending just now.
            let _ = kill_process_group(self.pid(), Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_now();
    }
}

/// A port on loopback that is free now, and that no outgoing connection takes while a server on it is away: it lies
/// below the kernel's range for those.
pub fn free_port() -> SocketAddr {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = usize::try_from(std::process::id()).unwrap() * 37;
    loop {
        let port = 11_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.try_into().unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use sluice_test_support::{Folder, canary::Canary};

    use super::*;

    fn found() -> String {
        let failed = catch_unwind(|| watch().nothing_came_out()).expect_err("something is found");
        *failed.downcast::<String>().unwrap()
    }

    #[tokio::test]
    async fn a_secret_is_found_in_arguments_and_in_what_a_program_says() {
        let canary = Canary::new("a token");
        watch().secret("token: of a test", canary.value());
        Program::at("/bin/echo").with([canary.value()]).run().await;
        let all = found();
        for place in ["an argument of /bin/echo", "what /bin/echo said"] {
            assert!(all.contains(&format!("(plain) in {place}")), "{all}");
        }
        Program::at("/bin/cat").run_on(canary.value()).await;
        assert!(found().contains("what /bin/cat said"));

        let folder = Folder::new();
        let script = format!("echo {} >&2", canary.value().split_at(20).0);
        let mut process = Program::at("/bin/sh")
            .with(["-c", &script])
            .start(&folder.path().join("log"));
        process.ended().await;
        let failed = catch_unwind(std::panic::AssertUnwindSafe(|| drop(folder)));
        let failed = *failed.unwrap_err().downcast::<String>().unwrap();
        assert!(failed.contains("in file log.err"), "{failed}");
    }
}
