//! What commands print: for people in columns, for programs as JSON or YAML.

use std::io::{self, Write};

use serde::Serialize;
use sluice_daemon::escape;
use sluice_registry::yaml;

use crate::arguments::Format;

/// Widest column that others are lined up behind, in characters.
const MAX_WIDTH: usize = 60;

/// Rows in columns under a heading, each cell escaped.
pub(super) fn table<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    columns(Some(heading), rows)
}

/// Rows in columns, of which only the first page has a heading.
pub(super) fn columns<const N: usize>(
    heading: Option<[&str; N]>,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let heading = heading.map(|heading| heading.map(str::to_owned));
    let rows: Vec<_> = heading
        .into_iter()
        .chain(rows)
        .map(|row| row.map(|cell| escape::terminal(&cell).into_owned()))
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().min(MAX_WIDTH).max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let line: String = cells
            .map(|(cell, width)| format!("{cell:width$}  "))
            .collect();
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// Names with what they are, a line each; what is empty is left out.
pub(super) fn fields(fields: &[(&str, String)]) -> String {
    let shown = fields.iter().filter(|(_, value)| !value.is_empty());
    shown
        .map(|(name, value)| format!("{name:<14} {}\n", escape::terminal(value)))
        .collect()
}

/// As a program wants it; `None` if it is for people. `named` is what it shows, by name.
pub(super) fn structured<T: Serialize>(
    value: &T,
    output: Format,
    named: impl FnOnce() -> Vec<String>,
) -> anyhow::Result<Option<String>> {
    Ok(match output {
        Format::Table => None,
        Format::Name => Some(names(named())),
        Format::Yaml => Some(yaml(value)?),
        Format::Json => Some(format!("{}\n", serde_json::to_string_pretty(value)?)),
    })
}

/// Names, a line each.
pub(super) fn names(named: impl IntoIterator<Item = impl ToString>) -> String {
    let named = named.into_iter().map(|name| name.to_string());
    named
        .map(|name| format!("{}\n", escape::terminal(&name)))
        .collect()
}

/// Writes to standard output. False if nobody reads any more.
pub(super) fn say(text: &str) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_columns_stand_and_control_nothing() {
        let rows = vec![
            ["a".to_owned(), "\u{1b}[31mred\n".to_owned()],
            ["longer".to_owned(), String::new()],
        ];
        let expected = "NAME    SAYS\na       \\u{1b}[31mred\\n\nlonger\n";
        assert_eq!(table(["NAME", "SAYS"], rows), expected);
        let shown = fields(&[("a", "\u{202e}".into()), ("b", String::new())]);
        assert_eq!(shown, "a              \\u{202e}\n");
    }
}
