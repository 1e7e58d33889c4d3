//! `make demo`: the whole way, from a signed webhook to a subscriber, on this machine and for real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a demonstration that fails says so"
)]

mod hosts;
mod stage;

use hosts::{GITEA, GITHUB, GITLAB, delivery};
use stage::{Stage, show, step};

#[tokio::main]
async fn main() {
    step("Start everything in one process, with a nats-server of its own: sluice up");
    let mut stage = Stage::set().await;

    step("Declare three endpoints, one per Git host: sluice apply -f endpoints.yaml");
    stage.declare().await;

    step("Subscribe: sluice events tail -o json");
    stage.subscribe().await;

    for host in [&GITHUB, &GITLAB, &GITEA] {
        step(&format!("A push at {}, {}", host.title, host.proof));
        let answer = stage.post(host, &delivery(host, "first")).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        show("answer", &format!("{} {}", answer.status, answer.body));
        let event = stage.received().await;
        show("subject", event["subject"].as_str().unwrap());
        for name in [
            "ce-type",
            "ce-source",
            "ce-subject",
            "ce-sluicetrust",
            "ce-sluicefact",
        ] {
            show(name, event["headers"][name].as_str().unwrap());
        }
        let data = &event["data"];
        show(
            "verified by",
            &data["provenance"]["verification"].to_string(),
        );
        show("moved", &format!("{} -> {}", data["before"], data["after"]));
        show("head commit", &data["headCommit"]["subject"].to_string());
    }

    step("The same delivery with one byte changed");
    let mut forged = delivery(&GITHUB, "forged");
    let last = forged.body.len() - 2;
    forged.body[last] ^= 1;
    let answer = stage.post(&GITHUB, &forged).await;
    assert_eq!(answer.status, 401);
    show("answer", &format!("{} {}", answer.status, answer.body));

    step("The first delivery once more, as a host redelivers it");
    let before = stage.count().await;
    let answer = stage.post(&GITHUB, &delivery(&GITHUB, "first")).await;
    assert!(answer.body.contains("duplicate"), "{}", answer.body);
    show("answer", &format!("{} {}", answer.status, answer.body));
    let after = stage.count().await;
    assert_eq!(before, after);
    show("events", &format!("{before} before, {after} after"));

    step("Kill nats-server, and deliver while it is away");
    stage.kill_nats();
    let while_away = delivery(&GITHUB, "second");
    let mut answer = stage.post(&GITHUB, &while_away).await;
    while answer.status == 503 {
        show(
            "answer",
            &format!(
                "{} Retry-After: {} {}",
                answer.status,
                answer.header("retry-after").unwrap_or("-"),
                answer.body
            ),
        );
        stage.until_ready().await;
        answer = stage.post(&GITHUB, &while_away).await;
    }
    assert_eq!(answer.status, 202, "{}", answer.body);
    show("answer", &format!("{} {}", answer.status, answer.body));
    let event = stage.received().await;
    show("received", event["subject"].as_str().unwrap());
    assert_eq!(
        stage.count().await,
        before + 1,
        "nothing is lost and nothing doubled"
    );

    step("Ask how it is: sluice doctor");
    stage.doctor().await;

    stage.strike().await;
    println!("\nThat is all: 4 pushes, 4 events, nothing forged, nothing twice, nothing lost.");
}
