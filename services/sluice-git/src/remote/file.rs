//! A repository of this machine, for tests and demonstrations.

use std::{io::Write, path::Path};

use git2::{ErrorClass, ErrorCode, ObjectType, Repository};
use sluice_git::{GitError, GitProblem, Oid, problem};

use crate::{
    libgit2::blame,
    objects::{Objects, Peeled, to_git2},
    wire::listing::Listing,
};

/// A local repository.
pub(crate) struct File {
    repository: Repository,
}

impl File {
    pub(super) fn open(path: &str) -> Result<Self, GitError> {
        let bare = match Path::new(path).join(".git") {
            inside if inside.is_dir() => inside,
            _ => path.into(),
        };
        match Repository::open_bare(bare) {
            Ok(repository) => Ok(Self { repository }),
            Err(error) if error.message().contains("object format") => Err(problem!(
                Unsupported,
                "the repository's ids are not SHA-1; such repositories are not supported"
            )),
            Err(error)
                if error.code() == ErrorCode::NotFound
                    || error.class() == ErrorClass::Repository =>
            {
                Err(problem!(NotFound, "there is no repository at this path"))
            }
            Err(error) => Err(blame(&error, GitProblem::Remote)),
        }
    }

    pub(super) fn list(&self) -> Result<Listing, GitError> {
        let broken = |error: git2::Error| blame(&error, GitProblem::Remote);
        let objects = self.objects()?;
        let mut listing = Listing::default();
        if let Ok(head) = self.repository.find_reference("HEAD")
            && let Some(target) = head.symbolic_target_bytes()
        {
            listing.take_head(target);
        }
        for reference in self.repository.references().map_err(broken)? {
            // One that is broken is none, as for Git itself.
            let Ok(reference) = reference
                .and_then(|reference| Ok((reference.name_bytes().to_vec(), reference.resolve()?)))
            else {
                continue;
            };
            let (name, Some(target)) = (reference.0, reference.1.target()) else {
                continue;
            };
            let Some(oid) = Oid::from_bytes(target.as_bytes()) else {
                continue;
            };
            let peeled = match objects.peel(oid) {
                Ok(Peeled::Commit(peeled) | Peeled::Tree(peeled) | Peeled::Blob(peeled))
                    if peeled != oid =>
                {
                    Some(peeled)
                }
                Ok(Peeled::Missing) => continue,
                _ => None,
            };
            listing.take(&name, oid, peeled)?;
        }
        Ok(listing.finish())
    }

    pub(super) fn fetch(
        &self,
        wants: &[Oid],
        haves: &[Oid],
        to: &mut dyn Write,
    ) -> Result<(), GitError> {
        let mut failed = None;
        let packed = self.pack(wants, haves, |part| {
            failed = to.write_all(part).err();
            failed.is_none()
        });
        match (failed, packed) {
            (Some(error), _) => Err(crate::wire::broken::problem(error)),
            (None, Err(error)) => Err(blame(&error, GitProblem::Remote)),
            (None, Ok(())) => Ok(()),
        }
    }

    fn pack(
        &self,
        wants: &[Oid],
        haves: &[Oid],
        to: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), git2::Error> {
        let odb = self.repository.odb()?;
        let mut builder = self.repository.packbuilder()?;
        builder.set_threads(1);
        let mut walk = self.repository.revwalk()?;
        for want in wants {
            let mut object = to_git2(*want);
            // Tags stand for themselves, and for what they lead to.
            loop {
                match odb.read_header(object)?.1 {
                    ObjectType::Tag => {
                        builder.insert_object(object, None)?;
                        object = self.repository.find_tag(object)?.target_id();
                    }
                    ObjectType::Commit => break walk.push(object)?,
                    ObjectType::Tree => break builder.insert_tree(object)?,
                    _ => break builder.insert_object(object, None)?,
                }
            }
        }
        for have in haves
            .iter()
            .map(|have| to_git2(*have))
            .filter(|have| odb.exists(*have))
        {
            // What is no commit hides nothing.
            let _ = walk.hide(have);
        }
        builder.insert_walk(&mut walk)?;
        builder.foreach(to)
    }

    fn objects(&self) -> Result<Objects<'_>, GitError> {
        self.repository
            .odb()
            .map(Objects::of)
            .map_err(|error| blame(&error, GitProblem::Remote))
    }
}
