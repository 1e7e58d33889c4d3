//! What workers keep of a repository goes when the repository does.

use std::{collections::HashSet, time::Duration};

use crate::Repositories;

/// How long after one has gone it is waited for others that go with it.
const TOGETHER: Duration = Duration::from_secs(1);

/// How long until what failed is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// Calls `forget` at the start, as soon as the repositories are known, and whenever some of them are gone; for ever. What
/// it keeps of those that are not registered any more it deletes; where that fails, it is called again.
pub async fn forget_gone<F>(repositories: Repositories, mut forget: impl FnMut() -> F)
where
    F: Future<Output = Result<(), String>>,
{
    let mut changes = repositories.changes();
    let mut known: Option<HashSet<String>> = None;
    loop {
        changes.borrow_and_update();
        let now: HashSet<String> = match repositories.is_read() {
            true => repositories
                .all()
                .iter()
                .map(|one| one.key.clone())
                .collect(),
            false => HashSet::new(),
        };
        let lost = known.as_ref().is_none_or(|known| !known.is_subset(&now));
        if repositories.is_read() && lost {
            tokio::time::sleep(TOGETHER).await;
            if let Err(reason) = forget().await {
                tracing::warn!(
                    reason,
                    "what is kept of a repository that is gone stays for now"
                );
                tokio::time::sleep(RETRY).await;
                continue;
            }
            known = Some(now);
        } else if known.is_some() {
            known = Some(now);
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
