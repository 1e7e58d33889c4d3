//! A bare mirror: objects that are only ever added to, and all refs in one file that is replaced whole.
//!
//! Refs stand in `packed-refs` alone. So any name that the remote has can be kept, however long and whatever other names
//! there are, and one rename moves all of them. Whatever a killed predecessor left behind is taken away under the lock.

mod packs;
mod refs;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use git2::Repository;
use rustix::fs::{FlockOperation, flock};
use sluice_git::{GitError, RefName, problem};

pub(crate) use self::{
    packs::largest,
    refs::{Kept, Table, read as refs},
};
use crate::{alive::Alive, libgit2::blame, objects::Trouble};

/// How often it is looked whether another job is done.
const LOOK: Duration = Duration::from_millis(100);

/// Says that the mirror is damaged; the next job makes it anew.
const DAMAGED: &str = "damaged";

/// Where a mirror is made anew, to take the place of the old one.
const ANEW: &str = "anew";

/// `gc` would throw away what no ref points to any more, and nobody else has that.
const CONFIG: &str =
    "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n";

/// A mirror that nobody has locked yet. Made before we are confined.
pub(crate) struct Claim {
    path: PathBuf,
    lock: File,
}

impl Claim {
    /// Makes the folder if it is missing, and opens the file that is locked, which lies beside it.
    pub(crate) fn open(path: &Path) -> Result<Self, GitError> {
        let open = || {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)?;
            let mut beside = path.as_os_str().to_owned();
            beside.push(".lock");
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(beside)
        };
        let lock = open().map_err(|error| {
            problem!(
                Local,
                "the mirror `{}` cannot be opened: {error}",
                path.display()
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }
}

/// A locked mirror.
pub(crate) struct Mirror {
    path: PathBuf,
    _lock: File,
}

impl Mirror {
    /// Waits for its turn, and clears away what a predecessor left.
    pub(crate) fn lock(
        mut claim: Claim,
        alive: &Alive,
        longest: Duration,
    ) -> Result<Self, GitError> {
        let began = Instant::now();
        while let Err(error) = flock(&claim.lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(problem!(Local, "the mirror cannot be locked: {error}"));
            }
            if began.elapsed() >= longest {
                let who = holder(&mut claim.lock);
                return Err(problem!(
                    Local,
                    "another job works on the mirror, {who}, and was waited for {longest:?}"
                ));
            }
            alive.pause(LOOK)?;
        }
        // For whoever waits to read; it decides nothing.
        let _ = name_holder(&mut claim.lock);
        let mirror = Self {
            path: claim.path,
            _lock: claim.lock,
        };
        mirror.clean().map_err(|error| mirror.local(&error))?;
        Ok(mirror)
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is made anew; empty.
    pub(crate) fn anew(&self) -> Result<PathBuf, GitError> {
        let path = self.path.join(ANEW);
        fs::create_dir(&path).map_err(|error| self.local(&error))?;
        Ok(path)
    }

    /// Puts what was made anew in the place of what was there.
    pub(crate) fn replace(&self) -> Result<(), GitError> {
        self.put_in_place().map_err(|error| self.local(&error))
    }

    fn put_in_place(&self) -> io::Result<()> {
        // Ended amid this, the mirror has no objects or none that its refs name, and is made anew again.
        remove(&self.path.join("packed-refs"))?;
        remove(&self.path.join("objects"))?;
        remove(&self.path.join("refs"))?;
        for name in ["objects", "refs", "packed-refs", "HEAD", "config"] {
            fs::rename(self.path.join(ANEW).join(name), self.path.join(name))?;
        }
        remove(&self.path.join(ANEW))?;
        remove(&self.path.join(DAMAGED))
    }

    /// Notes that it is damaged.
    pub(crate) fn note_damage(&self) {
        // If that cannot be written the damage is found once more.
        let _ = File::create(self.path.join(DAMAGED));
    }

    /// Whether it was found damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        self.path.join(DAMAGED).exists()
    }

    /// Makes one of many small packs.
    pub(crate) fn tidy(&self) {
        // What does not go today goes another time, and does no harm.
        let _ = packs::consolidate(&self.path.join("objects/pack"));
    }

    fn clean(&self) -> io::Result<()> {
        remove(&self.path.join(ANEW))?;
        for name in [
            "packed-refs.new",
            "packed-refs.lock",
            "HEAD.lock",
            "HEAD.new",
            "config.lock",
        ] {
            remove(&self.path.join(name))?;
        }
        packs::clean(&self.path.join("objects/pack"))
    }

    fn local(&self, error: &io::Error) -> GitError {
        problem!(
            Local,
            "the mirror `{}` cannot be written: {error}",
            self.path.display()
        )
    }
}

/// Lets the refs and HEAD be these from now on.
pub(crate) fn write_refs(
    path: &Path,
    before: &Table,
    after: &Table,
    head: Option<&RefName>,
) -> Result<(), GitError> {
    let write = || {
        if before != after {
            refs::write(path, after)?;
        }
        head.map_or(Ok(()), |head| refs::write_head(path, Some(head)))
    };
    write().map_err(|error| problem!(Local, "the mirror's refs cannot be written: {error}"))
}

/// Opens the repository in a folder; makes it if there is none.
pub(crate) fn open(path: &Path) -> Result<Repository, Trouble> {
    let local = |error: io::Error| {
        problem!(
            Local,
            "the mirror `{}` cannot be written: {error}",
            path.display()
        )
    };
    if !path.join("HEAD").exists() && !path.join("objects").exists() {
        make(path).map_err(local)?;
    }
    Repository::open_bare(path).map_err(|error| {
        match blame(&error, sluice_git::GitProblem::Corrupt) {
            error if error.problem == sluice_git::GitProblem::Corrupt => {
                Trouble::Damaged(error.message)
            }
            error => Trouble::Problem(error),
        }
    })
}

fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path.join("objects/pack"))?;
    fs::create_dir_all(path.join("objects/info"))?;
    fs::create_dir_all(path.join("refs"))?;
    fs::write(path.join("config"), CONFIG)?;
    refs::write(path, &Table::new())?;
    // The last: with it the mirror is one.
    refs::write_head(path, None)
}

/// Removes a file or a folder with what is in it, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}

fn name_holder(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "process {}", std::process::id())
}

fn holder(lock: &mut File) -> String {
    let mut said = String::new();
    // It may be being written.
    let _ = lock
        .rewind()
        .and_then(|()| lock.take(64).read_to_string(&mut said));
    match said.trim() {
        "" => "of an unknown process".to_owned(),
        who => who.to_owned(),
    }
}
