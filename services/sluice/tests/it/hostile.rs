//! An API that is none: whatever it answers, a command ends in time, says what is wrong, and obeys nothing.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{api::Holder, site::Site};

/// Something that answers each request with these bytes, and then, if it shall, with more and more.
async fn answering(answer: String, endless: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(say(stream, answer.clone(), endless));
        }
    });
    addr
}

async fn say(mut stream: TcpStream, answer: String, endless: bool) {
    let mut request = [0; 64 * 1024];
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        let mut said = stream.write_all(answer.as_bytes()).await;
        while endless && said.is_ok() {
            said = stream.write_all(&[b' '; 64 * 1024]).await;
        }
        if said.is_err() {
            return;
        }
    }
}

fn json(status: &str, media: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn nothing_that_is_not_the_api_is_believed() {
    let site = Site::start().await;
    let elsewhere = answering(json("200 OK", "application/json", "{}"), false).await;
    let problem = "application/problem+json";
    let forged = r#"{"detail":"no\n\u001b[31mgo\u202e","problems":[{"place":"a\nerror: b","what":"c","remedy":"d"}]}"#;
    let cases = [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{".to_owned(),
            true,
            1,
            "answers with more than",
        ),
        (
            json("200 OK", "text/html", "<h1>hello</h1>"),
            false,
            1,
            "does not speak as Sluice's API does (status 200)",
        ),
        (
            json("404 Not Found", "text/html", "<h1>none</h1>"),
            false,
            1,
            "does not speak as Sluice's API does (status 404)",
        ),
        (
            json("200 OK", "application/json", "[1,2]"),
            false,
            1,
            "does not speak as Sluice's API does",
        ),
        (
            json("200 OK", "application/json", r#"{"hosts":[{"x":1}]}"#),
            false,
            1,
            "in a form that is not known here",
        ),
        (
            json("200 OK", "application/json", r#"{"hosts":[],"next":""}"#),
            false,
            1,
            "in a form that is not known here",
        ),
        (
            format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n"
            ),
            false,
            1,
            "leads elsewhere: http://",
        ),
        (
            json("403 Forbidden", problem, forged),
            false,
            2,
            "error: no\\n\\u{1b}[31mgo\\u{202e}\n  a\\nerror: b: c; d\nhint: ",
        ),
        (
            json("403 Forbidden", problem, "{}"),
            false,
            1,
            "does not speak as Sluice's API does (status 403)",
        ),
        (
            json("503 Service Unavailable", problem, r#"{"detail":"away"}"#),
            false,
            1,
            "error: away\nhint: try again",
        ),
        ("nonsense\r\n\r\n".to_owned(), false, 1, "cannot be reached"),
    ];
    for (answer, endless, code, says) in cases {
        let begin: String = answer.chars().take(60).collect();
        let addr = answering(answer, endless).await;
        let holder = Holder::at(addr, "slc_canary0123456789", &site);
        let ran = holder.run(&["hosts", "list"]).await;
        assert_eq!(ran.code, Some(code), "{begin}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{begin}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{begin}");
    }
}

#[tokio::test]
async fn one_that_is_slow_or_not_there_is_waited_for_no_longer_than_said() {
    let site = Site::start().await;
    let slow = answering(String::new(), false).await;
    let slow = Holder::at(slow, "slc_canary0123456789", &site);
    let ran = slow.run(&["hosts", "list", "--api-timeout", "1s"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("does not answer in time"),
        "{}",
        ran.stderr
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let gone = Holder::at(addr, "slc_canary0123456789", &site);
    let ran = gone.run(&["hosts", "list"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("cannot be reached"), "{}", ran.stderr);
    assert!(ran.stderr.contains("\nhint: "), "{}", ran.stderr);
}
