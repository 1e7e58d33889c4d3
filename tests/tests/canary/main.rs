//! Canary secrets: every kind of secret is taken through a whole system, by ordinary use and by misuse, and then looked for
//! in everything that comes out of it: logs, traces, buckets, streams, whatever else goes over NATS, answers, metrics, what
//! commands say, the list of processes and files.
//!
//! They are nowhere but in the files that the table of `docs/secrets.md` names. That the search finds what is there is shown
//! by another canary, which is no secret: a name that programs are free to say. It must be found in each of these places.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod all_in_one;
mod evidence;
mod hostile;
mod listener;
mod misuse;
mod ordinary;
mod planted;
mod processes;
mod site;
mod traffic;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use evidence::{Finding, Sink, searched_files};
use site::Site;
use sluice_test_support::canary::{Canary, Search, Table};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_only_where_the_table_says_and_what_is_planted_is_found_everywhere() {
    let planted = Canary::new("planted");
    let mut site = Site::start(&planted).await;
    let around = ordinary::use_everything(&site, &planted).await;
    misuse::misuse_everything(&site).await;
    around.were_asked().await;
    site.pages().await;
    planted::in_metrics(&site, &planted).await;
    let stored = site.traffic.keep_stored().await;
    assert!(stored > 100, "{stored} messages are stored");
    site.ends().await;
    let up = all_in_one::used(&site).await;
    for sink in [Sink::Trace, Sink::Answer, Sink::Metrics] {
        let packed = site.evidence.has(sink, "content-encoding");
        assert!(
            !packed,
            "{sink:?} is packed, so that nothing is found in it"
        );
    }

    let findings = search(&site, up.path());
    let found: BTreeSet<_> = of(&findings, "planted")
        .map(|finding| finding.sink)
        .collect();
    assert_eq!(
        found,
        BTreeSet::from(Sink::ALL),
        "the search finds what is there"
    );
    let table = Table::documented();
    let leaks: Vec<_> = findings
        .iter()
        .filter(|finding| finding.found.canary != "planted" && !allowed(&table, finding))
        .collect();
    assert!(leaks.is_empty(), "{}", told(&leaks));
    assert_eq!(table.unused(), Vec::<&str>::new(), "rows that name nothing");
}

/// Everything that is found of any canary.
fn search(site: &Site, up: &Path) -> Vec<Finding> {
    let search = Search::of(site.canaries().iter());
    let mut findings = site.evidence.searched(&search);
    let logs = site.folder().join("logs");
    findings.extend(searched_files(Sink::Log, &logs, &logs, &search));
    let files = searched_files(Sink::File, site.folder(), site.folder(), &search);
    findings.extend(without(files, "logs"));
    let (logs, data) = (up, up.join("data"));
    let files = searched_files(Sink::Log, logs, logs, &search);
    findings.extend(without(files, "data"));
    findings.extend(searched_files(Sink::File, &data, &data, &search));
    findings
}

fn allowed(table: &Table, finding: &Finding) -> bool {
    finding.sink == Sink::File && table.allows(&finding.place, &finding.found.canary)
}

/// Those that are not below a folder.
fn without(findings: Vec<Finding>, folder: &str) -> impl Iterator<Item = Finding> {
    let outside = move |finding: &Finding| !Path::new(&finding.place).starts_with(folder);
    findings.into_iter().filter(outside)
}

fn of<'f>(findings: &'f [Finding], canary: &str) -> impl Iterator<Item = &'f Finding> {
    findings
        .iter()
        .filter(move |finding| finding.found.canary == canary)
}

/// Each leak once, with how often it is there.
fn told(leaks: &[&Finding]) -> String {
    let mut counts = BTreeMap::<&Finding, usize>::new();
    for leak in leaks {
        *counts.entry(leak).or_default() += 1;
    }
    let lines = counts.iter().map(|(leak, count)| {
        let Finding { sink, place, found } = leak;
        format!(
            "{sink:?} {place}: {} ({}), {count} times\n",
            found.canary, found.form
        )
    });
    lines.collect()
}
