//! Messages of the contract as schemas, from their descriptors: proto-JSON, with the contract's own comments.

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};
use sluice_events::v1;

use super::reference;

/// What the schema of a message is called: `v1.` and its name.
const PREFIX: &str = "#/components/schemas/v1.";

/// Adds the messages that these schemas name, and those that they name in turn.
pub(super) fn add_all(schemas: &mut Map<String, Value>) {
    // Ours, and tested: every message that is named is found.
    let Ok(pool) = DescriptorPool::decode(v1::DESCRIPTORS) else {
        return;
    };
    loop {
        let mut missing = Vec::new();
        schemas
            .values()
            .for_each(|schema| named(schema, &mut missing));
        missing.retain(|name| !schemas.contains_key(&format!("v1.{name}")));
        if missing.is_empty() {
            return;
        }
        for name in missing {
            let found = pool.get_message_by_name(&format!("sluice.v1.{name}"));
            let described = found.map_or(Value::Bool(false), |found| message(&found));
            schemas.insert(format!("v1.{name}"), described);
        }
    }
}

/// The names of the messages that a schema names.
fn named(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix(PREFIX));
            found.extend(name.map(str::to_owned));
            fields.values().for_each(|value| named(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, found)),
        _ => {}
    }
}

fn message(message: &MessageDescriptor) -> Value {
    let fields = message.fields().map(|field| {
        let mut schema = of_field(&field);
        if let (Some(about), Some(schema)) = (comment(&field), schema.as_object_mut()) {
            schema.insert("description".to_owned(), about.into());
        }
        (field.json_name().to_owned(), schema)
    });
    let properties: Map<_, _> = fields.collect();
    json!({ "type": "object", "properties": properties })
}

fn of_field(field: &FieldDescriptor) -> Value {
    if field.is_map() {
        return json!({ "type": "object" });
    }
    let one = match field.kind() {
        Kind::Double | Kind::Float => json!({ "type": "number" }),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
            json!({ "type": "integer" })
        }
        // As proto-JSON writes what a double cannot hold.
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
            json!({ "type": "string", "pattern": "^-?[0-9]+$" })
        }
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => {
            json!({ "type": "string", "format": "date-time" })
        }
        Kind::Message(message) => reference(&format!("v1.{}", message.name())),
        Kind::Enum(kind) => of_enum(&kind),
    };
    match field.is_list() {
        true => json!({ "type": "array", "items": one }),
        false => one,
    }
}

/// Later versions know more words.
fn of_enum(kind: &EnumDescriptor) -> Value {
    let words: Vec<_> = kind.values().map(|value| value.name().to_owned()).collect();
    json!({ "type": "string", "examples": words })
}

/// What the contract says of a field.
fn comment(field: &FieldDescriptor) -> Option<String> {
    let file = field.parent_file();
    let info = file.file_descriptor_proto().source_code_info.as_ref()?;
    let mut places = info.location.iter();
    let place = places.find(|place| place.path == field.path())?;
    let text = place.leading_comments().trim().replace("\n ", " ");
    (!text.is_empty()).then_some(text)
}
