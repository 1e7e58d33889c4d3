//! The one table of where a secret may be: that of `docs/secrets.md`. What it says is what tests allow, and a row that
//! allows nothing is too much.

use std::{cell::Cell, fs, path::Path};

/// What stands for every secret: only the operator's own files hold whatever they put there.
const ANYTHING: &str = "anything";

/// The table.
pub struct Table(Vec<Row>);

/// One row: in files of this path, `*` standing for anything but a slash, that secret is meant to be.
struct Row {
    path: String,
    secret: String,
    used: Cell<bool>,
}

impl Table {
    /// As it is documented.
    pub fn documented() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/secrets.md");
        Self::read(&fs::read_to_string(page).unwrap())
    }

    /// The rows of the first table of a page, whose columns are file, secret and reason.
    pub fn read(page: &str) -> Self {
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

    /// Whether the secret of this name may be in the file with this path.
    pub fn allows(&self, path: &str, secret: &str) -> bool {
        let allowing = self.0.iter().filter(|row| row.allows(path, secret));
        allowing.map(|row| row.used.set(true)).count() > 0
    }

    /// The same of a path whose beginning nobody knows.
    pub fn allows_below(&self, path: &str, secret: &str) -> bool {
        let parts: Vec<_> = path.split('/').collect();
        (0..parts.len()).any(|first| self.allows(&parts[first..].join("/"), secret))
    }

    /// The rows that have allowed nothing.
    pub fn unused(&self) -> Vec<&str> {
        let unused = self.0.iter().filter(|row| !row.used.get());
        unused.map(|row| row.path.as_str()).collect()
    }
}

impl Row {
    /// A secret is named by what it is, and by more behind a colon.
    fn allows(&self, path: &str, secret: &str) -> bool {
        let kind = secret.split(':').next().unwrap_or_default();
        (self.secret == ANYTHING || self.secret == kind) && is_like(&self.path, path)
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
    use super::*;

    const PAGE: &str = "| file | holds | why |\n|---|---|---|\n| `keys/*.key` | sealing key | it is kept there |\n| `b` | c | d |\n";

    #[test]
    fn only_what_a_row_names_is_allowed_and_only_there() {
        let table = Table::read(PAGE);
        assert!(table.allows("keys/a.key", "sealing key: of a"));
        for (path, secret) in [
            ("keys/a.pub", "sealing key: of a"),
            ("keys/b/a.key", "sealing key: of a"),
            ("keys", "sealing key"),
            ("keys/a.key", "token"),
            ("data/keys/a.key", "sealing key: of a"),
        ] {
            assert!(!table.allows(path, secret), "{path}");
        }
        assert_eq!(table.unused(), ["b"]);
    }

    #[test]
    fn a_path_is_known_by_its_end_where_its_beginning_says_nothing() {
        let table = Table::read(PAGE);
        assert!(table.allows_below("data/keys/a.key", "sealing key: of a"));
        assert!(!table.allows_below("data/keys/b/a.key", "sealing key: of a"));
        assert!(!table.allows_below("data/mykeys/a.key", "sealing key: of a"));
    }
}
