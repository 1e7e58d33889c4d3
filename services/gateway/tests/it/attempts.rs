//! What was not verified leaves a small trace, and none where it could do harm (S19).

use sluice_events::v1::RefusedAttempt;
use sluice_test_support::{eventually, push};

use crate::site::{SECRET, Site, acme, read};

#[tokio::test]
async fn s19_a_thousand_forged_deliveries_leave_few_records_and_no_line_in_the_ledger() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let body = "the body of a stranger";
    for at in 0..500 {
        let forged = push()
            .saying(body)
            .signed_with("another secret, as long as it is");
        assert_eq!(gateway.take("acme", &forged).await, "401");
        let nowhere = format!("unknown-{at}");
        assert_eq!(gateway.take(&nowhere, &forged).await, "401");
    }
    let records = || site.stored("SLUICE_ATTEMPTS", "sluice.v1.attempt.>");
    let told = eventually("every attempt is told or counted", || async {
        let records: Vec<RefusedAttempt> = records().await.iter().map(read).collect();
        let told: u64 = records.iter().map(|record| 1 + record.unrecorded).sum();
        (told == 1000).then_some(records)
    })
    .await;
    assert!(told.len() < 100, "{}", told.len());
    let of_endpoint = told
        .iter()
        .find(|record| record.endpoint == "acme")
        .unwrap();
    assert_eq!(
        (of_endpoint.host.as_str(), of_endpoint.reason.as_str()),
        ("github", "bad_proof")
    );
    assert_eq!(of_endpoint.client, "127.0.0.1");
    let of_nothing = told
        .iter()
        .find(|record| record.endpoint.is_empty())
        .unwrap();
    assert_eq!(of_nothing.reason, "unknown_endpoint");
    for record in records().await {
        let text = String::from_utf8_lossy(&record.payload).into_owned();
        assert!(
            !text.contains(body) && !text.contains("unknown-1"),
            "{text}"
        );
        assert!(
            record.subject.ends_with(".request.refused"),
            "{}",
            record.subject
        );
    }
    assert_eq!(site.ledger().await.len(), 0);
    assert_eq!(site.events().await.len(), 0);
    assert_eq!(
        gateway.take("acme", &push().signed_with(SECRET)).await,
        "stored"
    );
}
