//! A client without manners: it says anything, and tells what the server refuses.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use sluice_bus::{Connection, Credentials};

pub(crate) struct Raw {
    server: BufReader<TcpStream>,
    /// The messages that came, subject and payload.
    pub(crate) received: Vec<(String, String)>,
    /// The reply subjects that they named.
    pub(crate) replies: Vec<String>,
}

impl Raw {
    /// Connects as whoever this connection is.
    pub(crate) fn connect(connection: &Connection) -> Self {
        let address = connection.url.strip_prefix("nats://").unwrap();
        let mut server = BufReader::new(TcpStream::connect(address).unwrap());
        let mut greeting = String::new();
        server.read_line(&mut greeting).unwrap();
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let hello = serde_json::json!({
            "user": user, "pass": password, "verbose": false, "pedantic": false, "headers": true, "no_responders": true,
        });
        let mut raw = Self {
            server,
            received: Vec::new(),
            replies: Vec::new(),
        };
        assert_eq!(raw.say(&format!("CONNECT {hello}")), Vec::<String>::new());
        raw
    }

    /// Says it, waits until the server has dealt with it, and tells what the server objected to.
    pub(crate) fn say(&mut self, line: &str) -> Vec<String> {
        self.send(&format!("{line}\r\nPING\r\n"))
    }

    /// Waits until the server has sent what it has.
    pub(crate) fn listen(&mut self) {
        self.send("PING\r\n");
    }

    fn send(&mut self, text: &str) -> Vec<String> {
        // In one piece: the kernel holds back a second one.
        self.server.get_mut().write_all(text.as_bytes()).unwrap();
        let mut objections = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.server.read_line(&mut line).unwrap(),
                0,
                "the server hung up"
            );
            let words: Vec<_> = line.split_whitespace().collect();
            match words.first().copied() {
                Some("PONG") => return objections,
                Some("-ERR") => objections.push(line.trim().to_owned()),
                Some("MSG" | "HMSG") => {
                    // Subject, subscription, perhaps a reply subject, then one length, or two with headers.
                    let lengths = if words[0] == "MSG" { 1 } else { 2 };
                    if words.len() == 4 + lengths {
                        self.replies.push(words[3].to_owned());
                    }
                    let length: usize = words.last().unwrap().parse().unwrap();
                    let mut payload = vec![0; length + 2];
                    self.server.read_exact(&mut payload).unwrap();
                    let payload = String::from_utf8_lossy(&payload).trim().to_owned();
                    self.received.push((words[1].to_owned(), payload));
                }
                _ => {}
            }
        }
    }

    /// Whether it may publish there.
    pub(crate) fn may_publish(&mut self, subject: &str) -> bool {
        self.permitted(&format!("PUB {subject} 0\r\n"))
    }

    /// Whether it may subscribe to it.
    pub(crate) fn may_subscribe(&mut self, subject: &str) -> bool {
        self.permitted(&format!("SUB {subject} 7\r\nUNSUB 7"))
    }

    fn permitted(&mut self, line: &str) -> bool {
        let objections = self.say(line);
        assert!(
            objections
                .iter()
                .all(|objection| objection.contains("Permissions Violation")),
            "{line}: {objections:?}"
        );
        objections.is_empty()
    }
}
