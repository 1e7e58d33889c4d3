//! Foreign text on its way to a terminal.
//!
//! Control characters move the cursor, recolour, or forge a line; bidirectional ones make text read
//! other than it is. Both are shown as escapes, so that what is seen is what is there.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Whether a terminal does something else with this character than show it.
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Marks, embeddings, overrides and isolates (Unicode Standard Annex 9).
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators end a line for some viewers.
            | '\u{2028}' | '\u{2029}'
        )
}

/// The text with every unsafe character as a Rust escape (`\n`, `\u{1b}`); borrowed if there is none.
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        let escape = |character: char| match is_unsafe(character) {
            true => character.escape_default().to_string(),
            false => character.to_string(),
        };
        Cow::Owned(text.chars().map(escape).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A writer that escapes as [`terminal`] does, for text that is formatted piece by piece.
pub(crate) struct Escaped<'a, W>(pub &'a mut W);

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&terminal(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(terminal("grüße, 世界 🎉"), Cow::Borrowed(_)));
    }

    #[test]
    fn control_and_bidirectional_characters_are_shown() {
        let cases = [
            ("\x1b[31mred", r"\u{1b}[31mred"),
            ("a\nb\r", r"a\nb\r"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("\u{7f}", r"\u{7f}"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
        ];
        for (text, shown) in cases {
            assert_eq!(terminal(text), shown);
        }
    }
}
