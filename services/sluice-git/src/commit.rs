//! A commit as its bytes say, however odd they are: libgit2 refuses some, and loses zones, raw names and encodings.

mod person;
mod record;

use sluice_git::Oid;

pub(crate) use record::{lossy, raw, record};

/// What the graph needs.
pub(crate) struct Links {
    pub(crate) parents: Vec<Oid>,
    /// When it was committed, in seconds since 1970.
    pub(crate) time: i64,
    pub(crate) tree: Option<Oid>,
}

/// The headers of a commit, as Git reads them: tree, parents, author and committer stand first and in this order.
struct Headers<'c> {
    tree: &'c [u8],
    parents: Vec<Oid>,
    author: &'c [u8],
    committer: &'c [u8],
    encoding: &'c [u8],
    signature: &'c [u8],
    message: &'c [u8],
}

/// Reads them.
pub(crate) fn links(commit: &[u8]) -> Links {
    let headers = Headers::read(commit);
    Links {
        time: person::time(headers.committer),
        tree: record::tree_of(&headers),
        parents: headers.parents,
    }
}

impl<'c> Headers<'c> {
    fn read(commit: &'c [u8]) -> Self {
        let mut headers = Self {
            tree: &[],
            parents: Vec::new(),
            author: &[],
            committer: &[],
            encoding: &[],
            signature: &[],
            message: &[],
        };
        let mut rest = commit;
        while !rest.is_empty() {
            let end = rest
                .iter()
                .position(|&byte| byte == b'\n')
                .unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.strip_prefix(b"\n").unwrap_or_default();
            if line.is_empty() {
                headers.message = rest;
                break;
            }
            headers.take(line);
        }
        headers
    }

    fn take(&mut self, line: &'c [u8]) {
        let split = line
            .iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(line.len());
        let (name, value) = line.split_at(split);
        let value = value.strip_prefix(b" ").unwrap_or_default();
        // Of what stands twice the first counts.
        let first = |field: &mut &'c [u8]| {
            if field.is_empty() {
                *field = value;
            }
        };
        match name {
            b"tree" => first(&mut self.tree),
            // Behind the author a parent is none.
            b"parent" if self.author.is_empty() && self.committer.is_empty() => {
                self.parents
                    .extend(std::str::from_utf8(value).ok().and_then(Oid::parse));
            }
            b"author" => first(&mut self.author),
            b"committer" => first(&mut self.committer),
            b"encoding" => first(&mut self.encoding),
            b"gpgsig" | b"gpgsig-sha256" => first(&mut self.signature),
            _ => {}
        }
    }
}
