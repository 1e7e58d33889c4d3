//! Sends deliveries as fast as they are answered, on so many connections.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sluice_events::Timestamp;
use sluice_providers::{HookSecret, Sample, SampleSpec, SecretKind, provider, sample};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::measure::Measured;

/// Bytes of a body, those of an ordinary push at GitHub.
pub(crate) const BODY: usize = 8 * 1024;

/// What stands where the object id will be.
const AFTER: &str = "0123456789abcdef0123456789abcdef01234567";

/// Sends for so long. `seed` keeps what is sent apart from every other round's.
pub(crate) async fn send(
    hooks: SocketAddr,
    path: &str,
    secret: &str,
    width: usize,
    time: Duration,
    seed: u64,
) -> Measured {
    let begun = Instant::now();
    let mut senders = JoinSet::new();
    for number in 0..width {
        let deliveries = Deliveries::new(secret, path, seed * 1000 + number as u64);
        senders.spawn(one(hooks, deliveries, begun + time));
    }
    let mut measured = Measured::default();
    while let Some(sent) = senders.join_next().await {
        let (latencies, wrong) = sent.unwrap();
        measured.latencies.extend(latencies);
        measured.wrong += wrong;
    }
    measured.elapsed = begun.elapsed();
    measured
}

async fn one(
    hooks: SocketAddr,
    mut deliveries: Deliveries,
    until: Instant,
) -> (Vec<Duration>, u64) {
    let mut connection = TcpStream::connect(hooks).await.unwrap();
    connection.set_nodelay(true).unwrap();
    let (mut latencies, mut wrong, mut answer) = (Vec::new(), 0, Vec::with_capacity(1024));
    while Instant::now() < until {
        let request = deliveries.next();
        let begun = Instant::now();
        connection.write_all(&request).await.unwrap();
        if accepted(&mut connection, &mut answer).await {
            latencies.push(begun.elapsed())
        } else {
            wrong += 1
        }
    }
    (latencies, wrong)
}

/// Reads one whole answer; whether it is 202.
async fn accepted(connection: &mut TcpStream, answer: &mut Vec<u8>) -> bool {
    answer.clear();
    loop {
        assert!(
            connection.read_buf(answer).await.unwrap() > 0,
            "the gateway hung up"
        );
        let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&answer[..head])
            .unwrap()
            .to_ascii_lowercase();
        let length = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next()?.parse().ok());
        if answer.len() >= head + 4 + length.unwrap_or(0usize) {
            return text.starts_with("http/1.1 202");
        }
    }
}

/// Pushes that all tell something else, made in place and signed one by one.
struct Deliveries {
    sample: Sample,
    after: Vec<usize>,
    secret: HookSecret,
    path: String,
    sender: u64,
    number: u64,
}

impl Deliveries {
    fn new(secret: &str, path: &str, sender: u64) -> Self {
        let secret = HookSecret::new("bench", SecretKind::Hmac, secret.as_bytes(), None).unwrap();
        let sample = padded(sample("github", "push", &spec(), &secret).unwrap());
        let after = positions(&sample.body, AFTER.as_bytes());
        Self {
            sample,
            after,
            secret,
            path: path.to_owned(),
            sender,
            number: 0,
        }
    }

    fn next(&mut self) -> Vec<u8> {
        self.number += 1;
        let id = format!("{:020x}{:020x}", self.sender, self.number);
        for &at in &self.after {
            self.sample.body[at..at + 40].copy_from_slice(id.as_bytes());
        }
        self.sample.set("x-github-delivery", id);
        provider("github")
            .unwrap()
            .sign(&mut self.sample, &self.secret)
            .unwrap();
        let mut request = format!(
            "POST {} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n",
            self.path,
            self.sample.body.len()
        );
        for (name, value) in &self.sample.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        [request.as_bytes(), &self.sample.body].concat()
    }
}

fn positions(body: &[u8], wanted: &[u8]) -> Vec<usize> {
    body.windows(wanted.len())
        .enumerate()
        .filter(|(_, found)| *found == wanted)
        .map(|(at, _)| at)
        .collect()
}

/// The sample at the size of a real delivery, with a field that nobody reads.
fn padded(sample: Sample) -> Sample {
    let mut body = sample.body;
    let last = body.pop();
    assert_eq!(last, Some(b'}'));
    let missing = BODY.saturating_sub(body.len() + 14);
    body.extend(format!(",\"padding\":\"{}\"}}", "x".repeat(missing)).bytes());
    Sample { body, ..sample }
}

fn spec() -> SampleSpec {
    SampleSpec {
        repository: "acme/web".into(),
        repository_id: 42,
        ref_name: "main".into(),
        default_branch: "main".into(),
        before: "a".repeat(40),
        after: AFTER.into(),
        number: 1,
        actor: "octavia".into(),
        delivery_id: String::new(),
        time: Timestamp::now(),
        marked: false,
    }
}
