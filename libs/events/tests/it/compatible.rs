//! Nothing of the contract is ever removed, renumbered, renamed or retyped.
//!
//! `tests/golden/v1/contract.txt` is the last version, a line per field and enum value. Additions are fine; `make docs`
//! writes them down, and refuses to write down a break.

use std::collections::BTreeSet;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};

use crate::{
    generated,
    messages::{descriptors, pool},
};

const FILE: &str = "tests/golden/v1/contract.txt";
const LAST: &str = include_str!("../golden/v1/contract.txt");

/// The contract: `<message> <number> <name> <JSON name> <type>`, `<enum> <number> <name>`.
fn contract(pool: &DescriptorPool) -> String {
    let mut lines = Vec::new();
    for message in descriptors(pool) {
        for field in message.fields() {
            let owner = message.full_name();
            let (number, name, json) = (field.number(), field.name(), field.json_name());
            lines.push(format!(
                "{owner} {number} {name} {json} {}",
                type_of(&field)
            ));
        }
    }
    for kind in pool
        .all_enums()
        .filter(|kind| kind.package_name() == "sluice.v1")
    {
        for value in kind.values() {
            lines.push(format!(
                "{} {} {}",
                kind.full_name(),
                value.number(),
                value.name()
            ));
        }
    }
    lines.join("\n") + "\n"
}

/// A field's type as it stands in a `.proto` file.
pub(crate) fn type_of(field: &FieldDescriptor) -> String {
    let name = |field: &FieldDescriptor| match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    if field.is_map() {
        let entry = field.kind();
        let entry = entry.as_message().unwrap();
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        return format!("map<{},{}>", name(&key), name(&value));
    }
    let of_one = field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic());
    match of_one {
        Some(oneof) => format!("oneof({}) {}", oneof.name(), name(field)),
        None if field.is_list() => format!("repeated {}", name(field)),
        None if field.supports_presence() && field.kind().as_message().is_none() => {
            format!("optional {}", name(field))
        }
        None => name(field),
    }
}

/// What of the last version does not stand in this one as it was, with what stands there now.
fn breaks(last: &str, now: &str) -> Vec<String> {
    let present: BTreeSet<&str> = now.lines().collect();
    let place = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ") + " ";
    let lost = last.lines().filter(|line| !present.contains(line));
    lost.map(|line| {
        let there = present.iter().find(|other| other.starts_with(&place(line)));
        format!("`{line}` is now `{}`", there.unwrap_or(&"gone"))
    })
    .collect()
}

#[test]
fn nothing_of_the_last_version_is_lost() {
    assert_eq!(breaks(LAST, &contract(&pool())), Vec::<String>::new());
}

#[test]
fn generated_contract_is_current() {
    let now = contract(&pool());
    assert_eq!(
        breaks(LAST, &now),
        Vec::<String>::new(),
        "a break is not written down"
    );
    generated::check(FILE, &now);
}

#[test]
fn additions_are_no_break() {
    let last = "m 1 a a string\n";
    assert!(breaks(last, "m 1 a a string\nm 2 b b bytes\ne 1 X\n").is_empty());
}

#[test]
fn every_kind_of_break_is_found() {
    let last = "m 1 a_b aB string\nm 2 b b repeated m2\ne 1 X\n";
    for (what, now) in [
        ("removed", "m 2 b b repeated m2\ne 1 X\n"),
        (
            "renumbered",
            "m 3 a_b aB string\nm 2 b b repeated m2\ne 1 X\n",
        ),
        (
            "renamed in JSON",
            "m 1 a_b ab string\nm 2 b b repeated m2\ne 1 X\n",
        ),
        ("retyped", "m 1 a_b aB bytes\nm 2 b b repeated m2\ne 1 X\n"),
        (
            "not a list any more",
            "m 1 a_b aB string\nm 2 b b m2\ne 1 X\n",
        ),
        (
            "enum value renamed",
            "m 1 a_b aB string\nm 2 b b repeated m2\ne 1 Y\n",
        ),
    ] {
        assert_eq!(breaks(last, now).len(), 1, "{what}");
    }
    let told = breaks("m 1 a a string\n", "m 1 a a bytes\n");
    assert_eq!(told, ["`m 1 a a string` is now `m 1 a a bytes`"]);
}

#[test]
fn the_last_version_is_complete() {
    // An emptied file would make every break pass.
    assert!(LAST.contains("sluice.v1.RefEvent 3 ref ref string\n"));
    assert!(LAST.lines().count() > 150, "{}", LAST.lines().count());
}
