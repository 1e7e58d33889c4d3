//! What was seen, wherever it was seen, until it is searched.

use std::{
    fs::{self, File},
    path::Path,
    sync::{Mutex, MutexGuard},
};

use sluice_test_support::canary::{Found, Search};

/// Where a secret could come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sink {
    /// What a process writes to standard output and standard error.
    Log,
    /// What a collector of traces is sent.
    Trace,
    /// A record of a bucket, each revision of it.
    Bucket,
    /// A message of a stream: subject, headers and payload.
    Stream,
    /// Whatever else goes over NATS: questions, answers, calls of its API.
    Traffic,
    /// An answer of one of our listeners.
    Answer,
    /// A page of metrics.
    Metrics,
    /// What a command says.
    Command,
    /// The arguments of a process, as all users of a machine see them.
    Arguments,
    /// The environment of a process.
    Environment,
    /// A file, or its name.
    File,
}

impl Sink {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Log,
        Self::Trace,
        Self::Bucket,
        Self::Stream,
        Self::Traffic,
        Self::Answer,
        Self::Metrics,
        Self::Command,
        Self::Arguments,
        Self::Environment,
        Self::File,
    ];
}

/// Something that was seen.
struct Piece {
    sink: Sink,
    place: String,
    bytes: Vec<u8>,
}

/// A canary where it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) sink: Sink,
    pub(crate) place: String,
    pub(crate) found: Found,
}

/// Everything that was seen.
#[derive(Default)]
pub(crate) struct Evidence {
    pieces: Mutex<Vec<Piece>>,
}

impl Evidence {
    /// Keeps something that was seen.
    pub(crate) fn add(&self, sink: Sink, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let (place, bytes) = (place.into(), bytes.into());
        self.pieces().push(Piece { sink, place, bytes });
    }

    /// Whether any piece of a kind has this word in it, whatever its case.
    pub(crate) fn has(&self, sink: Sink, word: &str) -> bool {
        let same = |bytes: &[u8]| bytes.eq_ignore_ascii_case(word.as_bytes());
        let pieces = self.pieces();
        let mut pieces = pieces.iter().filter(|piece| piece.sink == sink);
        pieces.any(|piece| piece.bytes.windows(word.len()).any(same))
    }

    /// What is found in all of it.
    pub(crate) fn searched(&self, search: &Search) -> Vec<Finding> {
        let mut findings = Vec::new();
        for piece in self.pieces().iter() {
            for found in search.bytes(&piece.bytes) {
                findings.push(Finding {
                    sink: piece.sink,
                    place: piece.place.clone(),
                    found,
                });
            }
        }
        findings
    }

    fn pieces(&self) -> MutexGuard<'_, Vec<Piece>> {
        self.pieces.lock().unwrap()
    }
}

/// What is found in the files below a folder, in their names, and in the names of folders. Places are below `root`.
pub(crate) fn searched_files(
    sink: Sink,
    root: &Path,
    folder: &Path,
    search: &Search,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let place = path.strip_prefix(root).unwrap().display().to_string();
        let kind = entry.file_type().unwrap();
        let mut all = search.bytes(entry.file_name().as_encoded_bytes());
        if kind.is_file() {
            // One that has gone meanwhile holds nothing.
            let content = File::open(&path).and_then(|file| search.reader(file));
            all.extend(content.unwrap_or_default());
        }
        findings.extend(all.into_iter().map(|found| Finding {
            sink,
            place: place.clone(),
            found,
        }));
        if kind.is_dir() {
            findings.extend(searched_files(sink, root, &path, search));
        }
    }
    findings
}
