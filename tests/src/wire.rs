//! NATS by hand, for what no program of ours may do: connect as anybody, say anything, see what is refused.

use std::io;

use serde_json::{Value, json};
use sluice_bus::{Connection, Credentials};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection to a nats-server.
#[derive(Debug)]
pub struct Wire {
    server: BufReader<TcpStream>,
    user: String,
}

impl Wire {
    /// Connects as whoever this connection is.
    pub async fn connect(connection: &Connection) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let address = connection.url.trim_start_matches("nats://");
        let server = BufReader::new(TcpStream::connect(address).await.unwrap());
        let mut wire = Self {
            server,
            user: user.clone(),
        };
        // The first line is the server's INFO.
        wire.line().await.unwrap();
        let hello = json!({"verbose": false, "pedantic": false, "user": user, "pass": password, "headers": true, "no_responders": true});
        assert_eq!(wire.say(&format!("CONNECT {hello}")).await, None);
        wire
    }

    /// What the server says against publishing to this subject; `None`: nothing.
    pub async fn publish(&mut self, subject: &str) -> Option<String> {
        self.say(&format!("PUB {subject} 0\r\n")).await
    }

    /// What the server says against subscribing to this subject; `None`: nothing.
    pub async fn subscribe(&mut self, subject: &str) -> Option<String> {
        self.say(&format!("SUB {subject} 7\r\nUNSUB 7")).await
    }

    /// Asks the API of JetStream.
    pub async fn ask(&mut self, call: &str, request: &Value) -> Value {
        let inbox = format!("_INBOX_{}.wire", self.user);
        let (request, call) = (request.to_string(), format!("$JS.API.{call}"));
        let text = format!(
            "SUB {inbox} 1\r\nUNSUB 1 1\r\nPUB {call} {inbox} {}\r\n{request}\r\n",
            request.len()
        );
        self.server.write_all(text.as_bytes()).await.unwrap();
        loop {
            let line = self.line().await.unwrap();
            let words: Vec<_> = line.split(' ').collect();
            match words[0] {
                "MSG" => {
                    let length: usize = words.last().unwrap().parse().unwrap();
                    let mut payload = vec![0; length + 2];
                    self.server.read_exact(&mut payload).await.unwrap();
                    return serde_json::from_slice(&payload).unwrap();
                }
                "PING" => self.server.write_all(b"PONG\r\n").await.unwrap(),
                "INFO" => {}
                _ => panic!("{call}: {line}"),
            }
        }
    }

    /// Says something and waits until the server has dealt with it.
    async fn say(&mut self, text: &str) -> Option<String> {
        let text = format!("{text}\r\nPING\r\n");
        self.server.write_all(text.as_bytes()).await.unwrap();
        let mut refused = None;
        loop {
            let line = self.line().await.unwrap();
            match line.split(' ').next().unwrap() {
                "PONG" => return refused,
                "-ERR" => refused = Some(line),
                "PING" => self.server.write_all(b"PONG\r\n").await.unwrap(),
                _ => {}
            }
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.server.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
