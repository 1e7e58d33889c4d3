//! An event carries the gateway's own trace; the sender's is linked once the sender is known (S32).

use std::sync::{Arc, Mutex};

use sluice_test_support::{Delivery, eventually, holds, push};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpListener};

use crate::{
    process::Program,
    site::{A, B, SECRET, Site, acme},
};

/// A collector of spans that keeps the bytes it is sent.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let keep = Arc::clone(&keep);
            tokio::spawn(async move {
                let mut buffer = vec![0; 65536];
                while let Ok(length) = stream.read(&mut buffer).await {
                    if length == 0 {
                        return;
                    }
                    keep.lock().unwrap().extend(&buffer[..length]);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    let _ = stream.write_all(answer).await;
                }
            });
        }
    });
    (url, received)
}

fn of_trace(byte: u8, branch: &str) -> Delivery {
    let trace = format!("{byte:02x}").repeat(16);
    let delivery = push().from(A).to_sha(B).branch(branch).signed_with(SECRET);
    delivery.header("traceparent", &format!("00-{trace}-0102030405060708-01"))
}

#[tokio::test]
async fn s32_the_trace_is_ours_and_the_senders_is_linked_after_verification_alone() {
    let site = Site::with([acme()]).await;
    let (url, received) = collector().await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let program = Program::start(&site, &variables).await;
    let exported = |bytes: Vec<u8>| {
        let received = Arc::clone(&received);
        async move { holds(&received.lock().unwrap(), &bytes).then_some(()) }
    };
    assert_eq!(program.take("acme", &of_trace(0xc1, "a")).await, "stored");
    eventually("the sender's trace is linked", || exported(vec![0xc1; 16])).await;

    let forged = of_trace(0xc2, "b").signed_with("another secret, as long as it is");
    assert_eq!(program.take("acme", &forged).await, "401");
    // Spans go out in their order: once the next one's link is there, the forged one's would be.
    assert_eq!(program.take("acme", &of_trace(0xc3, "c")).await, "stored");
    eventually("the next trace is linked", || exported(vec![0xc3; 16])).await;
    assert!(!holds(&received.lock().unwrap(), &[0xc2; 16]));

    for event in site.events().await {
        let ours = event.header("traceparent").unwrap().to_owned();
        let words: Vec<_> = ours.split('-').collect();
        assert!(!ours.contains("c1c1") && !ours.contains("c3c3"), "{ours}");
        assert_eq!(
            (words[0], words[1].len(), words[2].len()),
            ("00", 32, 16),
            "{ours}"
        );
        // It is sampled because ours are, and is the trace that is exported.
        assert_eq!(words[3], "01");
        let digits = u128::from_str_radix(words[1], 16).unwrap();
        let id = digits.to_be_bytes().to_vec();
        eventually("our trace is exported", || exported(id.clone())).await;
    }
}

#[tokio::test]
async fn without_a_collector_an_event_carries_a_trace_all_the_same() {
    let site = Site::with([acme()]).await;
    let program = Program::start(&site, &[]).await;
    assert_eq!(program.take("acme", &of_trace(0xc1, "a")).await, "stored");
    let ours = site.events().await[0]
        .header("traceparent")
        .unwrap()
        .to_owned();
    assert!(ours.ends_with("-00") && !ours.contains("c1c1"), "{ours}");
}
