//! `docs/events.md`, written from the table of families and the descriptors.

use std::fmt::Write;

use prost_reflect::{DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor};
use sluice_events::{
    Envelope, Fact, Timestamp,
    families::{FAMILIES, Family},
    v1::Trust,
};

use crate::{
    compatible::type_of,
    generated,
    messages::{descriptors, pool},
};

const INTRODUCTION: &str = include_str!("docs/introduction.md");
const EXAMPLES: &str = include_str!("docs/examples.md");

/// What each header says. Must have them all, in their order.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("ce-specversion", "`1.0`"),
    (
        "ce-id",
        "Unique together with `ce-source`. A repeat of the same event has the same.",
    ),
    (
        "ce-source",
        "The repository's web address, from the registry.",
    ),
    (
        "ce-type",
        "`dev.sluice.<family>.<name>.<action>.v1`; of the commit log `dev.sluice.commit.<name>.v1`, of dead letters `dev.sluice.deadletter.v1`.",
    ),
    (
        "ce-subject",
        "The ref or the change, such as `refs/heads/main` or `42`. Left out where there is none.",
    ),
    (
        "ce-time",
        "When it happened, else when Sluice learnt of it. RFC 3339 in UTC.",
    ),
    ("ce-datacontenttype", "`application/json`"),
    ("ce-sluiceproject", "The project that owns the record."),
    (
        "ce-sluicefact",
        "What happened, whichever road it came: two events with one fact tell the same thing.",
    ),
    (
        "ce-sluicetrust",
        "`signed`: proved by a signature over the body. `host`: read back from the host. `hint`: nobody signed it; it proves nothing. Read anything else as `hint`.",
    ),
    (
        "ce-sluicedelivery",
        "The host's own id of the delivery, where it has one.",
    ),
    (
        "ce-sluiceoperation",
        "Sluice's operation that caused it, where Sluice did.",
    ),
];

fn document() -> String {
    let pool = pool();
    let mut text = INTRODUCTION.to_owned();
    text += "\n## Headers\n\nCloudEvents 1.0, binary mode: values are percent-encoded as its NATS binding says.\n\n";
    text += "| header | says |\n|---|---|\n";
    for (name, says) in ATTRIBUTES {
        let _ = writeln!(text, "| `{name}` | {says} |");
    }
    text += "\n`traceparent` and `tracestate` stand beside them where the event is part of a trace (W3C Trace Context).\n";
    text += "\n## Families\n";
    FAMILIES
        .iter()
        .for_each(|family| describe_family(&mut text, family));
    text += "\n## Messages\n\nNames are those of the JSON. A field that is empty, zero, false or absent is left out.\n";
    descriptors(&pool)
        .iter()
        .for_each(|message| describe_message(&mut text, message));
    text += "\n## Enums\n\nWritten by name. Read a name that you do not know as `…_UNSPECIFIED`, which is left out.\n";
    enums(&pool)
        .iter()
        .for_each(|kind| describe_enum(&mut text, kind));
    text + "\n" + EXAMPLES
}

fn describe_family(text: &mut String, family: &Family) {
    let _ = write!(
        text,
        "\n### {0}\n\n{1} Stream `{2}`, subjects `sluice.v1.{0}.<project>.<host>.<owner>.<repo>.` and:\n\n\
         | rest of the subject | type | data |\n|---|---|---|\n",
        family.name, family.about, family.stream
    );
    for kind in family.kinds {
        for action in kind.actions {
            let mut rest = format!("{}.{action}", kind.name);
            if !kind.qualifiers.is_empty() {
                // A bar would end the table's cell.
                let _ = write!(rest, ".{}", kind.qualifiers.replace('|', "\\|"));
            }
            let event_type = match family.name {
                "commit" => format!("dev.sluice.commit.{}.v1", kind.name),
                "deadletter" => "dev.sluice.deadletter.v1".to_owned(),
                name => format!("dev.sluice.{name}.{}.{action}.v1", kind.name),
            };
            let _ = writeln!(
                text,
                "| `{rest}` | `{event_type}` | {} |",
                link(kind.message)
            );
        }
    }
}

fn describe_message(text: &mut String, message: &MessageDescriptor) {
    let about = comment(&message.parent_file(), message.path());
    let _ = write!(text, "\n### {}\n\n{about}\n\n", message.name());
    *text += "| field | type | says |\n|---|---|---|\n";
    for field in message.fields() {
        let about = comment(&message.parent_file(), field.path());
        let kind = type_of(&field);
        let kind = match kind.rsplit_once("sluice.v1.") {
            Some((before, name)) => format!("{before}{}", link(name)),
            None => kind
                .replace("google.protobuf.Timestamp", "time")
                .replace('<', "\\<"),
        };
        let _ = writeln!(text, "| `{}` | {kind} | {about} |", field.json_name());
    }
}

fn describe_enum(text: &mut String, kind: &EnumDescriptor) {
    let about = comment(&kind.parent_file(), kind.path());
    let _ = write!(
        text,
        "\n### {}\n\n{about}\n\n| value | says |\n|---|---|\n",
        kind.name()
    );
    for value in kind.values().filter(|value| value.number() != 0) {
        let _ = writeln!(
            text,
            "| `{}` | {} |",
            value.name(),
            comment(&kind.parent_file(), value.path())
        );
    }
}

fn enums(pool: &DescriptorPool) -> Vec<EnumDescriptor> {
    let mut ours: Vec<_> = pool
        .all_enums()
        .filter(|kind| kind.package_name() == "sluice.v1")
        .collect();
    ours.sort_by_key(|kind| kind.name().to_owned());
    ours
}

fn link(message: &str) -> String {
    let name = message.rsplit('.').next().unwrap();
    format!("[{name}](#{})", name.to_lowercase())
}

/// The comment above something in its `.proto` file, as one line.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let source = file
        .file_descriptor_proto()
        .source_code_info
        .as_ref()
        .unwrap();
    let found = source
        .location
        .iter()
        .find(|location| location.path == path);
    let lines = found.map_or("", |location| location.leading_comments());
    lines.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn generated_page_of_events_is_current() {
    generated::check("../../docs/events.md", &document());
}

#[test]
fn every_header_is_described() {
    let text = || "x".to_owned();
    let envelope = Envelope {
        id: text(),
        source: text(),
        event_type: text(),
        subject: text(),
        time: Timestamp::from_seconds(0),
        project: text(),
        fact: Some(Fact::of_statement("h", "k", b"d")),
        trust: Trust::Signed,
        delivery: text(),
        operation: text(),
    };
    let written = envelope.to_headers();
    let written: Vec<_> = written.iter().map(|(name, _)| name.as_ref()).collect();
    let described: Vec<_> = ATTRIBUTES.iter().map(|(name, _)| *name).collect();
    assert_eq!(described, written);
}

#[test]
fn every_message_and_enum_says_what_it_is() {
    let pool = pool();
    for message in descriptors(&pool) {
        let about = comment(&message.parent_file(), message.path());
        assert!(about.ends_with('.'), "{}", message.full_name());
    }
    for kind in enums(&pool) {
        let about = comment(&kind.parent_file(), kind.path());
        assert!(about.ends_with('.'), "{}", kind.full_name());
    }
}
