//! The secrets of ordinary tests. Whatever a test hands over is looked for in everything that the tests of this process
//! see: what is logged, answered and said, in what is stored and in files. What is found fails the test that ends next.
//!
//! Tests need not do anything for it: who declares, starts, asks and runs for them hands it all to here. In a release
//! build, which measures, nothing is looked for.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt::Display,
    fs::{self, File},
    io, mem,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, Once},
};

use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::FmtSpan},
};

use super::{Canary, Found, SHORTEST, Search, Table};

/// How many secrets are looked for at a time: more than the tests that run at once hand over.
const MOST: usize = 256;

/// How much of what was seen is kept until it is searched, in bytes.
const KEPT: usize = 16 << 20;

/// Secrets that are looked for, what was seen, and where they were found.
#[derive(Default)]
pub struct Watch {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The latest at last.
    secrets: VecDeque<Canary>,
    /// Made anew after a secret has come.
    search: Option<Arc<Search>>,
    /// Where something was seen, and what.
    seen: Vec<(String, Vec<u8>)>,
    size: usize,
    leaks: BTreeSet<String>,
}

/// That of this process. From the first call on it sees what is logged.
pub fn watch() -> &'static Watch {
    static WATCH: Watch = Watch::new();
    static LOGS: Once = Once::new();
    LOGS.call_once(|| {
        if cfg!(debug_assertions) {
            let lines = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("info,sluice=debug"))
                .with_span_events(FmtSpan::NEW)
                .with_ansi(false)
                .with_writer(&WATCH);
            // A test may have one of its own.
            let _ = lines.try_init();
        }
    });
    &WATCH
}

impl Watch {
    /// One that looks for nothing yet.
    pub const fn new() -> Self {
        let state = State {
            secrets: VecDeque::new(),
            search: None,
            seen: Vec::new(),
            size: 0,
            leaks: BTreeSet::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// A secret that a test hands over. What is so short that it could be found by chance is not looked for.
    pub fn secret(&self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref();
        if !cfg!(debug_assertions) || secret.len() < SHORTEST {
            return;
        }
        let canary = Canary::made(name, secret);
        let mut state = self.state();
        let same = |known: &Canary| known.marks == canary.marks;
        match state.secrets.iter().position(same) {
            // It is used again: it stays for longer.
            Some(known) => drop(state.secrets.remove(known)),
            None => state.search = None,
        }
        state.secrets.push_back(canary);
        while state.secrets.len() > MOST {
            state.secrets.pop_front();
        }
    }

    /// The secrets that a manifest hands over, in YAML or JSON: each stands behind `value:`.
    pub fn manifest(&self, text: &str) {
        let values = text.split("value").skip(1);
        for value in values.filter_map(|rest| rest.trim_start_matches('"').strip_prefix(':')) {
            let value = value.trim_start().trim_start_matches('"');
            let value = value.split(['"', ',', '}', '\n']).next();
            self.secret(
                "secret: of a manifest",
                value.unwrap_or_default().trim_end(),
            );
        }
    }

    /// Something that was seen somewhere: what was logged, answered, said.
    pub fn saw(&self, place: impl Display, bytes: impl AsRef<[u8]>) {
        if !cfg!(debug_assertions) {
            return;
        }
        let bytes = bytes.as_ref().to_owned();
        let mut state = self.state();
        state.size += bytes.len();
        state.seen.push((place.to_string(), bytes));
        if state.size > KEPT {
            drop(state);
            self.look();
        }
    }

    /// The files below a folder and their names. What the [`Table`] allows may be there.
    pub fn saw_folder(&self, folder: &Path) {
        if let Some(search) = self.search() {
            self.saw_below(&search, folder, folder, &Table::documented());
        }
    }

    /// Fails if a secret was seen.
    ///
    /// # Panics
    /// With what was found where.
    pub fn nothing_came_out(&self) {
        self.look();
        // Who fails already need not fail twice, and could not.
        if !std::thread::panicking() {
            let leaks = mem::take(&mut self.state().leaks);
            assert!(leaks.is_empty(), "secrets came out: {leaks:#?}");
        }
    }

    /// Searches what was kept.
    fn look(&self) {
        let mut state = self.state();
        state.size = 0;
        let seen = mem::take(&mut state.seen);
        drop(state);
        let Some(search) = self.search() else { return };
        for (place, bytes) in seen {
            for found in search.bytes(&bytes) {
                self.leak(&place, &found);
            }
        }
    }

    fn saw_below(&self, search: &Search, root: &Path, folder: &Path, table: &Table) {
        // Whoever is still at work there removes files while we look.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = entry.file_type();
            let mut all = search.bytes(entry.file_name().as_encoded_bytes());
            if kind.as_ref().is_ok_and(fs::FileType::is_file) {
                let content = File::open(&path).and_then(|file| search.reader(file));
                all.extend(content.unwrap_or_default());
            }
            let place = path.strip_prefix(root).unwrap().display().to_string();
            for found in &all {
                if !table.allows_below(&place, &found.canary) {
                    self.leak(&format!("file {place}"), found);
                }
            }
            if kind.is_ok_and(|kind| kind.is_dir()) {
                self.saw_below(search, root, &path, table);
            }
        }
    }

    fn leak(&self, place: &str, found: &Found) {
        let Found { canary, form } = found;
        let leak = format!("{canary} ({form}) in {place}");
        self.state().leaks.insert(leak);
    }

    /// `None`: there is nothing to look for.
    fn search(&self) -> Option<Arc<Search>> {
        let mut state = self.state();
        if state.search.is_none() && !state.secrets.is_empty() {
            state.search = Some(Arc::new(Search::of(state.secrets.iter())));
        }
        state.search.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// Takes lines of a log.
pub struct Lines(&'static Watch);

impl MakeWriter<'_> for &'static Watch {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        Lines(self)
    }
}

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.saw(format_args!("a log: {}", text.trim_end()), line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
