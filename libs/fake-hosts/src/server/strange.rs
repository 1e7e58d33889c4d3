//! Answers that are not those of the host.

use std::time::Duration;

use actix_web::HttpResponse;
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use super::{head, trouble};
use crate::{
    Fault,
    http::{Answer, Request},
    serve::Shared,
};

/// What a socket takes at once.
const LARGEST_HALF: usize = 16 << 10;

/// A piece of the body that does not end.
const PIECE: usize = 64 << 10;

/// How many of them there are.
const PIECES: usize = 4096;

const SIGN_IN: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>\
<form action=\"/login\" method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"></form></body></html>\n";

/// The answer to a call that is not served.
pub(super) fn instead(shared: &Shared, fault: &Fault, request: &Request) -> Answer {
    let kind = shared.state().kind;
    match fault {
        Fault::Status(status) => trouble(kind, *status),
        Fault::RateLimited { after } => limited(shared, *after),
        Fault::Redirect(origin) => {
            let query = if request.query.is_empty() { "" } else { "?" };
            let base = kind.api_base();
            let to = format!("{origin}{base}{}{query}{}", request.path, request.query);
            Answer::empty(302).with("location", to)
        }
        Fault::WrongJson => Answer::json(200, &json!("something else")),
        Fault::Html => Answer {
            body: SIGN_IN.into(),
            ..Answer::empty(200).with("content-type", "text/html; charset=utf-8")
        },
        // The rest is no matter of the answer's text.
        _ => Answer::empty(200).with("content-type", "application/json; charset=utf-8"),
    }
}

fn limited(shared: &Shared, after: Duration) -> Answer {
    let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
    shared.state().limited(seconds.max(1))
}

/// The bytes of an answer that announces all of itself and is half of it. An empty one is announced as one byte that
/// never comes.
pub(super) fn half(answer: &Answer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} \r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", answer.body.len().max(1));
    let sent = (answer.body.len() / 2).min(LARGEST_HALF);
    let sent = answer.body.get(..sent).unwrap_or_default();
    [head.as_bytes(), sent].concat()
}

/// A list that does not end for long.
pub(super) fn huge(answer: Answer) -> HttpResponse {
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"["))]);
    let piece = Bytes::from(b"0,".repeat(PIECE / 2));
    let pieces = stream::iter((0..PIECES).map(move |_| Ok(piece.clone())));
    head(&answer).streaming(futures_util::StreamExt::chain(first, pieces))
}
