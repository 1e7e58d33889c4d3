//! Inherited files, privileges, and how much of everything may be used.

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask,
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
    setrlimit(Resource::Core, exactly(0))?;
    // What a mirror holds may be secret: nobody else reads it.
    umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    ignore_too_large_files();
    Ok(())
}

/// How much a job may use.
pub(super) fn bound(limits: &Limits) -> io::Result<()> {
    if limits.memory > 0 {
        setrlimit(Resource::Data, exactly(limits.memory))?;
        // Packs are mapped, and threads reserve what they never use.
        setrlimit(Resource::As, exactly(limits.memory.saturating_add(8 << 30)))?;
    }
    if limits.cpu_seconds > 0 {
        setrlimit(
            Resource::Cpu,
            up_to(limits.cpu_seconds, limits.cpu_seconds.saturating_add(5)),
        )?;
    }
    if limits.pack > 0 {
        // A pack grows by what a thin one leaves out.
        setrlimit(Resource::Fsize, exactly(limits.pack.saturating_mul(2)))?;
    }
    setrlimit(Resource::Nofile, exactly(256))?;
    Ok(())
}

fn exactly(limit: u64) -> Rlimit {
    up_to(limit, limit)
}

fn up_to(soft: u64, hard: u64) -> Rlimit {
    Rlimit {
        current: Some(soft),
        maximum: Some(hard),
    }
}

/// Lets a write over the limit fail instead of ending us.
#[expect(unsafe_code, reason = "there is no safe call that ignores a signal")]
fn ignore_too_large_files() {
    // SAFETY: no handler is installed, so there is none that could do what handlers may not.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
