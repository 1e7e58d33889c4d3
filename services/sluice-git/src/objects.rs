//! The objects of a mirror, as bytes.

mod trees;

use std::{cell::RefCell, rc::Rc};

use git2::{ErrorClass, ErrorCode, ObjectType, Odb, OdbLookupFlags, OdbObject};
use sluice_git::{GitError, GitProblem, Oid};

use self::trees::Trees;
use crate::libgit2::blame;

/// Most bytes of a tree that is read; a million files in one folder are some 40 MiB.
const LARGEST_TREE: usize = 64 << 20;

/// Most bytes of a commit or tag that is read.
const LARGEST_TEXT: usize = 16 << 20;

/// How deep tags may point to tags.
const DEEPEST_TAG: usize = 64;

/// Why an object was not had.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is missing or broken: the mirror is damaged, or the remote did not send everything.
    Damaged(String),
    /// Anything else.
    Problem(GitError),
}

impl From<GitError> for Trouble {
    fn from(error: GitError) -> Self {
        Self::Problem(error)
    }
}

impl Trouble {
    /// With a kind of problem for damage.
    pub(crate) fn or(self, damage: GitProblem, what: &str) -> GitError {
        match self {
            Self::Problem(error) => error,
            Self::Damaged(why) => GitError::new(damage, format!("{what}: {why}")),
        }
    }
}

/// An object database.
pub(crate) struct Objects<'a> {
    odb: Odb<'a>,
    trees: RefCell<Trees>,
}

/// What an object leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peeled {
    Commit(Oid),
    Tree(Oid),
    Blob(Oid),
    Missing,
}

impl<'a> Objects<'a> {
    pub(crate) fn of(odb: Odb<'a>) -> Self {
        Self {
            odb,
            trees: RefCell::default(),
        }
    }

    /// Takes note of packs that came since.
    pub(crate) fn refresh(&self) -> Result<(), Trouble> {
        self.odb.refresh().map_err(|error| trouble(&error, None))
    }

    /// Whether it is there.
    pub(crate) fn has(&self, oid: Oid) -> bool {
        self.odb
            .exists_ext(to_git2(oid), OdbLookupFlags::NO_REFRESH)
    }

    /// Its bytes.
    pub(crate) fn read(&self, oid: Oid, kind: ObjectType) -> Result<OdbObject<'_>, Trouble> {
        let object = self
            .odb
            .read(to_git2(oid))
            .map_err(|error| trouble(&error, Some(oid)))?;
        let largest = match kind {
            ObjectType::Tree => LARGEST_TREE,
            _ => LARGEST_TEXT,
        };
        let size = object.len();
        if object.kind() != kind {
            return Err(Trouble::Damaged(format!(
                "{oid} is a {} where a {kind} is wanted",
                object.kind()
            )));
        }
        match size > largest {
            true => Err(GitError::new(
                GitProblem::Limit,
                format!("the {kind} {oid} has {size} bytes, more than are read"),
            )
            .into()),
            false => Ok(object),
        }
    }

    /// The bytes of a tree.
    pub(crate) fn tree(&self, oid: Oid) -> Result<Rc<[u8]>, Trouble> {
        if let Some(tree) = self.trees.borrow().get(oid) {
            return Ok(tree);
        }
        let tree: Rc<[u8]> = self.read(oid, ObjectType::Tree)?.data().into();
        self.trees.borrow_mut().keep(oid, &tree);
        Ok(tree)
    }

    /// Its kind and size.
    pub(crate) fn header(&self, oid: Oid) -> Result<(ObjectType, usize), Trouble> {
        let header = self
            .odb
            .read_header(to_git2(oid))
            .map_err(|error| trouble(&error, Some(oid)))?;
        Ok((header.1, header.0))
    }

    /// What it leads to, through tags.
    pub(crate) fn peel(&self, mut oid: Oid) -> Result<Peeled, Trouble> {
        for _ in 0..DEEPEST_TAG {
            if !self.has(oid) {
                return Ok(Peeled::Missing);
            }
            match self.header(oid)?.0 {
                ObjectType::Commit => return Ok(Peeled::Commit(oid)),
                ObjectType::Tree => return Ok(Peeled::Tree(oid)),
                ObjectType::Tag => match tagged(self.read(oid, ObjectType::Tag)?.data()) {
                    Some(target) => oid = target,
                    None => {
                        return Err(Trouble::Damaged(format!("the tag {oid} points to nothing")));
                    }
                },
                _ => return Ok(Peeled::Blob(oid)),
            }
        }
        Ok(Peeled::Missing)
    }

    /// The database itself, for what completes thin packs.
    pub(crate) fn odb(&self) -> &Odb<'a> {
        &self.odb
    }
}

/// What a tag points to: its first line.
fn tagged(tag: &[u8]) -> Option<Oid> {
    let hex = tag.strip_prefix(b"object ")?.get(..40)?;
    Oid::parse(std::str::from_utf8(hex).ok()?)
}

fn trouble(error: &git2::Error, oid: Option<Oid>) -> Trouble {
    let blamed = blame(error, GitProblem::Corrupt);
    let missing = error.code() == ErrorCode::NotFound || error.class() == ErrorClass::Odb;
    match blamed.problem == GitProblem::Corrupt || missing {
        true => Trouble::Damaged(match oid {
            Some(oid) => format!("{oid}: {}", blamed.message),
            None => blamed.message,
        }),
        false => Trouble::Problem(blamed),
    }
}

pub(crate) fn to_git2(oid: Oid) -> git2::Oid {
    // 20 bytes are an id.
    git2::Oid::from_bytes(oid.as_bytes()).unwrap_or(git2::Oid::ZERO_SHA1)
}
