//! How much alike two files are: how many bytes of lines they share (Git's `diffcore-delta`).

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use git2::ObjectType;
use sluice_git::Oid;

use crate::objects::{Objects, Trouble};

/// Larger files are compared by their ids alone.
const LARGEST: usize = 1 << 20;

/// Most bytes of files that are read in all.
const BUDGET: usize = 64 << 20;

/// Longer lines are taken in parts.
const LONGEST_LINE: usize = 64;

/// Files that were read.
pub(super) struct Contents<'o> {
    objects: &'o Objects<'o>,
    left: usize,
    read: HashMap<Oid, Option<Shape>>,
}

/// The lines of a file by their hashes, with how many bytes of each there are.
struct Shape {
    size: usize,
    lines: HashMap<u32, u32>,
}

impl<'o> Contents<'o> {
    pub(super) fn new(objects: &'o Objects<'o>) -> Self {
        Self {
            objects,
            left: BUDGET,
            read: HashMap::new(),
        }
    }

    /// How much of the larger one is in the other, in hundredths.
    pub(super) fn score(&mut self, old: Oid, new: Oid) -> Result<u32, Trouble> {
        self.load(old)?;
        self.load(new)?;
        let (Some(Some(old)), Some(Some(new))) = (self.read.get(&old), self.read.get(&new)) else {
            return Ok(0);
        };
        let (least, most) = (old.size.min(new.size), old.size.max(new.size));
        // What is twice as large cannot share half.
        if most == 0 || least * 2 < most {
            return Ok(0);
        }
        let shared = |(line, bytes): (&u32, &u32)| {
            new.lines
                .get(line)
                .map_or(0, |other| u64::from(*bytes.min(other)))
        };
        let shared: u64 = old.lines.iter().map(shared).sum();
        Ok(u32::try_from(shared * 100 / most as u64).unwrap_or(0))
    }

    fn load(&mut self, oid: Oid) -> Result<(), Trouble> {
        if self.read.contains_key(&oid) {
            return Ok(());
        }
        let (_, size) = self.objects.header(oid)?;
        let shape = match size <= LARGEST.min(self.left) {
            true => Some(Shape::of(self.objects.read(oid, ObjectType::Blob)?.data())),
            false => None,
        };
        self.left -= shape.as_ref().map_or(0, |shape| shape.size);
        self.read.insert(oid, shape);
        Ok(())
    }
}

impl Shape {
    fn of(content: &[u8]) -> Self {
        let mut lines = HashMap::new();
        for line in content
            .split_inclusive(|&byte| byte == b'\n')
            .flat_map(|line| line.chunks(LONGEST_LINE))
        {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
            *lines.entry(hasher.finish() as u32).or_default() += length;
        }
        Self {
            size: content.len(),
            lines,
        }
    }
}
