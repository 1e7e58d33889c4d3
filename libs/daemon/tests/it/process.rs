//! A whole process: this test program, started again as a service.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sluice_daemon::{Invocation, Key, Process, Service};

use crate::http::get;

static ROLE: Key = Key::new("role", "what the service does when it runs");

static SERVICE: Service = Service {
    name: "sample",
    version: "1.2.3",
    about: "a service to test with",
    keys: &[&[&ROLE]],
    elsewhere: &[],
};

/// Not a test: what the other tests start. The arguments are those of the test harness, so its own
/// come by a variable.
#[test]
fn service() {
    let mut invocation = Invocation::of_process();
    let Some(arguments) = invocation.env.get("TEST_ARGUMENTS") else {
        return;
    };
    invocation.arguments = arguments.split_whitespace().map(str::to_owned).collect();
    let code = sluice_daemon::start(
        &SERVICE,
        &invocation,
        |settings| settings.string(&ROLE),
        run,
    );
    std::process::exit(code.into());
}

async fn run(role: String, process: Process) -> anyhow::Result<()> {
    process.health.check("work").ok();
    process.health.has_started();
    println!("admin={}", process.admin);
    match role.as_str() {
        "fails" => anyhow::bail!("the work was refused"),
        "hangs" => std::future::pending().await,
        _ => process.shutdown.stopping().cancelled().await,
    }
    Ok(())
}

/// Starts the service; its output is piped.
fn start(arguments: &str, env: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["process::service", "--exact", "--nocapture"])
        // Whatever SLUICE_ variables the tests themselves are run with would be refused.
        .env_clear()
        .env("TEST_ARGUMENTS", arguments)
        .env("SLUICE_ADMIN", "127.0.0.1:0")
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the service runs and answers where its admin listener is.
fn admin_of(child: &mut Child) -> SocketAddr {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut addrs = lines.filter_map(|line| line.unwrap().split_once("admin=")?.1.parse().ok());
    addrs
        .next()
        .expect("the service says where its admin listener is")
}

/// Waits for the end; the exit code, standard output and standard error.
fn end(mut child: Child) -> (Option<i32>, String, String) {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    (child.wait().unwrap().code(), stdout, stderr)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status();
    assert!(status.unwrap().success());
}

fn wait_until_unready(addr: SocketAddr) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while get(addr, "/readyz").status != 503 {
        assert!(Instant::now() < deadline, "still ready");
    }
}

#[test]
fn a_signal_ends_readiness_then_the_work_then_the_process() {
    for name in ["TERM", "INT"] {
        let mut child = start("--role waits", &[("SLUICE_DRAIN_DELAY", "500ms")]);
        let addr = admin_of(&mut child);
        assert_eq!(get(addr, "/readyz").status, 200);
        signal(&child, name);
        wait_until_unready(addr);
        let (code, _, stderr) = end(child);
        assert_eq!(code, Some(0), "{stderr}");
        let first: serde_json::Value =
            serde_json::from_str(stderr.lines().next().unwrap()).unwrap();
        assert_eq!(first["message"], "started");
    }
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (name, expected) in [("TERM", 143), ("INT", 130)] {
        let mut child = start("--role waits --drain-delay 1h", &[]);
        let addr = admin_of(&mut child);
        signal(&child, "TERM");
        wait_until_unready(addr);
        signal(&child, name);
        assert_eq!(end(child).0, Some(expected));
    }
}

#[test]
fn work_that_does_not_finish_is_dropped_after_the_grace() {
    let mut child = start("--role hangs --drain-delay 0 --grace 50ms", &[]);
    admin_of(&mut child);
    signal(&child, "TERM");
    let (code, _, stderr) = end(child);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("error: what was in hand did not finish within 50ms"),
        "{stderr}"
    );
}

#[test]
fn every_problem_is_printed_before_anything_is_opened() {
    let env = [
        ("SLUICE_ADMIN", "nowhere"),
        ("SLUICE_ROLL", "x"),
        ("RUST_LOG", "loud=loud"),
    ];
    let (code, stdout, stderr) = end(start("--grace soon", &env));
    assert_eq!(code, Some(64));
    assert!(
        stderr.starts_with("error: 5 settings cannot be used\n"),
        "{stderr}"
    );
    for line in [
        "  SLUICE_ROLL: is not a setting, did you mean `SLUICE_ROLE`?",
        "  RUST_LOG: `loud=loud` is not a filter",
        "  SLUICE_ADMIN: `nowhere` is not an address, expected host:port",
        "  --grace: `soon` is not a duration",
        "  SLUICE_ROLE: is not set (what the service does when it runs)",
    ] {
        assert!(stderr.contains(line), "{line} in\n{stderr}");
    }
    assert!(!stdout.contains("admin="), "{stdout}");
}

#[test]
fn a_failure_is_printed_and_ends_with_one() {
    let (code, _, stderr) = end(start("--role fails", &[]));
    assert_eq!(code, Some(1));
    assert!(
        stderr.ends_with("error: the work was refused\n"),
        "{stderr}"
    );
}

#[test]
fn help_and_version_need_no_settings() {
    let (code, stdout, _) = end(start("--help", &[("SLUICE_ADMIN", "nowhere")]));
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("--role VALUE") && stdout.contains("SLUICE_ADMIN_TOKEN_FILE"),
        "{stdout}"
    );
    let (code, stdout, _) = end(start("--version", &[]));
    assert!(
        code == Some(0) && stdout.contains("sample 1.2.3\n"),
        "{stdout}"
    );
}
