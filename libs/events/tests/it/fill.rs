//! Messages with something in every field, made from their descriptors.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

/// Where a message's content comes from.
pub(crate) trait Choices {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64;
    /// Whether an optional thing is there.
    fn present(&mut self) -> bool {
        self.below(2) == 1
    }
    /// How many items a list has.
    fn items(&mut self) -> u64 {
        self.below(4)
    }
    /// A text for a field.
    fn text(&mut self, field: &FieldDescriptor) -> String;
}

/// The same message every time, with everything in it.
pub(crate) struct Full;

impl Choices for Full {
    fn below(&mut self, bound: u64) -> u64 {
        bound - 1
    }
    fn present(&mut self) -> bool {
        true
    }
    fn items(&mut self) -> u64 {
        2
    }
    fn text(&mut self, field: &FieldDescriptor) -> String {
        format!("{} é \"{}\"", field.name(), field.number())
    }
}

/// Whatever these bytes say; where they end, the rest is empty.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl Choices for Bytes<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        let mut number = 0u64;
        let mut reach = 1u64;
        while reach < bound {
            let (&byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
            self.0 = rest;
            number = number << 8 | u64::from(byte);
            reach = reach.saturating_mul(256);
        }
        number % bound
    }
    fn text(&mut self, _: &FieldDescriptor) -> String {
        let length = self.below(8);
        (0..length)
            .filter_map(|_| char::from_u32(u32::try_from(self.below(0x11_0000)).unwrap()))
            .collect()
    }
}

/// A message of this type. In a `oneof` the last field that is there stays.
pub(crate) fn fill(descriptor: &MessageDescriptor, choices: &mut dyn Choices) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    if descriptor.full_name() == "google.protobuf.Timestamp" {
        // The years 1 to 9999, but for their last hours, which no offset may carry into the next.
        let seconds = i64::try_from(choices.below(315_537_804_000)).unwrap() - 62_135_596_800;
        let nanos = choices.below(1_000_000_000) / 1000 * choices.below(1001);
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name(
            "nanos",
            Value::I32(i32::try_from(nanos % 1_000_000_000).unwrap()),
        );
        return message;
    }
    for field in descriptor.fields() {
        if field.is_map() {
            let entry = field.kind().as_message().unwrap().map_entry_value_field();
            let pairs = (0..choices.items()).map(|number| {
                let key = MapKey::String(format!("key {number}"));
                (key, value(&entry, choices))
            });
            let map = Value::Map(pairs.collect());
            message.set_field(&field, map);
        } else if field.is_list() {
            let items = (0..choices.items())
                .map(|_| value(&field, choices))
                .collect();
            message.set_field(&field, Value::List(items));
        } else if choices.present() {
            let value = value(&field, choices);
            message.set_field(&field, value);
        }
    }
    message
}

fn value(field: &FieldDescriptor, choices: &mut dyn Choices) -> Value {
    let number = u64::from(field.number());
    match field.kind() {
        Kind::Bool => Value::Bool(choices.present()),
        Kind::Uint32 => Value::U32(u32::try_from(choices.below(1 << 32)).unwrap()),
        Kind::Uint64 => Value::U64(choices.below(u64::MAX) + number % 2),
        Kind::Int64 => Value::I64(i64::try_from(choices.below(1 << 62)).unwrap() - (1 << 61)),
        Kind::String => Value::String(choices.text(field)),
        Kind::Bytes => Value::Bytes(choices.text(field).into_bytes().into()),
        Kind::Message(message) => Value::Message(fill(&message, choices)),
        Kind::Enum(kind) => {
            let values: Vec<_> = kind.values().map(|value| value.number()).collect();
            let chosen = choices.below(values.len() as u64);
            Value::EnumNumber(values[usize::try_from(chosen).unwrap()])
        }
        other => panic!("fields of kind {other:?} are new: say here how to make one"),
    }
}
