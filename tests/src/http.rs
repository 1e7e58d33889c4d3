//! A small HTTP/1.1 client: one connection that is kept, one request at a time, bytes in the caller's hand.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The longest line that is read.
const LONGEST_LINE: u64 = 64 * 1024;

/// A connection to a server.
#[derive(Debug)]
pub struct Http {
    stream: BufReader<TcpStream>,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// A whole request as it goes over the wire.
pub fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Http {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Gets a path by a connection of its own.
    pub async fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
        let mut http = Self::open(address).await?;
        http.send(&request("GET", path, &[], &[])).await
    }

    /// Posts a body.
    pub async fn post(
        &mut self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> io::Result<Answer> {
        self.send(&request("POST", path, headers, body)).await
    }

    /// Sends a request made by [`request`] and reads its answer. After an error, or an answer that says
    /// `connection: close`, the connection is of no use.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let line = self.line().await?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| broken("status line", &line))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| broken("header", &line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: String::new(),
        };
        let body = self.body(&answer).await?;
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    async fn body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        if answer.header("transfer-encoding") == Some("chunked") {
            return self.chunks().await;
        }
        let length = answer.header("content-length").unwrap_or("0");
        let mut body = vec![0; length.parse().map_err(|_| broken("length", length))?];
        self.stream.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let length = usize::from_str_radix(&line, 16).map_err(|_| broken("chunk", &line))?;
            let mut chunk = vec![0; length];
            self.stream.read_exact(&mut chunk).await?;
            body.append(&mut chunk);
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    /// A line without its end.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        let mut bounded = (&mut self.stream).take(LONGEST_LINE);
        if bounded.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(line)
    }
}

impl Answer {
    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the server takes no further request on this connection.
    pub fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

fn broken(what: &str, line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("`{line}` is no {what}"))
}
