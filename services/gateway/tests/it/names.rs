//! Names and sizes that hosts allow and a bus does not (N19, N20).

use serde_json::{Value, json};
use sluice_events::{Address, Subject, v1};
use sluice_test_support::{Delivery, push};

use crate::site::{A, B, SECRET, Site, acme, read};

fn moved() -> Delivery {
    push().from(A).to_sha(B).signed_with(SECRET)
}

#[tokio::test]
async fn n20_hostile_names_end_as_encoded_subjects() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let long = "x".repeat(4096);
    let names = [
        "a.b",
        "a b",
        "*",
        ">",
        "a.>.b",
        "a\r\nNats-Msg-Id: x",
        "a\r\nPUB evil 0\r\n\r\n",
        "a\0b",
        "=",
        "tête/→/\u{202e}",
        "%2e%2e/..",
        long.as_str(),
    ];
    for (at, name) in names.iter().enumerate() {
        let branch = moved().branch(name);
        assert_eq!(
            gateway.take("acme", &branch).await,
            "stored",
            "branch {name:?}"
        );
        let repository = format!("acme/{name}");
        let elsewhere = moved().to(&repository);
        assert_eq!(
            gateway.take("acme", &elsewhere).await,
            "stored",
            "repository {name:?}"
        );

        let events = site.events().await;
        assert_eq!(events.len(), 2 * at + 2);
        let of_branch = Subject::parse(&events[2 * at].subject).unwrap();
        let event: v1::RefEvent = read(&events[2 * at]);
        assert_eq!(event.r#ref, format!("refs/heads/{name}"));
        assert_eq!(events[2 * at].envelope().unwrap().subject, event.r#ref);
        let of_repository = Subject::parse(&events[2 * at + 1].subject).unwrap();
        if name.len() < 100 {
            assert_eq!(of_branch.qualifiers[1], *name);
            let address = Address::of("default", "github", &repository);
            assert_eq!(of_repository.address, address);
        }
        for event in &events {
            assert!(event.subject.len() < 1024);
            let tokens = event.subject.split('.').count();
            assert_eq!(tokens, 11, "{}", event.subject);
        }
    }
    site.lines(2 * names.len()).await;
}

fn with_a_ref_of_kib(kib: usize) -> Delivery {
    moved().branch(&"r".repeat(kib << 10))
}

#[tokio::test]
async fn n19_what_no_message_can_hold_is_rejected_for_good_and_not_503_for_ever() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    // More than the bus takes as a message; as headers, of which JetStream takes 64 KiB; and almost that.
    for (kib, expected) in [
        (1024, "rejected"),
        (600, "rejected"),
        (100, "rejected"),
        (62, "stored"),
    ] {
        let said = gateway.take("acme", &with_a_ref_of_kib(kib)).await;
        assert_eq!(said, expected, "a ref of {kib} KiB");
    }
    assert_eq!(gateway.take("acme", &moved()).await, "stored");
    let lines = site.lines(5).await;
    let reasons = lines
        .iter()
        .filter(|line| line.outcome() == v1::DeliveryOutcome::Rejected);
    for line in reasons {
        assert_eq!(line.reason, "the event is larger than the bus takes");
    }
}

#[tokio::test]
async fn n19_large_bodies_make_small_events() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let many_commits = moved().edited(|body| {
        let commit = body["commits"][0].clone();
        body["commits"] = Value::Array(vec![commit; 2048]);
        body["padding"] = json!("p".repeat(2 << 20));
    });
    assert_eq!(gateway.take("acme", &many_commits).await, "stored");
    let event = &site.events().await[0];
    assert!(event.payload.len() < 64 << 10);
    assert_eq!(read::<v1::RefEvent>(event).commits.len(), 50);
    // As many labels, assignees and what not as a host lets somebody put there.
    let labels = Delivery::of("github", "pull_request").edited(|body| {
        let label = json!({"id": 1, "name": "l".repeat(1000)});
        body["pull_request"]["labels"] = Value::Array(vec![label; 2000]);
    });
    let said = gateway.take("acme", &labels.signed_with(SECRET)).await;
    assert!(["stored", "rejected"].contains(&said.as_str()), "{said}");
}
