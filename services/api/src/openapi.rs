//! The OpenAPI 3.1 document, made from the table of operations: what is not there is not described, and the other way
//! round.

mod described;
mod imports;
mod manifests;
mod messages;
mod objects;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};
use sluice_events::families::FAMILIES;

use crate::{
    SERVICE,
    operations::{
        self,
        parameters::{Parameter, Shape},
    },
    parameters::LONGEST_VALUE,
    problem::Problem,
    serve::Asked,
};

/// The pattern of names: DNS labels.
const NAME: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/// The document as it is served: JSON.
pub fn openapi() -> &'static str {
    DOCUMENT.as_str()
}

/// The pattern of places in lists: project and name, which are labels or absent, with a slash between them, in hexadecimal.
const PLACE: &str = "^(2d|3[0-9]|6[1-9a-f]|7[0-9a])*2f(2d|3[0-9]|6[1-9a-f]|7[0-9a])+$";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// Shows the document.
pub(crate) async fn show(_: Asked) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    Ok(response.content_type("application/json").body(openapi()))
}

fn document() -> Value {
    let mut paths = Map::new();
    for path in operations::paths() {
        let here = operations::at(path);
        let described = here.map(|operation| {
            let method = operation.method.word().to_lowercase();
            (method, described::operation(operation))
        });
        paths.insert(path.to_owned(), Value::Object(described.collect()));
    }
    let mut schemas = objects::all();
    schemas.extend(manifests::all());
    schemas.extend(imports::all());
    messages::add_all(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "version": SERVICE.version,
            "description": "Verified events of Git hosts, and what is declared to get them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"accessToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"accessToken": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    })
}

/// What a parameter's value looks like.
fn schema_of(parameter: &Parameter) -> Value {
    match parameter.shape {
        Shape::Text => json!({"type": "string", "maxLength": LONGEST_VALUE}),
        Shape::Name => json!({"type": "string", "pattern": NAME}),
        Shape::Number(most) => json!({"type": "integer", "minimum": 1, "maximum": most}),
        Shape::Sequence => json!({"type": "string", "pattern": "^[0-9]{1,19}$"}),
        Shape::Place => json!({"type": "string", "pattern": PLACE}),
        Shape::Time => json!({"type": "string", "format": "date-time"}),
        Shape::Sha => json!({"type": "string", "pattern": "^[0-9A-Fa-f]{4,64}$"}),
        Shape::EventKind => json!({"type": "string", "enum": event_kinds()}),
        Shape::Ref => {
            json!({"type": "string", "pattern": "^refs/(heads|tags)/", "maxLength": LONGEST_VALUE})
        }
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Word(words) => json!({"type": "string", "enum": words.words().collect::<Vec<_>>()}),
    }
}

/// Each kind of event of a Git host, and each with each of its actions.
fn event_kinds() -> Vec<String> {
    let git = FAMILIES.iter().filter(|family| family.name == "git");
    let kinds = git.flat_map(|family| family.kinds);
    let words = kinds.flat_map(|kind| {
        let with = |action: &&str| format!("{}.{action}", kind.name);
        [kind.name.to_owned()]
            .into_iter()
            .chain(kind.actions.iter().map(with))
    });
    words.collect()
}

/// A reference to a schema of the document.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All texts under this name, however deep.
    fn collect(value: &Value, name: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(field, value)| {
                match value.as_str().filter(|_| field == name) {
                    Some(text) => drop(found.insert(text.to_owned())),
                    None => collect(value, name, found),
                }
            }),
            Value::Array(values) => values.iter().for_each(|value| collect(value, name, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_names_every_route_and_nothing_else() {
        let document = document();
        let mut described = BTreeSet::new();
        for (path, here) in document["paths"].as_object().unwrap() {
            for (method, operation) in here.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                described.insert((method.to_uppercase(), path.clone(), id));
            }
        }
        let routed = operations::all().map(|operation| {
            let method = operation.method.word().to_owned();
            (method, operation.path.to_owned(), operation.id.to_owned())
        });
        assert_eq!(described, routed.collect());
    }

    #[test]
    fn every_schema_that_is_named_is_there_and_every_one_that_is_there_is_named() {
        let document = document();
        let mut named = BTreeSet::new();
        collect(&document, "$ref", &mut named);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let there = schemas
            .keys()
            .map(|name| format!("#/components/schemas/{name}"));
        assert_eq!(named, there.collect());
    }
}
