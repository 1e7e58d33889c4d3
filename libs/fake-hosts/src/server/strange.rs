//! Answers that are not those of the host.

use std::time::Duration;

use actix_web::{HttpResponse, body::SizedStream};
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;

use super::{head, trouble};
use crate::{
    Fault,
    http::{Answer, Request},
    serve::Shared,
};

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
    shared.state().limited(after.as_secs().max(1))
}

/// Announces all of an answer and sends half. An empty answer is announced as one byte that never comes.
pub(super) fn half(answer: Answer) -> HttpResponse {
    let length = answer.body.len().max(1) as u64;
    let sent = answer.body.len() / 2;
    let sent = Bytes::copy_from_slice(answer.body.get(..sent).unwrap_or_default());
    let broken = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    let pieces = stream::iter([Ok(sent), Err(broken)]);
    head(&answer).body(SizedStream::new(length, pieces))
}

/// A list that does not end for long.
pub(super) fn huge(answer: Answer) -> HttpResponse {
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"["))]);
    let piece = Bytes::from(b"0,".repeat(PIECE / 2));
    let pieces = stream::iter((0..PIECES).map(move |_| Ok(piece.clone())));
    head(&answer).streaming(futures_util::StreamExt::chain(first, pieces))
}
