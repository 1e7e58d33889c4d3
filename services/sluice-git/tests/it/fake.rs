//! A remote that answers whatever a test wants.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET /path HTTP/1.1`.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What is answered; then the connection ends.
pub(crate) enum Answer {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and then nothing until the client leaves.
    Stall(Vec<u8>),
    /// These bytes, and then those again and again until the client leaves.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, one by one with a pause behind each.
    Slow(Vec<u8>, Duration),
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A listener with its answers.
pub(crate) struct Fake {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// One that answers by a function of the request.
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (shared, answer) = (Arc::clone(&seen), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (shared, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(request) = read(&connection) else {
                        return;
                    };
                    shared.lock().unwrap().push(request.clone());
                    say(&connection, answer(&request));
                });
            }
        });
        Self { address, seen }
    }

    /// One that says the same to everything.
    pub(crate) fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |_| Answer::Bytes(answer.clone()))
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/acme/web.git", self.origin())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

/// An answer with its head, that ends with the connection.
pub(crate) fn answer(status: &str, kind: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

/// Refs, as a remote of version 0 tells them.
pub(crate) fn refs(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = [
        b"001e# service=git-upload-pack\n0000".as_slice(),
        body.as_ref(),
    ]
    .concat();
    answer(
        "200 OK",
        "application/x-git-upload-pack-advertisement",
        body,
    )
}

/// A packet line.
pub(crate) fn line(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [format!("{:04x}", text.len() + 4).as_bytes(), text].concat()
}

/// One branch that points there, as version 0 tells it.
pub(crate) fn one_ref(oid: &str) -> Vec<u8> {
    let mut body = line(format!(
        "{oid} refs/heads/main\0side-band-64k ofs-delta thin-pack\n"
    ));
    body.extend_from_slice(b"0000");
    refs(body)
}

/// A pack, as version 0 sends it.
pub(crate) fn pack(pack: &[u8]) -> Vec<u8> {
    let mut body = line("NAK\n");
    for part in pack.chunks(60_000) {
        body.extend(line([&[1], part].concat()));
    }
    body.extend_from_slice(b"0000");
    answer("200 OK", "application/x-git-upload-pack-result", body)
}

/// A remote with one branch, for which it sends that pack.
pub(crate) fn serving(oid: &str, pack: Vec<u8>) -> Fake {
    let (refs, pack) = (one_ref(oid), self::pack(&pack));
    Fake::start(move |request| match request.line.starts_with("GET") {
        true => Answer::Bytes(refs.clone()),
        false => Answer::Bytes(pack.clone()),
    })
}

/// Reads a request.
pub(crate) fn read(connection: impl Read) -> Option<Request> {
    let mut reading = BufReader::new(connection);
    let mut first = String::new();
    reading.read_line(&mut first).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reading.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reading.read_exact(&mut body).ok()?;
    Some(Request {
        line: first.trim_end().to_owned(),
        headers,
        body,
    })
}

fn say(mut connection: &TcpStream, answer: Answer) {
    // A client that has heard enough leaves, which is what most of these answers are for.
    let _ = match answer {
        Answer::Bytes(bytes) => connection.write_all(&bytes),
        Answer::Stall(bytes) => connection
            .write_all(&bytes)
            .and_then(|()| connection.read(&mut [0]).map(|_| ())),
        Answer::Endless(bytes, again) => connection.write_all(&bytes).and_then(|()| {
            loop {
                connection.write_all(&again)?;
            }
        }),
        Answer::Slow(bytes, pause) => slowly(connection, &bytes, pause),
    };
}

fn slowly(mut connection: &TcpStream, bytes: &[u8], pause: Duration) -> std::io::Result<()> {
    connection.set_read_timeout(Some(pause))?;
    for byte in bytes {
        // The client has said everything: what can be read is its end.
        if connection.read(&mut [0]).is_ok() {
            break;
        }
        connection.write_all(&[*byte])?;
    }
    Ok(())
}
