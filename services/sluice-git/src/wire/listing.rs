//! The refs of a remote, as either version of the protocol tells them.

use sluice_git::{Advertised, AdvertisedRef, GitError, Oid, RefName, problem};

/// Most branches and tags of a repository.
const MOST_REFS: usize = 1_000_000;

/// What a remote says at first.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Its branches and tags, and its HEAD.
    pub(crate) refs: Advertised,
    /// What it can, in version 0.
    pub(crate) can: Vec<String>,
    /// Where HEAD itself is, for remotes that do not say which branch it is.
    head_oid: Option<Oid>,
}

impl Listing {
    /// Takes a ref, in the order in which they come. What is no branch, no tag and not HEAD is passed over.
    pub(crate) fn take(
        &mut self,
        name: &[u8],
        oid: Oid,
        peeled: Option<Oid>,
    ) -> Result<(), GitError> {
        if name == b"HEAD" {
            self.head_oid = Some(oid);
        }
        if let Some(tag) = name.strip_suffix(b"^{}") {
            let last = self
                .refs
                .refs
                .last_mut()
                .filter(|last| last.name.as_bytes() == tag);
            if let Some(last) = last {
                last.peeled = Some(oid);
            }
        } else if let Some(name) = RefName::of(name) {
            self.refs.refs.push(AdvertisedRef { name, oid, peeled });
        }
        match self.refs.refs.len() > MOST_REFS {
            true => Err(problem!(
                Limit,
                "the repository has more than {MOST_REFS} branches and tags"
            )),
            false => Ok(()),
        }
    }

    /// Takes the branch that HEAD points to.
    pub(crate) fn take_head(&mut self, target: &[u8]) {
        self.refs.head = RefName::of(target);
    }

    /// All of it, by name, each once.
    pub(crate) fn finish(mut self) -> Self {
        let refs = &mut self.refs;
        refs.refs.sort_by(|a, b| a.name.cmp(&b.name));
        refs.refs.dedup_by(|a, b| a.name == b.name);
        if let (None, Some(oid)) = (&refs.head, self.head_oid) {
            let there = |name: &str| {
                refs.refs
                    .iter()
                    .find(|at| at.oid == oid && at.name.as_bytes().starts_with(name.as_bytes()))
            };
            let guess = there("refs/heads/main")
                .or_else(|| there("refs/heads/master"))
                .or_else(|| there("refs/heads/"));
            refs.head = guess.map(|at| at.name.clone());
        }
        self
    }
}

/// The id that a text says; of another length it is of another kind of repository.
pub(crate) fn oid(text: &[u8]) -> Result<Option<Oid>, GitError> {
    let digits = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match digits.map(str::len) {
        Some(40) => Ok(digits.and_then(Oid::parse)),
        Some(64) => Err(sha256()),
        _ => Err(problem!(Corrupt, "the remote's list of refs is broken")),
    }
}

/// Refuses what a remote says of the ids it uses, if they are not ours.
pub(crate) fn check_format(format: &str) -> Result<(), GitError> {
    match format {
        "sha1" => Ok(()),
        _ => Err(sha256()),
    }
}

fn sha256() -> GitError {
    problem!(
        Unsupported,
        "the repository's ids are not SHA-1 (it was made with --object-format=sha256); such repositories are not supported"
    )
}
