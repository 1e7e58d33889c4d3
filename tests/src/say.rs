//! Words that are seen although a test passes.

use std::io::{self, Write};

/// Writes a line to standard output, past the harness, which keeps what is printed to itself.
pub fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}").unwrap();
}
