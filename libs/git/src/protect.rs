//! What a process that holds Git credentials does for itself.

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Keeps other processes of the same user from reading our memory, and the kernel from writing it to a core dump
/// (rule S21). For services to call at their start.
///
/// # Errors
/// If the kernel does not do it.
pub fn keep_memory_private() -> std::io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
