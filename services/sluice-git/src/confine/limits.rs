//! Inherited files, privileges, and how much of everything may be used.

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit, umask,
};
use sluice_git::job::Limits;

/// Closes everything but standard input, output and error.
#[expect(
    unsafe_code,
    reason = "there is no safe call that closes files which nothing here owns"
)]
pub(super) fn close_all_files() -> io::Result<()> {
    // SAFETY: we are at the start of `main`: no value of this process owns a file yet but the three standard ones.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) };
    match closed {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Gains no privilege any more, and shows its memory to nobody.
pub(super) fn refuse_to_grow() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    lower(Resource::Core, 0, 0)?;
    // What a mirror holds may be secret: nobody else reads it.
    umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    ignore_too_large_files();
    Ok(())
}

/// How much a job may use.
pub(super) fn bound(limits: &Limits) -> io::Result<()> {
    if limits.memory > 0 {
        lower(Resource::Data, limits.memory, limits.memory)?;
        // Packs are mapped, and threads reserve what they never use.
        let mapped = limits.memory.saturating_add(8 << 30);
        lower(Resource::As, mapped, mapped)?;
    }
    if limits.cpu_seconds > 0 {
        let seconds = limits.cpu_seconds;
        lower(Resource::Cpu, seconds, seconds.saturating_add(5))?;
    }
    if limits.pack > 0 {
        // A pack grows by what a thin one leaves out.
        let file = limits.pack.saturating_mul(2);
        lower(Resource::Fsize, file, file)?;
    }
    lower(Resource::Nofile, 256, 256)
}

/// Sets a limit, unless a lower one is set already.
fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let present = getrlimit(resource);
    let least =
        |limit: u64, present: Option<u64>| present.map_or(limit, |present| present.min(limit));
    let maximum = least(hard, present.maximum);
    let limit = Rlimit {
        current: Some(least(soft, present.current).min(maximum)),
        maximum: Some(maximum),
    };
    Ok(setrlimit(resource, limit)?)
}

/// Lets a write over the limit fail instead of ending us.
#[expect(unsafe_code, reason = "there is no safe call that ignores a signal")]
fn ignore_too_large_files() {
    // SAFETY: no handler is installed, so there is none that could do what handlers may not.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
