//! HTTP as a host speaks it: one connection, kept alive, answers with a length or in chunks.

use std::{io, net::SocketAddr};

use sluice_test_support::canary::watch;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection.
#[derive(Debug)]
pub struct Http {
    server: BufReader<TcpStream>,
    host: SocketAddr,
    /// Whether it is one of our programs that answers, which says no secret.
    ours: bool,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Http {
    /// Connects to one of our programs.
    pub async fn open(host: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            server: BufReader::new(stream),
            host,
            ours: true,
        })
    }

    /// Connects to somebody else, who may say the secrets that are theirs to say.
    pub async fn open_foreign(host: SocketAddr) -> io::Result<Self> {
        let open = Self::open(host).await?;
        Ok(Self {
            ours: false,
            ..open
        })
    }

    /// Gets a page on a connection of its own.
    pub async fn get(host: SocketAddr, path: &str) -> io::Result<Answer> {
        Self::open(host).await?.request("GET", path, &[], b"").await
    }

    /// Gets a page, with headers.
    pub async fn get_with(
        &mut self,
        path: &str,
        headers: &[(String, String)],
    ) -> io::Result<Answer> {
        self.request("GET", path, headers, b"").await
    }

    /// Posts a body.
    pub async fn post(
        &mut self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> io::Result<Answer> {
        self.request("POST", path, headers, body).await
    }

    /// Asks by any method.
    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let (host, length) = (self.host, body.len());
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let request = [request.as_bytes(), body].concat();
        self.server.write_all(&request).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let first = self.line().await?;
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {first:?}")))?;
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line().await?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: String::new(),
        };
        let body = match answer.header("transfer-encoding") {
            Some("chunked") => self.chunks().await?,
            _ => {
                let length = answer.header("content-length");
                let length = length.and_then(|length| length.parse().ok());
                self.bytes(length.unwrap_or(0)).await?
            }
        };
        self.saw(&body);
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    /// A body in chunks, each behind a line with its length; the last is empty.
    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length =
                usize::from_str_radix(&self.line().await?, 16).map_err(io::Error::other)?;
            let chunk = self.bytes(length).await?;
            self.line().await?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    async fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.server.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.server.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.saw(line.as_bytes());
        Ok(line.trim_end().to_owned())
    }

    fn saw(&self, answer: &[u8]) {
        if self.ours {
            watch().saw("an answer", answer);
        }
    }
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the connection ends with it.
    pub fn closes(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}
