//! `packed-refs`: all refs of a mirror, read and replaced as a whole.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use sluice_git::{Oid, RefName};

use crate::objects::Trouble;

/// A ref that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) oid: Oid,
    /// What a tag leads to.
    pub(crate) peeled: Option<Oid>,
}

/// All of them.
pub(crate) type Table = BTreeMap<RefName, Kept>;

/// What Git writes first: that tags are followed by what they lead to, and that all is in order.
const HEADER: &[u8] = b"# pack-refs with: peeled fully-peeled sorted \n";

/// Reads them.
pub(crate) fn read(path: &Path) -> Result<Table, Trouble> {
    let broken = |why: &str| Trouble::Damaged(format!("its list of refs is broken: {why}"));
    let text = match fs::read(path.join("packed-refs")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(broken("there is none"));
        }
        Err(error) => {
            return Err(
                sluice_git::problem!(Local, "the mirror's refs cannot be read: {error}").into(),
            );
        }
    };
    let mut table = Table::new();
    let mut last: Option<RefName> = None;
    for line in text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
    {
        let id = |hex: Option<&[u8]>| std::str::from_utf8(hex?).ok().and_then(Oid::parse);
        if let Some(peeled) = line.strip_prefix(b"^") {
            let kept = last
                .as_ref()
                .and_then(|name| table.get_mut(name))
                .ok_or_else(|| broken("a tag without a name"))?;
            kept.peeled = id(Some(peeled));
            continue;
        }
        let name = line.get(41..).and_then(RefName::of);
        let (Some(oid), Some(name)) = (id(line.get(..40)), name) else {
            return Err(broken("a line is none"));
        };
        table.insert(name.clone(), Kept { oid, peeled: None });
        last = Some(name);
    }
    Ok(table)
}

/// Puts this list in the place of the old one, at once.
pub(crate) fn write(path: &Path, table: &Table) -> io::Result<()> {
    replace(path, "packed-refs", |file| {
        file.write_all(HEADER)?;
        for (name, kept) in table {
            write!(file, "{} ", kept.oid)?;
            file.write_all(name.as_bytes())?;
            file.write_all(b"\n")?;
            if let Some(peeled) = kept.peeled {
                writeln!(file, "^{peeled}")?;
            }
        }
        Ok(())
    })
}

/// Lets HEAD point to a branch.
pub(crate) fn write_head(path: &Path, head: Option<&RefName>) -> io::Result<()> {
    let name = head.map_or(b"refs/heads/main".as_slice(), RefName::as_bytes);
    let text = [b"ref: ", name, b"\n"].concat();
    if fs::read(path.join("HEAD")).is_ok_and(|present| present == text) {
        return Ok(());
    }
    replace(path, "HEAD", |file| file.write_all(&text))
}

/// Writes a file anew beside the old one, and puts it in its place when all of it is on the disk.
fn replace(
    path: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let beside = path.join(format!("{name}.new"));
    let mut file = BufWriter::new(File::create(&beside)?);
    write(&mut file)?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(beside, path.join(name))?;
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let oid = |byte| Oid::from_bytes(&[byte; 20]).unwrap();
        let name = |text: &[u8]| RefName::of(text).unwrap();
        let long = [b"refs/heads/".as_slice(), &[b'x'; 4000]].concat();
        let table = Table::from([
            (
                name(b"refs/heads/a"),
                Kept {
                    oid: oid(1),
                    peeled: None,
                },
            ),
            (
                name(b"refs/heads/a/b"),
                Kept {
                    oid: oid(1),
                    peeled: None,
                },
            ),
            (
                name(b"refs/heads/\xff"),
                Kept {
                    oid: oid(2),
                    peeled: None,
                },
            ),
            (
                name(&long),
                Kept {
                    oid: oid(3),
                    peeled: None,
                },
            ),
            (
                name(b"refs/tags/v1"),
                Kept {
                    oid: oid(4),
                    peeled: Some(oid(5)),
                },
            ),
        ]);
        write(folder.path(), &table).unwrap();
        assert_eq!(read(folder.path()).unwrap(), table);
    }

    #[test]
    fn a_broken_list_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "x", "^1111", "1111 refs/heads/a\n"] {
            fs::write(folder.path().join("packed-refs"), text).unwrap();
            assert_eq!(
                matches!(read(folder.path()), Err(Trouble::Damaged(_))),
                !text.is_empty(),
                "{text}"
            );
        }
    }
}
