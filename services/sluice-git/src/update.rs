//! Brings a mirror up to its remote, and tells what is new.

mod negotiate;
mod receive;

use std::path::Path;

use git2::Repository;
use sluice_git::{
    Advertised, GitError, GitProblem,
    job::{Limits, Update},
};

use self::receive::{Received, receive};
use crate::{
    libgit2::blame,
    mirror::{self, Kept, Mirror, Table},
    objects::{Objects, Peeled, Trouble},
    remote::Source,
    say::Say,
    tell::News,
    wire::listing::Listing,
};

/// Does it.
///
/// A damaged mirror is made anew beside itself, and takes its own place when all of it came: what it had that the remote
/// has no more is lost only when there is nothing better.
pub(crate) fn update(
    mirror: &Mirror,
    mut source: Source,
    asked: &Update,
    limits: &Limits,
    say: &mut Say,
) -> Result<(), GitError> {
    let listing = source.list()?;
    say.refs(&listing.refs)?;
    let mut bring = |path: &Path, tell: Option<&mut Say>| {
        let repository = mirror::open(path)?;
        let objects = objects(&repository)?;
        let news = keep(path, &mut source, &listing, asked, limits, &objects)?;
        match tell {
            Some(say) => Ok(news.tell(say).map_err(|trouble| damaged(mirror, trouble))?),
            None => Ok(()),
        }
    };
    let brought = match mirror.is_damaged() {
        true => Err(Trouble::Damaged("it was found damaged".into())),
        false => bring(mirror.path(), Some(&mut *say)),
    };
    match brought {
        Ok(()) => {}
        Err(Trouble::Problem(error)) => return Err(error),
        Err(Trouble::Damaged(why)) => {
            let what = format!("the mirror was damaged ({why}), and what the remote sends is, too");
            bring(&mirror.anew()?, None)
                .map_err(|trouble| trouble.or(GitProblem::Corrupt, &what))?;
            mirror.replace()?;
            bring(mirror.path(), Some(say)).map_err(|trouble| damaged(mirror, trouble))?;
        }
    }
    mirror.tidy();
    Ok(())
}

/// Damage that is found when something was told already: the next job begins with it.
fn damaged(mirror: &Mirror, trouble: Trouble) -> GitError {
    if matches!(trouble, Trouble::Damaged(_)) {
        mirror.note_damage();
    }
    trouble.or(
        GitProblem::Local,
        "the mirror is damaged, and is made anew the next time",
    )
}

/// Fetches what is missing, looks whether all commits came, and moves the refs. A pack that lacks some is not kept.
fn keep<'o>(
    path: &Path,
    source: &mut Source,
    listing: &Listing,
    asked: &Update,
    limits: &Limits,
    objects: &'o Objects<'o>,
) -> Result<News<'o>, Trouble> {
    let before = mirror::refs(path)?;
    let wants = negotiate::wants(&listing.refs, objects);
    let mut received = Vec::new();
    if !wants.is_empty() {
        let haves = negotiate::haves(&listing.refs, &before, objects)?;
        received.push(receive(path, objects, limits.object, |to| {
            source.fetch(listing, &wants, &haves, to)
        })?);
        objects.refresh()?;
    }
    received.extend(passed(path, source, listing, asked, limits, objects)?);
    let judge = || {
        let news = News::of(objects, &listing.refs, asked)?;
        let after = table(&listing.refs, &before, objects)?;
        mirror::write_refs(path, &before, &after, listing.refs.head.as_ref())?;
        Ok(news)
    };
    judge().inspect_err(|_| {
        received.into_iter().for_each(Received::discard);
    })
}

/// Fetches what pushes brought and no ref leads to any more: taken off again before it was looked. Most hosts still have
/// it and give it to who knows its id; what they do not give is gone, and no reason to fail.
fn passed(
    path: &Path,
    source: &mut Source,
    listing: &Listing,
    asked: &Update,
    limits: &Limits,
    objects: &Objects<'_>,
) -> Result<Option<Received>, Trouble> {
    let wants = negotiate::passed(asked, objects);
    if wants.is_empty() || !source.can_be_asked_again() {
        return Ok(None);
    }
    let haves = negotiate::haves(&listing.refs, &Table::new(), objects)?;
    let received = receive(path, objects, limits.object, |to| {
        source.fetch(listing, &wants, &haves, to)
    });
    match received {
        Ok(received) => {
            objects.refresh()?;
            Ok(Some(received))
        }
        Err(Trouble::Problem(error)) if is_refusal(error.problem) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn is_refusal(problem: GitProblem) -> bool {
    matches!(
        problem,
        GitProblem::Remote | GitProblem::NotFound | GitProblem::Unsupported
    )
}

fn objects(repository: &Repository) -> Result<Objects<'_>, Trouble> {
    let odb = repository
        .odb()
        .map_err(|error| blame(&error, GitProblem::Local))?;
    Ok(Objects::of(odb))
}

/// The refs to keep.
fn table(now: &Advertised, before: &Table, objects: &Objects<'_>) -> Result<Table, Trouble> {
    let mut table = Table::new();
    for at in &now.refs {
        let same = before.get(&at.name).filter(|kept| kept.oid == at.oid);
        let kept = match same {
            Some(kept) => *kept,
            None => match objects.peel(at.oid)? {
                Peeled::Commit(oid) | Peeled::Tree(oid) | Peeled::Blob(oid) => Kept {
                    oid: at.oid,
                    peeled: (oid != at.oid).then_some(oid),
                },
                Peeled::Missing => return Err(Trouble::Damaged(format!("{} is missing", at.oid))),
            },
        };
        table.insert(at.name.clone(), kept);
    }
    Ok(table)
}
