//! Log lines, and what foreign text becomes in them.
//!
//! In text, `tracing-subscriber` escapes what recolours a terminal but lets line breaks and
//! bidirectional characters through, so that a field could forge a line. In JSON a line cannot be
//! forged, but it is read on terminals all the same. Both are escaped here.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use tracing::Subscriber;
use tracing::field::Field;
use tracing_subscriber::Layer;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{FormatFields, Writer, debug_fn};
use tracing_subscriber::fmt::{self as lines, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::plan::{LogFormat, Plan};
use crate::escape::{self, Escaped};

/// The layer that writes to standard error; the filter is its own, so that spans have ids
/// whatever is logged.
pub(super) fn layer<S>(plan: Plan) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let terminal = io::stderr().is_terminal();
    let layer = match plan.log_format {
        LogFormat::Json => json(io::stderr),
        LogFormat::Auto if !terminal => json(io::stderr),
        LogFormat::Auto | LogFormat::Text => text(io::stderr, terminal && plan.colours),
    };
    layer.with_filter(plan.filter)
}

fn text<S, W>(writer: W, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    lines::layer()
        .with_writer(writer)
        .with_ansi(colours)
        .fmt_fields(fields())
        .boxed()
}

fn fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    debug_fn(
        |writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
            use fmt::Write;
            let mut writer = Escaped(writer);
            match field.name() {
                "message" => write!(writer, "{value:?}"),
                name => write!(writer, "{name}={value:?}"),
            }
        },
    )
    .delimited(" ")
}

fn json<S, W>(writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = lines::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false);
    layer.with_writer(JsonLines(writer)).boxed()
}

/// Writes lines of JSON, with `\u…` for what the serializer leaves as it is. Such characters stand
/// only inside of strings, where the escape means the same.
struct JsonLines<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for JsonLines<W> {
    type Writer = JsonLines<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        JsonLines(self.0.make_writer())
    }
}

impl<W: Write> Write for JsonLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let unsafe_inside = |character: char| character != '\n' && escape::is_unsafe(character);
        match std::str::from_utf8(bytes) {
            Ok(line) if line.chars().any(unsafe_inside) => {
                let escaped: String = line
                    .chars()
                    .map(|character| match unsafe_inside(character) {
                        true => format!("\\u{:04x}", u32::from(character)),
                        false => character.to_string(),
                    })
                    .collect();
                self.0.write_all(escaped.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const FOREIGN: &str = "a\x1b[31m\n2026-01-01 INFO forged\r\u{202e}\u{9b}z\u{7f}";

    fn logged(make: impl FnOnce(Written) -> Box<dyn Layer<Registry> + Send + Sync>) -> String {
        let written = Written::default();
        let subscriber = tracing_subscriber::registry().with(make(written.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("delivery", branch = FOREIGN);
            let _entered = span.enter();
            tracing::info!(shown = %FOREIGN, quoted = FOREIGN, number = 7, "said {FOREIGN}");
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    fn is_one_harmless_line(text: &str) -> bool {
        text.strip_suffix('\n')
            .is_some_and(|line| !line.chars().any(escape::is_unsafe))
    }

    #[test]
    fn foreign_text_stays_on_its_line_in_text() {
        let line = logged(|written| text(move || written.clone(), false));
        assert!(is_one_harmless_line(&line), "{line:?}");
        assert!(
            line.contains(r"shown=a\u{1b}[31m\n2026-01-01 INFO forged\r\u{202e}\u{9b}z\u{7f} "),
            "{line}"
        );
        assert!(
            line.contains(r#"quoted="a\u{1b}[31m\n2026"#) && line.contains("number=7"),
            "{line}"
        );
        assert!(line.contains(r"delivery{branch="), "{line}");
    }

    #[test]
    fn foreign_text_stays_on_its_line_in_json_and_reads_the_same() {
        let line = logged(|written| json(move || written.clone()));
        assert!(is_one_harmless_line(&line), "{line:?}");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["message"], format!("said {FOREIGN}"));
        assert_eq!(line["shown"], FOREIGN);
        assert_eq!(line["span"]["branch"], FOREIGN);
        assert_eq!(line["level"], "INFO");
    }
}
