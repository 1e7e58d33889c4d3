//! Two replicas: each repository is worked on in one place at a time, and many are in step soon.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use sluice_test_support::{Folder, GitRepository};

use crate::{
    site::{Site, of},
    worker,
};

const MAIN: &str = "refs/heads/main";

async fn repositories(site: &Site, count: usize) -> Vec<GitRepository> {
    let made: Vec<_> = (0..count)
        .map(|number| {
            let made = site.server.repository(&format!("acme/r{number}"));
            made.commit("main", "first", &[("a", "1")]);
            made
        })
        .collect();
    let manifests: Vec<_> = made.iter().map(|made| of(made.name()).manifest()).collect();
    site.declare(&manifests).await;
    made
}

/// The generations of all repositories.
async fn generations(site: &Site) -> BTreeMap<String, u64> {
    use sluice_bus::Records;
    use sluice_events::v1::SyncState;
    let states = Records::<SyncState>::new(&site.operator, sluice_registry::keys::SYNC_STATE);
    let all = states.all().await.unwrap().into_iter();
    all.map(|state| (state.key, state.record.generation))
        .collect()
}

/// How long until all are in step with that many syncs.
async fn in_step(site: &Site, count: usize, generation: u64) -> Duration {
    let began = Instant::now();
    loop {
        let all = generations(site).await;
        let ready = all.values().filter(|so_far| **so_far >= generation).count();
        if ready == count {
            return began.elapsed();
        }
        assert!(
            began.elapsed() < Duration::from_secs(300),
            "{ready} of {count} are in step"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_work_on_each_repository_in_one_place_at_a_time() {
    const COUNT: usize = 500;
    let site = Site::start().await;
    let made = repositories(&site, COUNT).await;
    let other = Folder::new();
    let workers = (
        worker::start(&site).await,
        worker::keeping(&site, &other).await,
    );
    let first = in_step(&site, COUNT, 1).await;

    // All are pushed at, each several times, while they are worked on.
    let began = Instant::now();
    let mut tips = BTreeMap::new();
    for _ in 0..2 {
        for made in &made {
            let after = made.commit("main", "next", &[("a", "2")]);
            site.told(made.name(), MAIN, None, Some(&after)).await;
            tips.insert(made.name().to_owned(), after);
        }
    }
    let pushing = began.elapsed();
    let after = in_step(&site, COUNT, 2).await;
    let mut last = Duration::ZERO;
    for (name, tip) in &tips {
        let began = Instant::now();
        loop {
            if site.shas(name).await.last() == Some(tip) {
                break;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{name} is not in step"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        last += began.elapsed();
    }
    println!(
        "{COUNT} repositories: first mirrors in {first:?}; {} pushes in {pushing:?}, all in step {:?} later",
        2 * COUNT,
        after + last
    );
    assert_eq!(
        site.server.most_at_once(),
        1,
        "two places worked on one repository"
    );
    for made in &made {
        let listed = site.shas(made.name()).await;
        assert_eq!(listed.len(), 3, "each commit of {} once", made.name());
    }
    workers.0.stop().await;
    workers.1.stop().await;
}
