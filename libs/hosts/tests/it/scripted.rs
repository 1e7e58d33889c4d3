//! A host that answers by a script: one reply for each request, in order.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What is done with a request.
#[derive(Clone)]
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
    then: Then,
}

/// What comes behind what was said.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    /// Nothing, while the connection stays.
    Silence,
    /// More and more.
    More,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and target.
    pub(crate) line: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        let reply = Self {
            head,
            body,
            then: Then::Close,
        };
        match kind {
            "" => reply,
            kind => reply.with("content-type", kind),
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A status alone.
    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, "", "")
    }

    /// Breaks off once the request was read.
    pub(crate) fn cut() -> Self {
        Self {
            head: String::new(),
            body: Vec::new(),
            then: Then::Close,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Says no more than the first half of its body.
    pub(crate) fn half(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// Says no more than that, and does not hang up.
    pub(crate) fn then_silence(self) -> Self {
        Self {
            then: Then::Silence,
            ..self.half()
        }
    }

    /// A body that does not end.
    pub(crate) fn endless() -> Self {
        Self {
            head: "HTTP/1.1 200 Said\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n".into(),
            body: Vec::new(),
            then: Then::More,
        }
    }
}

/// The host.
pub(crate) struct Scripted {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    left: Arc<Mutex<VecDeque<Reply>>>,
    serving: JoinHandle<()>,
}

impl Scripted {
    pub(crate) async fn new(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(Mutex::new(VecDeque::from_iter(script)));
        let serving = tokio::spawn(serve(listener, left.clone(), requests.clone()));
        Self {
            url,
            requests,
            left,
            serving,
        }
    }

    /// What came, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Methods and targets of what came, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.requests();
        requests.into_iter().map(|request| request.line).collect()
    }

    /// The one request that came.
    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.serving.abort();
        let left = self.left.lock().unwrap().len();
        assert!(
            left == 0 || std::thread::panicking(),
            "{left} replies were never asked for"
        );
    }
}

async fn serve(
    listener: TcpListener,
    left: Arc<Mutex<VecDeque<Reply>>>,
    requests: Arc<Mutex<Vec<Request>>>,
) {
    let mut silent = Vec::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let Some(request) = read(&mut stream).await else {
            continue;
        };
        requests.lock().unwrap().push(request);
        let unexpected = || Reply::json(599, "the script has ended".into());
        let reply = left.lock().unwrap().pop_front();
        let reply = reply.unwrap_or_else(unexpected);
        // Whoever asked may have hung up.
        let _ = say(stream.get_mut(), &reply).await;
        if reply.then == Then::Silence {
            silent.push(stream);
        }
    }
}

async fn say(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    if reply.head.is_empty() {
        return Ok(());
    }
    stream.write_all(reply.head.as_bytes()).await?;
    stream.write_all(b"\r\n").await?;
    stream.write_all(&reply.body).await?;
    match reply.then {
        Then::Close | Then::Silence => stream.flush().await,
        Then::More => loop {
            stream.write_all(b"400\r\n").await?;
            stream.write_all(&[b' '; 0x400]).await?;
            stream.write_all(b"\r\n").await?;
        },
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let length = stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "" if length == 0 => return None,
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let first = lines.remove(0);
    let headers: BTreeMap<_, _> = lines
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or("0", String::as_str);
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        line: first.trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body,
    })
}
