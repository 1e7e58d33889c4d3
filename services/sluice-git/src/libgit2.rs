//! libgit2's settings for the whole process, and what its errors mean.

use std::sync::Once;

use git2::{ConfigLevel, ErrorClass, ErrorCode, opts};
use sluice_git::{GitError, GitProblem, job::Limits, problem};

/// The oldest that may be used: older ones have known holes.
const OLDEST: (u32, u32, u32) = (1, 9, 7);

/// Part of a pack that is mapped at once.
const WINDOW: usize = 32 << 20;

/// Sets everything, before a repository is opened.
pub(crate) fn set_up(limits: &Limits) -> Result<(), GitError> {
    let found = git2::Version::get().libgit2_version();
    if found < OLDEST {
        return Err(problem!(
            Local,
            "libgit2 {found:?} has known holes; {OLDEST:?} is the oldest that is used"
        ));
    }
    spare_memory_management();
    let mut failed = None;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| failed = set(limits).err());
    match failed {
        Some(error) => Err(problem!(
            Local,
            "libgit2 does not take its settings: {error}"
        )),
        None => Ok(()),
    }
}

#[expect(
    unsafe_code,
    reason = "libgit2's settings are variables of the process that nothing guards"
)]
fn set(limits: &Limits) -> Result<(), git2::Error> {
    opts::strict_object_creation(true);
    // Of what is read twice the trees are most, and those we keep ourselves.
    opts::enable_caching(false);
    // A pack was summed up when it came, and zlib sums up whatever is read of it.
    opts::strict_hash_verification(false);
    // SAFETY: called once, and before anything else of libgit2 is; no other thread of ours knows libgit2.
    unsafe {
        // Files of settings decide nothing here (rule S10).
        for level in [
            ConfigLevel::System,
            ConfigLevel::Global,
            ConfigLevel::XDG,
            ConfigLevel::ProgramData,
        ] {
            opts::set_search_path(level, "")?;
        }
        // The mirror is made by us, whoever we are at the time.
        opts::set_verify_owner_validation(false)?;
        opts::set_mwindow_size(WINDOW)?;
        opts::set_mwindow_mapped_limit(8 * WINDOW)?;
        option(libgit2_sys::GIT_OPT_SET_PACK_MAX_OBJECTS, limits.objects)?;
        option(libgit2_sys::GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, limits.object)?;
        option(libgit2_sys::GIT_OPT_ENABLE_FSYNC_GITDIR, 1)?;
    }
    Ok(())
}

/// Without lists of small free pieces, which are tidied up whenever a large piece is asked for: zlib does so for every object.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "there is no safe call that tunes glibc")]
fn spare_memory_management() {
    // SAFETY: it sets a number that glibc looks at under its own lock.
    unsafe { libc::mallopt(libc::M_MXFAST, 0) };
}

#[cfg(not(target_env = "gnu"))]
fn spare_memory_management() {}

/// Sets an option that takes one number.
///
/// # Safety
/// The option takes a `size_t` or, if the value is small, an `int`. No other thread uses libgit2.
#[expect(unsafe_code, reason = "these options have no safe wrapper")]
unsafe fn option(option: libgit2_sys::git_libgit2_opt_t, value: u64) -> Result<(), git2::Error> {
    let value = usize::try_from(value).unwrap_or(usize::MAX);
    // SAFETY: the caller's promise.
    match unsafe { libgit2_sys::git_libgit2_opts(option as libc::c_int, value) } {
        code if code < 0 => Err(git2::Error::last_error(code)),
        _ => Ok(()),
    }
}

/// What an error over objects means: whether the system or a limit is to blame, else what the caller says.
pub(crate) fn blame(error: &git2::Error, otherwise: GitProblem) -> GitError {
    let text = error.message();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let problem = match error.class() {
        ErrorClass::NoMemory => GitProblem::Limit,
        _ if says(&[
            "ut of memory",
            "too many objects",
            "overly large",
            "File too large",
        ]) =>
        {
            GitProblem::Limit
        }
        ErrorClass::Filesystem => GitProblem::Local,
        // Errors of the system end in its own words for them.
        ErrorClass::Os if error.code() != ErrorCode::NotFound => GitProblem::Local,
        _ => otherwise,
    };
    let hint = match problem {
        GitProblem::Limit => "; the limits are git-memory, git-max-pack and git-max-object",
        _ => "",
    };
    GitError::new(problem, format!("{text}{hint}"))
}
