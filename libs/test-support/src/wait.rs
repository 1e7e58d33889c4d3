//! Waiting on a condition instead of sleeping.

use std::{future::Future, time::Duration};

/// Asks again and again until the answer is there; a test that waits for more than 30 s has failed.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking)
        .await
        .unwrap_or_else(|_| panic!("never came: {what}"))
}
