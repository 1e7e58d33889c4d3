//! `sluice audit list`: who changed what, or was not allowed to.

use serde::{Deserialize, Serialize};
use sluice_daemon::Invocation;
use sluice_events::{Timestamp, v1::AuditEntry};

use super::{print, time};
use crate::{
    api::{Api, Place},
    arguments::lists::Entries,
    find,
};

/// An entry and where it stands.
#[derive(Serialize, Deserialize)]
struct Shown {
    sequence: u64,
    entry: AuditEntry,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Shown>,
    #[serde(default)]
    next: Option<String>,
}

/// Most entries that a page has.
const LARGEST: usize = 1000;

/// Lists them, from the oldest on.
pub(super) async fn list(arguments: Entries, invocation: &Invocation) -> anyhow::Result<()> {
    let since = arguments.since.as_deref();
    let since = since
        .map(|text| time::ago(text, Timestamp::now()))
        .transpose()?;
    let since = since.map(|since| since.to_string()).unwrap_or_default();
    let api = find::api(&arguments.of.all.reach, invocation)?;
    let entries = read(&api, &arguments.of.project, &since, arguments.limit).await?;
    let names = || {
        entries
            .iter()
            .map(|shown| shown.sequence.to_string())
            .collect()
    };
    let shown = print::structured(&entries, arguments.of.all.output, names)?;
    let shown = shown.unwrap_or_else(|| {
        let heading = ["TIME", "BY", "ACTION", "OBJECT", "OUTCOME"];
        print::table(heading, entries.iter().map(|shown| row(&shown.entry)))
    });
    print::say(&shown)?;
    Ok(())
}

async fn read(api: &Api, project: &str, since: &str, most: usize) -> anyhow::Result<Vec<Shown>> {
    let (mut entries, mut after) = (Vec::new(), String::new());
    while entries.len() < most {
        let limit = (most - entries.len()).min(LARGEST).to_string();
        // What a page gives as its end counts before a time.
        let since = if after.is_empty() { since } else { "" };
        let query = [
            ("project", project),
            ("since", since),
            ("after", &after),
            ("limit", &limit),
        ];
        let place = Place {
            path: &["audit"],
            query: &query,
        };
        let page: Page = api.get(place).await?;
        let is_last = page.entries.is_empty();
        entries.extend(page.entries);
        match page.next {
            Some(next) if !is_last && next != after => after = next,
            _ => break,
        }
    }
    entries.truncate(most);
    Ok(entries)
}

fn row(entry: &AuditEntry) -> [String; 5] {
    let outcome = match (entry.allowed, entry.reason.as_str()) {
        (true, "") => "done".to_owned(),
        (true, reason) => format!("failed: {reason}"),
        (false, reason) => format!("refused: {reason}"),
    };
    [
        entry.at.map(|at| at.to_string()).unwrap_or_default(),
        entry.principal.clone(),
        entry.action.clone(),
        entry.object.clone(),
        outcome,
    ]
}
