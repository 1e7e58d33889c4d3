//! Reads the job, gives up every right that it does not need, and does it.

use std::{
    fs::File,
    io::Read,
    os::{fd::AsFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sluice_git::{
    GitError, frames,
    job::{Job, Limits, Remote, Scheme, Update, job::Work},
    problem,
    scrub::Scrub,
};

use crate::{
    alive::Alive,
    confine::{self, Needs},
    libgit2,
    mirror::{Claim, Mirror},
    remote::{Source, roots},
    say::Say,
    update,
};

/// Does what standard input says.
pub(crate) fn run(say: &mut Say) -> Result<(), GitError> {
    confine::first()?;
    let job = read()?;
    let secret = job
        .remote
        .as_ref()
        .map(|remote| remote.secret.clone())
        .unwrap_or_default();
    let done = work(job, say);
    let scrub = Scrub::of(&secret);
    done.map_err(|error| GitError::new(error.problem, scrub.text(error.message.as_bytes())))
}

fn read() -> Result<Job, GitError> {
    let unread = |error: std::io::Error| problem!(Local, "the job cannot be read: {error}");
    // Without a buffer: nothing of a secret stays in one, and nothing behind the job is taken.
    let stdin = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map_err(unread)?;
    let job =
        frames::read::<Job>(&mut Unbuffered(File::from(stdin)), frames::MAX_JOB).map_err(unread)?;
    let job = job.ok_or_else(|| {
        problem!(
            Local,
            "there is no job; this program is started by services of Sluice"
        )
    })?;
    let ours = env!("CARGO_PKG_VERSION");
    match job.version == ours {
        true => Ok(job),
        false => Err(problem!(
            Local,
            "sluice-git is of version {ours} and the service that calls it of version {}; install both from one release",
            job.version
        )),
    }
}

struct Unbuffered(File);

impl Read for Unbuffered {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

fn work(job: Job, say: &mut Say) -> Result<(), GitError> {
    let limits = job.limits.unwrap_or_default();
    match (job.work, job.remote) {
        (Some(Work::Probe(_)), _) => say.confinement(confine::rest(&Needs::default(), &limits)?),
        (Some(Work::ListRefs(_)), Some(remote)) => list(remote, &limits, say),
        (Some(Work::Update(asked)), Some(remote)) => bring(remote, &limits, &asked, say),
        _ => Err(problem!(Local, "the job says nothing that is to be done")),
    }
}

fn list(remote: Remote, limits: &Limits, say: &mut Say) -> Result<(), GitError> {
    let roots = roots(&remote)?;
    say.confinement(confine::rest(&needs(&remote, None), limits)?)?;
    let _alive = Alive::watch()?;
    libgit2::set_up(limits)?;
    let listing = Source::of(remote, roots, limits)?.list()?;
    say.refs(&listing.refs)
}

fn bring(remote: Remote, limits: &Limits, asked: &Update, say: &mut Say) -> Result<(), GitError> {
    let path = Path::new(std::ffi::OsStr::from_bytes(&asked.mirror));
    let claim = Claim::open(path)?;
    let roots = roots(&remote)?;
    say.confinement(confine::rest(&needs(&remote, Some(path)), limits)?)?;
    let alive = Alive::watch()?;
    libgit2::set_up(limits)?;
    let mirror = Mirror::lock(claim, &alive, Duration::from_millis(limits.lock_ms))?;
    let source = Source::of(remote, roots, limits)?;
    update::update(&mirror, source, asked, limits, say)
}

/// What the job cannot be done without.
fn needs(remote: &Remote, mirror: Option<&Path>) -> Needs {
    let network = !matches!(remote.scheme(), Scheme::File | Scheme::Unspecified);
    let ports = remote
        .addresses
        .iter()
        .filter_map(|address| address.rsplit_once(':')?.1.parse().ok());
    Needs {
        written: mirror.map(Path::to_owned),
        read: (remote.scheme() == Scheme::File).then(|| PathBuf::from(&remote.path)),
        ports: if network { ports.collect() } else { Vec::new() },
    }
}
