//! A client without manners: it sends any bytes, whole or in drops, and reads the answers as they come.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::canary::watch;

/// No answer takes longer: a test that waits for more has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub struct Wire {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
}

/// One answer, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case with their values, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

impl Wire {
    /// Connects.
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let (reading, writing) = TcpStream::connect(addr).await?.into_split();
        Ok(Self {
            reading: BufReader::new(reading),
            writing,
        })
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writing.write_all(bytes).await
    }

    /// Ends what is sent; answers can still come.
    pub async fn end(&mut self) {
        // It may have been ended from the other side.
        let _ = self.writing.shutdown().await;
    }

    /// The next answer without its body, as to a HEAD.
    pub async fn head(&mut self) -> io::Result<Answer> {
        let head = tokio::time::timeout(PATIENCE, read_head(&mut self.reading));
        head.await.unwrap_or_else(|_| panic!("no answer came"))
    }

    /// The next answer; an error if the connection ends first.
    pub async fn answer(&mut self) -> io::Result<Answer> {
        let answer = tokio::time::timeout(PATIENCE, read(&mut self.reading));
        answer.await.unwrap_or_else(|_| panic!("no answer came"))
    }

    /// The next line of what comes; an error if the connection ends first.
    pub async fn line(&mut self) -> io::Result<String> {
        let line = tokio::time::timeout(PATIENCE, line(&mut self.reading));
        line.await.unwrap_or_else(|_| panic!("no line came"))
    }

    /// All answers until the server closes the connection.
    pub async fn answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Ok(answer) = self.answer().await {
            answers.push(answer);
        }
        answers
    }

    /// Sends for as long as the server takes it, and reads the answer meanwhile: a server that has heard enough
    /// answers before everything is said.
    pub async fn say(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let Self { reading, writing } = self;
        let answering = tokio::time::timeout(PATIENCE, read(reading));
        tokio::pin!(answering);
        let answered = tokio::select! {
            answered = &mut answering => answered,
            // That the rest is not taken is for the answer to say.
            _ = writing.write_all(bytes) => answering.await,
        };
        answered.unwrap_or_else(|_| panic!("no answer came"))
    }

    /// Sends it; the answer, if one came before everything was sent.
    pub async fn say_all(&mut self, bytes: &[u8]) -> Option<Answer> {
        let Self { reading, writing } = self;
        tokio::select! {
            answered = read(reading) => answered.ok(),
            sent = writing.write_all(bytes) => match sent {
                Ok(()) => None,
                Err(_) => read(reading).await.ok(),
            },
        }
    }
}

async fn read(reading: &mut BufReader<OwnedReadHalf>) -> io::Result<Answer> {
    let mut answer = read_head(reading).await?;
    let mut body = vec![0; answer.header("content-length").parse().unwrap_or(0)];
    reading.read_exact(&mut body).await?;
    watch().saw("an answer", &body);
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

async fn read_head(reading: &mut BufReader<OwnedReadHalf>) -> io::Result<Answer> {
    let status = line(reading).await?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    let mut headers = Vec::new();
    loop {
        let line = line(reading).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    Ok(Answer {
        status,
        headers,
        body: String::new(),
    })
}

async fn line(reading: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    let mut line = String::new();
    if reading.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    watch().saw("an answer", &line);
    Ok(line.trim_end().to_owned())
}

/// A request as it goes over the wire, with its length.
pub fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: gateway.test\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
