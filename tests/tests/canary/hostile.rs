//! Git hosts that say the secret that they were shown wherever they can: in errors, redirects, headers, and in what Git says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::listener::{Request, listen};

/// What a host makes of a secret, in the forms that programs give it on their way.
pub(crate) struct Told {
    plain: String,
    percent: String,
    /// All of it, with the request that it came with.
    everything: String,
}

/// A way to answer.
type Way = fn(&Told) -> Vec<u8>;

/// All ways, each with its name.
pub(crate) const WAYS: [(&str, Way); 14] = [
    ("failing", |told| {
        json("500 Internal Server Error", "", &message(told))
    }),
    ("reason", |told| {
        json(&format!("500 {}", told.plain), "", "{}")
    }),
    ("unauthorized", |told| {
        let asks = format!("WWW-Authenticate: Basic realm=\"{}\"\r\n", told.plain);
        text("401 Unauthorized", &asks, &told.everything)
    }),
    ("limit", |told| {
        let until = format!("Retry-After: {0}\r\nX-RateLimit-Reset: {0}\r\n", told.plain);
        json(
            "403 Forbidden",
            &until,
            &format!(r#"{{"message": "rate limit of {}"}}"#, told.plain),
        )
    }),
    ("page", |told| {
        answer(
            "404 Not Found",
            "text/html",
            "",
            &format!("<h1>{}</h1>", told.everything),
        )
    }),
    ("elsewhere", |told| {
        let to = format!(
            "Location: http://{}.test/{}?token={}\r\n",
            told.plain, told.percent, told.plain
        );
        text("302 Found", &to, &told.everything)
    }),
    ("moved", |told| {
        text(
            "301 Moved Permanently",
            &format!("Location: /api/v1/repos/{}\r\n", told.plain),
            "",
        )
    }),
    ("types", |told| {
        let wrong = format!(
            r#"{{"id": "{0}", "full_name": ["{0}"], "permissions": "{0}", "default_branch": {{"{0}": 1}}}}"#,
            told.plain
        );
        json("200 OK", "", &wrong)
    }),
    ("words", |told| text("200 OK", "", &told.everything)),
    ("header", |told| {
        format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", told.plain).into_bytes()
    }),
    ("nonsense", |told| told.everything.clone().into_bytes()),
    ("git", |told| {
        let line = format!("ERR access denied for {}\n", told.everything);
        let line = format!(
            "001e# service=git-upload-pack\n0000{:04x}{line}",
            line.len() + 4
        );
        answer(
            "200 OK",
            "application/x-git-upload-pack-advertisement",
            "",
            &line,
        )
    }),
    ("refused", |told| {
        let fields = format!(
            r#"{{"message": {{"url": ["{0}"], "{0}": "is wrong"}}, "errors": [{{"message": "{0}"}}], "error_description": "{1}"}}"#,
            told.plain, told.percent
        );
        json("422 Unprocessable Entity", "", &fields)
    }),
    ("pages", |told| {
        let next = format!(
            "Link: <http://{0}.test/{0}>; rel=\"next\"\r\nSet-Cookie: token={0}\r\n",
            told.plain
        );
        json("200 OK", &next, "[]")
    }),
];

/// A host, and who has asked it what.
pub(crate) struct Hostile {
    address: SocketAddr,
    asked: Arc<Mutex<(usize, usize)>>,
}

impl Hostile {
    /// One that answers in this way, and knows the secret that it will be shown.
    pub(crate) fn start(way: Way, secret: &str) -> Self {
        let asked = Arc::new(Mutex::new((0, 0)));
        let (counted, secret) = (Arc::clone(&asked), secret.to_owned());
        let address = listen(move |request| {
            let mut asked = counted.lock().unwrap();
            match request.head.contains("/info/refs") {
                true => asked.1 += 1,
                false => asked.0 += 1,
            }
            drop(asked);
            way(&told(&secret, request))
        });
        Self { address, asked }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often its API was asked, and how often Git asked for refs.
    pub(crate) fn asked(&self) -> (usize, usize) {
        *self.asked.lock().unwrap()
    }
}

fn told(secret: &str, request: &Request) -> Told {
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = BASE64_STANDARD.encode(secret);
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let head = request.head.replace(['\r', '\n', '"'], " ");
    Told {
        everything: format!("{secret} {percent} {base64} {hex} {head}"),
        plain: secret.to_owned(),
        percent,
    }
}

fn message(told: &Told) -> String {
    format!(r#"{{"message": "{}"}}"#, told.everything)
}

fn json(status: &str, headers: &str, body: &str) -> Vec<u8> {
    answer(status, "application/json", headers, body)
}

fn text(status: &str, headers: &str, body: &str) -> Vec<u8> {
    answer(status, "text/plain", headers, body)
}

fn answer(status: &str, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}
