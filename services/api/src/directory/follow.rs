//! Follows the buckets and keeps the directory current.

use sluice_bus::{Bus, Change, Records};
use sluice_daemon::Check;
use sluice_events::v1::{AccessToken, Project, RegisteredRepository};
use sluice_registry::keys;

use super::Directory;

/// Follows the three buckets, for ever. A token that is deleted opens nothing as soon as that is told.
pub(crate) async fn follow(bus: Bus, directory: Directory, check: Check) {
    let mut tokens = Records::<AccessToken>::new(&bus, keys::ACCESS_TOKENS).watch();
    let mut projects = Records::<Project>::new(&bus, keys::PROJECTS).watch();
    let mut repositories = Records::<RegisteredRepository>::new(&bus, keys::REPOSITORIES).watch();
    let mut current = [false; 3];
    loop {
        let (source, told) = tokio::select! {
            change = tokens.next() => (0, told(change, |key, token| directory.put_token(key, token))),
            change = projects.next() => (1, told(change, |key, project| {
                directory.put_project(key, project.map(|project| project.name));
            })),
            change = repositories.next() => (2, told(change, |key, repository| directory.put_repository(key, repository))),
        };
        match told {
            Some(Ok(())) => current[source] = true,
            Some(Err(reason)) if !current.iter().all(|current| *current) => check.failing(reason),
            Some(Err(_)) | None => {}
        }
        if current.iter().all(|current| *current) {
            directory.note_read();
            // What was read stays good while the bus is away: that is the check `nats`.
            check.ok();
        }
    }
}

/// Passes a change on. What it returns, if anything, says whether the bucket is read to its end.
fn told<M>(
    change: Change<M>,
    mut pass: impl FnMut(String, Option<M>),
) -> Option<Result<(), String>> {
    match change {
        Change::Put(versioned) => pass(versioned.key, Some(versioned.record)),
        Change::Deleted(key) => pass(key, None),
        Change::Unreadable(_) => {}
        Change::Current => return Some(Ok(())),
        Change::Interrupted(reason) => return Some(Err(reason)),
    }
    None
}
