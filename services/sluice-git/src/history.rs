//! The graph of commits, as far as it was looked at: ids, times and parents, and nothing else of a commit.

mod compare;
mod order;
mod walk;

use std::collections::HashMap;

use git2::ObjectType;
use sluice_git::Oid;

pub(crate) use self::order::Order;
use crate::{
    commit,
    objects::{Objects, Trouble},
};

/// A commit's place in the graph.
pub(crate) type Place = u32;

/// Most bytes of commits that are kept until they are told.
const MOST_TEXT: usize = 32 << 20;

/// Commits that were looked at, or that others named as parents.
pub(crate) struct Graph<'o> {
    objects: &'o Objects<'o>,
    places: HashMap<Oid, Place>,
    nodes: Vec<Node>,
    text: usize,
}

struct Node {
    oid: Oid,
    /// What the commit itself says; nothing until it was read.
    read: Option<Read>,
    /// Its bytes, if there was room for them.
    text: Option<Box<[u8]>>,
}

struct Read {
    time: i64,
    tree: Option<Oid>,
    parents: Box<[Place]>,
}

impl<'o> Graph<'o> {
    pub(crate) fn of(objects: &'o Objects<'o>) -> Self {
        Self {
            objects,
            places: HashMap::new(),
            nodes: Vec::new(),
            text: 0,
        }
    }

    /// The place of a commit.
    pub(crate) fn place(&mut self, oid: Oid) -> Place {
        let nodes = &mut self.nodes;
        *self.places.entry(oid).or_insert_with(|| {
            nodes.push(Node {
                oid,
                read: None,
                text: None,
            });
            // Ids alone would fill all memory before the number does not suffice.
            Place::try_from(nodes.len() - 1).unwrap_or(Place::MAX)
        })
    }

    /// The commit at a place.
    pub(crate) fn oid(&self, place: Place) -> Option<Oid> {
        self.nodes.get(place as usize).map(|node| node.oid)
    }

    /// When it was committed.
    pub(crate) fn time(&mut self, place: Place) -> Result<i64, Trouble> {
        self.read(place).map(|read| read.time)
    }

    /// Its parents.
    pub(crate) fn parents(&mut self, place: Place) -> Result<Box<[Place]>, Trouble> {
        self.read(place).map(|read| read.parents.clone())
    }

    /// Its tree, if it has one.
    pub(crate) fn tree(&mut self, place: Place) -> Result<Option<Oid>, Trouble> {
        self.read(place).map(|read| read.tree)
    }

    /// Its bytes, which are given once without being read again.
    pub(crate) fn text(&mut self, place: Place) -> Result<Box<[u8]>, Trouble> {
        let node = self.nodes.get_mut(place as usize);
        let Some(node) = node else {
            return Err(Trouble::Damaged("a commit that nobody named".into()));
        };
        match node.text.take() {
            Some(text) => {
                self.text -= text.len();
                Ok(text)
            }
            None => Ok(self
                .objects
                .read(node.oid, ObjectType::Commit)?
                .data()
                .into()),
        }
    }

    fn read(&mut self, place: Place) -> Result<&Read, Trouble> {
        let oid = self
            .nodes
            .get(place as usize)
            .map(|node| (node.oid, node.read.is_none()));
        let Some((oid, unread)) = oid else {
            return Err(Trouble::Damaged("a commit that nobody named".into()));
        };
        if unread {
            let object = self.objects.read(oid, ObjectType::Commit)?;
            let links = commit::links(object.data());
            let parents = links
                .parents
                .into_iter()
                .map(|parent| self.place(parent))
                .collect();
            let room = self.text + object.len() <= MOST_TEXT;
            if let Some(node) = self.nodes.get_mut(place as usize) {
                if room {
                    node.text = Some(object.data().into());
                    self.text += object.len();
                }
                node.read = Some(Read {
                    time: links.time,
                    tree: links.tree,
                    parents,
                });
            }
        }
        let node = self
            .nodes
            .get(place as usize)
            .and_then(|node| node.read.as_ref());
        node.ok_or_else(|| Trouble::Damaged(format!("the commit {oid} cannot be read")))
    }
}
