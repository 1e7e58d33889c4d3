//! `make demo`: the whole way, from a push to a real repository to the record of its commits, on this machine and for real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a demonstration that fails says so"
)]

mod hosts;
mod repository;
mod stage;

use hosts::{GITEA, GITHUB, GITLAB, delivery};
use repository::Shop;
use stage::{Stage, show, step};

#[tokio::main]
async fn main() {
    step("Start everything in one process, with a nats-server of its own: sluice up");
    let mut stage = Stage::set().await;

    step(
        "A Git host on this machine (git http-backend), with a repository: sluice apply -f shop.yaml",
    );
    let shop = Shop::open(&stage).await;

    step("Declare an endpoint at each of three public Git hosts: sluice apply -f endpoints.yaml");
    stage.declare().await;

    step("Subscribe: sluice events tail -o json");
    stage.subscribe().await;

    step("git push to the repository; its host sends the webhook");
    shop.push("Sell blue socks").await;
    shop.webhook(&stage).await;
    let event = stage.received().await;
    show("subject", event["subject"].as_str().unwrap());
    show(
        "moved",
        &format!("{} -> {}", event["data"]["before"], event["data"]["after"]),
    );

    step("The commits of it, as Sluice keeps them and as git has them: sluice commits list");
    shop.compare(&stage).await;

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

    step("git push once more, and its webhook gets lost: the sweep finds it");
    shop.push("Sell red socks, too").await;
    let event = stage.received().await;
    show("subject", event["subject"].as_str().unwrap());
    show(
        "trust",
        event["headers"]["ce-sluicetrust"].as_str().unwrap(),
    );
    show(
        "recovered",
        &event["data"]["provenance"]["recovered"].to_string(),
    );
    shop.compare(&stage).await;

    step("Ask over HTTP: GET /api/v1/commits");
    shop.ask(&stage).await;

    step("Ask how it is: sluice doctor");
    stage.doctor().await;

    stage.strike().await;
    println!(
        "\nThat is all: 6 pushes, 6 events, nothing forged, nothing twice, nothing lost, one of them found without its webhook."
    );
}
