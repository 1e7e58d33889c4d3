//! A client without manners: it says anything to anybody, with any reply subject.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use sluice_bus::{Connection, Credentials};

pub(crate) struct Raw(BufReader<TcpStream>);

impl Raw {
    /// Connects as whoever this connection is.
    pub(crate) fn connect(connection: &Connection) -> Self {
        let address = connection.url.strip_prefix("nats://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let hello = serde_json::json!({
            "user": user, "pass": password, "verbose": false, "headers": true, "no_responders": true,
        });
        let mut raw = Self(BufReader::new(stream));
        raw.send(&format!("CONNECT {hello}\r\n"));
        raw.until_pong();
        raw
    }

    /// Listens to a subject from now on.
    pub(crate) fn subscribe(&mut self, subject: &str) {
        self.send(&format!("SUB {subject} 1\r\n"));
        self.until_pong();
    }

    /// Says something, and where the answer is to go.
    pub(crate) fn publish(&mut self, subject: &str, reply: &str, body: &str) {
        self.send(&format!(
            "PUB {subject} {reply} {}\r\n{body}\r\n",
            body.len()
        ));
    }

    /// Asks, and waits for the answer.
    pub(crate) fn request(&mut self, subject: &str, body: &str) -> String {
        self.subscribe("_INBOX_raw.1");
        self.publish(subject, "_INBOX_raw.1", body);
        loop {
            if let Some(answer) = self.message() {
                return answer;
            }
        }
    }

    /// What has come until the server answers a ping.
    pub(crate) fn until_pong(&mut self) -> Vec<String> {
        self.send("PING\r\n");
        let mut messages = Vec::new();
        loop {
            let line = self.line();
            match line.split(' ').next().unwrap().trim() {
                "PONG" => return messages,
                "MSG" | "HMSG" => messages.push(self.body(&line)),
                "-ERR" => panic!("{line}"),
                _ => {}
            }
        }
    }

    fn message(&mut self) -> Option<String> {
        let line = self.line();
        match line.split(' ').next().unwrap().trim() {
            "MSG" | "HMSG" => Some(self.body(&line)),
            "-ERR" => panic!("{line}"),
            _ => None,
        }
    }

    fn body(&mut self, line: &str) -> String {
        let words: Vec<_> = line.split_whitespace().collect();
        let length: usize = words.last().unwrap().parse().unwrap();
        let mut body = vec![0; length + 2];
        self.0.read_exact(&mut body).unwrap();
        let headers = if words[0] == "HMSG" {
            words[words.len() - 2].parse().unwrap()
        } else {
            0
        };
        String::from_utf8_lossy(&body[headers..length]).into_owned()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(
            self.0.read_line(&mut line).unwrap(),
            0,
            "the server hung up"
        );
        line
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }
}
