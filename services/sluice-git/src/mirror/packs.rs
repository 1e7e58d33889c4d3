//! The packs of a mirror: each fetch brings one, and many small ones become one.

mod entry;
mod index;
mod merge;
mod sizes;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use git2::Indexer;

use self::index::Index;
pub(crate) use self::sizes::largest;

/// More packs than this slow every look for an object.
const MANY: usize = 50;

/// That many are left as they are.
const FEW: usize = 25;

/// Packs up to this size are put together.
const SMALL: u64 = 32 << 20;

/// At most so many bytes at once, and so many objects.
const AT_ONCE: u64 = 512 << 20;
const OBJECTS_AT_ONCE: usize = 1_000_000;

/// Removes what is no pack with its index: what a killed job was writing.
pub(super) fn clean(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let whole = path.with_extension("pack").exists() && path.with_extension("idx").exists();
        let known = path
            .extension()
            .is_some_and(|end| end == "pack" || end == "idx");
        if !whole || !known {
            super::remove(&path)?;
        }
    }
    Ok(())
}

/// Makes one of the small packs if there are many: the new one is whole before the first old one goes.
pub(super) fn consolidate(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let packs = packs(folder)?;
    if packs.len() <= MANY {
        return Ok(());
    }
    let chosen = choose(packs)?;
    if chosen.len() < 2 {
        return Ok(());
    }
    let mut indexer = Indexer::new(None, folder, 0, false)?;
    merge::merge(&chosen, &mut indexer)?;
    let made = format!("pack-{}.pack", indexer.commit()?);
    if !holds_all(&Index::read(&folder.join(&made))?, &chosen) {
        return Err("the new pack lacks an object; the old ones stay".into());
    }
    for index in chosen.iter().filter(|index| !index.pack().ends_with(&made)) {
        // Without its index a pack is none; it goes first, so that no index stands alone for long.
        fs::remove_file(index.pack().with_extension("idx"))?;
        fs::remove_file(index.pack())?;
    }
    Ok(())
}

/// The smallest ones: so many that few packs are left, and then those that are no larger than all before them. So a large
/// pack is not written again for the sake of some small ones, and no object is written again often.
fn choose(mut packs: Vec<(u64, PathBuf)>) -> io::Result<Vec<Index>> {
    packs.sort();
    let (mut chosen, mut bytes, mut objects) = (Vec::new(), 0, 0);
    let mut left = packs.len();
    for (size, path) in packs {
        if left <= FEW && size > bytes || size > SMALL || bytes + size > AT_ONCE {
            break;
        }
        let index = Index::read(&path)?;
        bytes += size;
        objects += index.len();
        if objects > OBJECTS_AT_ONCE {
            break;
        }
        chosen.push(index);
        left -= 1;
    }
    Ok(chosen)
}

fn holds_all(made: &Index, chosen: &[Index]) -> bool {
    let made: HashSet<_> = made.entries().iter().map(|(_, oid)| oid).collect();
    chosen
        .iter()
        .flat_map(Index::entries)
        .all(|(_, oid)| made.contains(oid))
}

/// Packs with their sizes.
fn packs(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "pack") {
            packs.push((entry.metadata()?.len(), path));
        }
    }
    Ok(packs)
}
