//! `sluice diff`: what `apply` would change.

use std::process::ExitCode;

use serde_json::Value;
use sluice_daemon::{Invocation, escape};

use super::{apply, manifests, print};
use crate::{
    arguments::records::Diff,
    find,
    way::{Applied, Became, Change, How, Way},
};

/// Says what would change, object by object; exit code 1 if anything would.
pub(super) async fn run(arguments: Diff, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let set = &arguments.set;
    let manifests = manifests::read(&arguments.files, &set.project, invocation)?;
    // Past the API nobody says which fields change.
    let way = Way::Api(find::api(&arguments.reach, invocation)?);
    let how = How {
        dry_run: true,
        set: &set.set,
        prune: set.prune,
    };
    let mut applied = way.declare(manifests, how).await?;
    apply::warn(&applied);
    applied
        .outcomes
        .retain(|became| became.outcome != "unchanged");
    let names = || applied.outcomes.iter().map(Became::object).collect();
    let shown = print::structured(&applied, arguments.output, names)?;
    print::say(&shown.unwrap_or_else(|| lines(&applied)))?;
    Ok(match applied.outcomes.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn lines(applied: &Applied) -> String {
    let mut lines = String::new();
    for became in &applied.outcomes {
        let line = format!("{} {}", became.object(), became.outcome);
        lines += &format!("{}\n", escape::terminal(&line));
        for change in &became.changes {
            lines += &format!("  {}\n", escape::terminal(&said(change)));
        }
    }
    lines
}

fn said(change: &Change) -> String {
    let field = &change.field;
    match (&change.old, &change.new) {
        _ if change.secret => format!("{field}: a new value"),
        (None, None) => field.clone(),
        (None, Some(new)) => format!("{field}: {} (was not there)", brief(new)),
        (Some(old), None) => format!("{field}: goes (was {})", brief(old)),
        (Some(old), Some(new)) => format!("{field}: {} (was {})", brief(new), brief(old)),
    }
}

/// What a line has room for.
fn brief(value: &Value) -> String {
    const ROOM: usize = 80;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(ROOM) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
