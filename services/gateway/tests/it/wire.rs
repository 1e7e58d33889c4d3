//! Requests that are none: one request at most comes out of them, and never a delivery (XW19).

use sluice_test_support::{
    http::{Wire, request},
    push,
};

use crate::{
    gateway::{allowed, path},
    site::{SECRET, Site, acme},
};

/// What stands between the first line and the body, and the body.
fn corpus(path: &str, smuggled: &str) -> Vec<(&'static str, String)> {
    let json = "content-type: application/json\r\n";
    let host = "host: x\r\n";
    let chunked = format!("0\r\n\r\n{smuggled}");
    let post = |headers: &str, body: &str| format!("POST {path} HTTP/1.1\r\n{headers}\r\n{body}");
    let of = |extra: &str, body: &str| post(&format!("{host}{json}{extra}"), body);
    let long = "x".repeat(200_000);
    let many = "a: b\r\n".repeat(500);
    vec![
        (
            "length and chunks",
            of(
                "content-length: 4\r\ntransfer-encoding: chunked\r\n",
                &chunked,
            ),
        ),
        (
            "chunks and length",
            of(
                "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
                &chunked,
            ),
        ),
        (
            "two lengths",
            of("content-length: 0\r\ncontent-length: 5\r\n", smuggled),
        ),
        (
            "a list of lengths",
            of("content-length: 0, 5\r\n", smuggled),
        ),
        ("a negative length", of("content-length: -1\r\n", smuggled)),
        ("a signed length", of("content-length: +0\r\n", smuggled)),
        (
            "a hexadecimal length",
            of("content-length: 0x0\r\n", smuggled),
        ),
        (
            "a length beyond all",
            of("content-length: 99999999999999999999999\r\n", smuggled),
        ),
        (
            "an unknown encoding",
            of("transfer-encoding: xchunked\r\n", &chunked),
        ),
        (
            "chunks not at last",
            of("transfer-encoding: chunked, identity\r\n", &chunked),
        ),
        (
            "chunks twice",
            of(
                "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
                &chunked,
            ),
        ),
        (
            "chunks and others",
            of(
                "transfer-encoding: chunked\r\ntransfer-encoding: x\r\n",
                &chunked,
            ),
        ),
        (
            "a blank before the colon",
            of("transfer-encoding : chunked\r\n", &chunked),
        ),
        (
            "a folded header",
            of("transfer-encoding:\r\n chunked\r\n", &chunked),
        ),
        (
            "a vertical tab",
            of("transfer-encoding: \x0bchunked\r\n", &chunked),
        ),
        ("a NUL in a name", of("content-le\0ngth: 4\r\n", smuggled)),
        ("a NUL in a value", of("x: a\0b\r\n", smuggled)),
        ("a lonely CR", of("x: a\rcontent-length: 4\r\n", smuggled)),
        (
            "a chunk that overflows",
            of(
                "transfer-encoding: chunked\r\n",
                &format!("fffffffffffffffff\r\n{smuggled}"),
            ),
        ),
        (
            "a chunk's length with a sign",
            of(
                "transfer-encoding: chunked\r\n",
                &format!("+5\r\n{smuggled}"),
            ),
        ),
        (
            "a chunk without its end",
            of(
                "transfer-encoding: chunked\r\n",
                &format!("2\r\n{{}}x\r\n0\r\n\r\n{smuggled}"),
            ),
        ),
        (
            "a header of 200 kB",
            of(&format!("x: {long}\r\n"), smuggled),
        ),
        ("500 headers", of(&many, smuggled)),
        (
            "a path of 200 kB",
            format!("POST {path}{long} HTTP/1.1\r\n{host}\r\n{smuggled}"),
        ),
        ("no version", format!("POST {path}\r\n\r\n{smuggled}")),
        (
            "another version",
            format!("POST {path} HTTP/3.7\r\n{host}\r\n{smuggled}"),
        ),
        (
            "HTTP/2 without asking",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        ),
        (
            "TLS",
            "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03".to_owned(),
        ),
        ("blanks", " ".repeat(10_000)),
        ("a header without a colon", of("nonsense\r\n", smuggled)),
        (
            "no method",
            format!(" {path} HTTP/1.1\r\n{host}\r\n{smuggled}"),
        ),
    ]
}

#[tokio::test]
async fn xw19_nothing_is_smuggled() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = push().signed_with(SECRET);
    let sample = delivery.sample();
    let path = path("acme", &delivery);
    let smuggled = request("POST", &path, &sample.headers, &sample.body);
    let smuggled = String::from_utf8(smuggled).unwrap();
    for (name, bytes) in corpus(&path, &smuggled) {
        let mut wire = Wire::connect(gateway.addr).await.unwrap();
        // It may be closed before everything is sent.
        let _ = wire.send(bytes.as_bytes()).await;
        wire.end().await;
        let answers = wire.answers().await;
        assert!(answers.len() <= 1, "{name}: {answers:?}");
        for answer in answers {
            assert_ne!(allowed(answer.clone()).status, 202, "{name}: {answer:?}");
        }
    }
    assert_eq!(site.events().await.len(), 0);
    // The same search finds what does come through: two requests on one connection.
    let mut wire = Wire::connect(gateway.addr).await.unwrap();
    wire.send(format!("{smuggled}{smuggled}").as_bytes())
        .await
        .unwrap();
    wire.end().await;
    assert_eq!(wire.answers().await.len(), 2);
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test]
async fn whoever_announces_a_body_is_told_to_go_on() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let sample = push().signed_with(SECRET).sample();
    let mut headers = sample.headers.clone();
    headers.push(("expect".into(), "100-continue".into()));
    let path = path("acme", &push());
    let bytes = request("POST", &path, &headers, &sample.body);
    let (head, body) = bytes.split_at(bytes.len() - sample.body.len());
    let mut wire = Wire::connect(gateway.addr).await.unwrap();
    wire.send(head).await.unwrap();
    assert_eq!(wire.head().await.unwrap().status, 100);
    wire.send(body).await.unwrap();
    assert_eq!(allowed(wire.answer().await.unwrap()).status, 202);
}
