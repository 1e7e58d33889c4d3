//! A Git host of a test's own: bare repositories in a folder, served by the real `git http-backend` on loopback.
//!
//! ```no_run
//! use sluice_test_support::GitServer;
//! let server = GitServer::start();
//! let web = server.repository("acme/web");
//! let first = web.commit("main", "first", &[("README.md", "hello")]);
//! assert_eq!(web.tip("main"), first);
//! assert!(web.url().starts_with("http://127.0.0.1:"));
//! ```
//!
//! Everything runs in threads of its own: a test may block on `git` and be served all the same.

mod cgi;
mod child;
mod command;
mod made;
mod repository;
mod request;

use std::{
    collections::BTreeMap,
    io::BufReader,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

pub use child::git_child;
pub use command::{git, git_in, git_with_input};
pub use made::everything;
pub use repository::{GitRepository, GitWork};
use request::Request;

use crate::Folder;

/// A server, and the folder that goes with it.
pub struct GitServer {
    address: SocketAddr,
    folder: Folder,
    state: Arc<State>,
}

/// What the connections share.
struct State {
    root: PathBuf,
    stopped: AtomicBool,
    known: Mutex<Known>,
}

/// What is known of the requests, and how they are to be answered.
#[derive(Default)]
struct Known {
    /// `user:secret` that is wanted.
    wanted: Option<String>,
    /// Repositories that are answered by a status alone.
    refused: BTreeMap<String, u16>,
    requests: BTreeMap<String, usize>,
    /// How many requests are being answered for a repository, and how many there were at most when a client came anew.
    at_once: BTreeMap<String, (usize, usize)>,
    authorizations: Vec<String>,
}

impl GitServer {
    /// A server without repositories, on a free port.
    pub fn start() -> Self {
        let folder = Folder::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            root: folder.path().join("repositories"),
            stopped: AtomicBool::new(false),
            known: Mutex::default(),
        });
        std::fs::create_dir(&state.root).unwrap();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || accept(&listener, &shared));
        Self {
            address,
            folder,
            state,
        }
    }

    /// A new, empty, bare repository; `main` is its default branch.
    pub fn repository(&self, name: &str) -> GitRepository {
        GitRepository::create(name, &self.state.root, self.url(name))
    }

    /// The address of a repository, whether it is there or not.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}.git", self.origin())
    }

    /// The server's own address, `http://127.0.0.1:4711`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A folder that lives as long as the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From now on wants this user and secret for everything.
    pub fn require(&self, user: &str, secret: &str) {
        self.known().wanted = Some(format!("{user}:{secret}"));
    }

    /// From now on wants nothing any more.
    pub fn require_nothing(&self) {
        self.known().wanted = None;
    }

    /// From now on answers for this repository by that status alone, such as 503.
    pub fn refuse(&self, name: &str, status: u16) {
        self.known().refused.insert(name.to_owned(), status);
    }

    /// Answers for this repository as for others again.
    pub fn serve(&self, name: &str) {
        self.known().refused.remove(name);
    }

    /// How many requests there were for a repository.
    pub fn requests(&self, name: &str) -> usize {
        self.known().requests.get(name).copied().unwrap_or(0)
    }

    /// How many clients one repository had at once, at most. A client's own requests may overlap: it goes on with the next
    /// as soon as it has heard enough.
    pub fn most_at_once(&self) -> usize {
        let known = self.known();
        let most = known.at_once.values().map(|(_, most)| *most);
        most.max().unwrap_or(0)
    }

    /// How many requests there were in all.
    pub fn all_requests(&self) -> usize {
        self.known().requests.values().sum()
    }

    /// Every `Authorization` header that came, in order.
    pub fn authorizations(&self) -> Vec<String> {
        self.known().authorizations.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.state.known.lock().unwrap()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees it.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for connection in listener.incoming() {
        if state.stopped.load(Ordering::Relaxed) {
            return;
        }
        // One that is gone before it is taken needs no answer.
        if let Ok(connection) = connection {
            let state = Arc::clone(state);
            std::thread::spawn(move || {
                // A client may leave at any time.
                let _ = serve(&connection, &state);
            });
        }
    }
}

/// Answers the requests of a connection, one after the other.
fn serve(connection: &TcpStream, state: &State) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reading = BufReader::new(connection);
    while let Some(request) = Request::read(&mut reading)? {
        let mut body = request.body(&mut reading, connection)?;
        let answering = state.answering(&request);
        let goes_on = match state.verdict(&request) {
            Some(status) => {
                cgi::answer_alone(connection, status)?;
                false
            }
            None => cgi::answer(connection, &request, &mut body, &state.root, answering)?,
        };
        if !goes_on || state.stopped.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// A request that is being answered; over when dropped.
struct Answering<'s>(&'s State, String);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        let mut known = self.0.known.lock().unwrap();
        known.at_once.entry(self.1.clone()).or_default().0 -= 1;
    }
}

impl State {
    fn answering(&self, request: &Request) -> Answering<'_> {
        let repository = request.repository();
        let mut known = self.known.lock().unwrap();
        let (now, most) = known.at_once.entry(repository.clone()).or_default();
        *now += 1;
        if request.method == "GET" {
            *most = (*most).max(*now);
        }
        Answering(self, repository)
    }

    /// The status to answer with, where it is not for Git to answer; and what is remembered of the request.
    fn verdict(&self, request: &Request) -> Option<u16> {
        let repository = request.repository();
        let mut known = self.known.lock().unwrap();
        *known.requests.entry(repository.clone()).or_default() += 1;
        let given = request.header("authorization");
        if !given.is_empty() {
            known.authorizations.push(given.to_owned());
        }
        let wanted = known
            .wanted
            .as_ref()
            .map(|pair| format!("Basic {}", request::base64(pair)));
        if wanted.is_some_and(|wanted| wanted != given) {
            return Some(401);
        }
        known.refused.get(&repository).copied()
    }
}
