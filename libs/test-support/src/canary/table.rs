//! The one table of where a secret may be: that of `docs/secrets.md`. What it says is what the test allows, and a row that
//! allows nothing is too much.

use std::{cell::Cell, fs, path::Path};

use crate::evidence::{Finding, Sink};

/// What stands for every secret: only the operator's own files hold whatever they put there.
const ANYTHING: &str = "anything";

/// The table.
pub(crate) struct Table(Vec<Row>);

/// One row: in files of this path, `*` standing for anything but a slash, that secret is meant to be.
struct Row {
    path: String,
    secret: String,
    used: Cell<bool>,
}

impl Table {
    /// As it is documented.
    pub(crate) fn documented() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/secrets.md");
        Self::read(&fs::read_to_string(page).unwrap())
    }

    /// The rows of the first table of a page, whose columns are file, secret and reason.
    pub(crate) fn read(page: &str) -> Self {
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let rows = rows.map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            assert!(
                cells.len() == 5 && !cells[3].is_empty(),
                "no reason: {line}"
            );
            Row {
                path: cells[1].trim_matches('`').to_owned(),
                secret: cells[2].to_owned(),
                used: Cell::new(false),
            }
        });
        Self(rows.collect())
    }

    /// Whether a secret may be where it was found.
    pub(crate) fn allows(&self, finding: &Finding) -> bool {
        let allowing = self.0.iter().filter(|row| row.allows(finding));
        allowing.map(|row| row.used.set(true)).count() > 0
    }

    /// The rows that have allowed nothing.
    pub(crate) fn unused(&self) -> Vec<&str> {
        let unused = self.0.iter().filter(|row| !row.used.get());
        unused.map(|row| row.path.as_str()).collect()
    }
}

impl Row {
    /// A secret is named by what it is, and by more behind a colon.
    fn allows(&self, finding: &Finding) -> bool {
        let kind = finding.found.canary.split(':').next().unwrap_or_default();
        let held = self.secret == ANYTHING || self.secret == kind;
        finding.sink == Sink::File && held && is_like(&self.path, &finding.place)
    }
}

fn is_like(pattern: &str, path: &str) -> bool {
    let (mut parts, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (parts.next(), names.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) => {
                let fits = match part.split_once('*') {
                    Some((begin, end)) => {
                        name.len() >= begin.len() + end.len()
                            && name.starts_with(begin)
                            && name.ends_with(end)
                    }
                    None => part == name,
                };
                if !fits {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_test_support::canary::Found;

    use super::*;

    fn finding(sink: Sink, place: &str, canary: &str) -> Finding {
        Finding {
            sink,
            place: place.to_owned(),
            found: Found {
                canary: canary.to_owned(),
                form: "plain",
            },
        }
    }

    #[test]
    fn only_what_a_row_names_is_allowed_and_only_there() {
        let table = Table::read(
            "| file | holds | why |\n|---|---|---|\n| `keys/*.key` | sealing key | it is kept there |\n| `b` | c | d |\n",
        );
        assert!(table.allows(&finding(Sink::File, "keys/a.key", "sealing key: of a")));
        for (sink, place, canary) in [
            (Sink::File, "keys/a.pub", "sealing key: of a"),
            (Sink::File, "keys/b/a.key", "sealing key: of a"),
            (Sink::File, "keys", "sealing key"),
            (Sink::File, "keys/a.key", "token"),
            (Sink::Log, "keys/a.key", "sealing key: of a"),
        ] {
            assert!(!table.allows(&finding(sink, place, canary)), "{place}");
        }
        assert_eq!(table.unused(), ["b"]);
    }
}
