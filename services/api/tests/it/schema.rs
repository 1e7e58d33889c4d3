//! Whether answers are what the OpenAPI document says: a validator of the part of JSON Schema that it uses.

use std::sync::LazyLock;

use serde_json::Value;
use sluice_test_support::http::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(sluice_api::openapi()).unwrap());

/// What the document says of the operation that a request is for; `None` where it knows no such path or method.
fn described(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let asked: Vec<_> = path.split('/').collect();
    let fits = |known: &str| {
        let known: Vec<_> = known.split('/').collect();
        let same = |(known, asked): (&&str, &&str)| known.starts_with('{') || known == asked;
        known.len() == asked.len() && known.iter().zip(&asked).all(same)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let here = paths.iter().find(|(known, _)| fits(known))?.1;
    let method = if method == "HEAD" { "GET" } else { method };
    here.get(method.to_lowercase())
}

/// Panics where an answer is none that the document describes.
pub(crate) fn fits(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = described(method, path) else {
        assert!(
            matches!(answer.status, 404 | 405),
            "{method} {path}: {answer:?}"
        );
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(
        response.is_object(),
        "{method} {path} may not answer {}: {}",
        answer.status,
        answer.body
    );
    let content = response["content"].as_object();
    if method == "HEAD" || answer.body.is_empty() {
        assert!(
            method == "HEAD" || content.is_none(),
            "{method} {path} answers nothing"
        );
        return;
    }
    let content = content.unwrap_or_else(|| panic!("{method} {path} answers {}", answer.body));
    let schema = &content[answer.header("content-type")]["schema"];
    let value = serde_json::from_str(&answer.body).unwrap();
    if let Err(wrong) = check(schema, &value, "") {
        panic!(
            "{method} {path} {}: {wrong}\n{}",
            answer.status, answer.body
        );
    }
}

/// Says where a value is not as its schema says.
fn check(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{place}: {what}: {value:.200}"));
    if let Some(allowed) = schema.as_bool() {
        return if allowed {
            Ok(())
        } else {
            wrong("nothing fits")
        };
    }
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.strip_prefix('#').unwrap();
        let named = DOCUMENT.pointer(pointer);
        return check(
            named.unwrap_or_else(|| panic!("no schema {name}")),
            value,
            place,
        );
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        return wrong(&format!("not {constant}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        return wrong("none of the words");
    }
    if !is_of_type(&schema["type"], value) {
        return wrong(&format!("not of type {}", schema["type"]));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices
            .iter()
            .filter(|one| check(one, value, place).is_ok());
        if fitting.count() != 1 {
            return wrong("not exactly one fits");
        }
    }
    if let Some(fields) = value.as_object() {
        fields_fit(schema, fields, place)?;
    }
    let items = value.as_array().into_iter().flatten().enumerate();
    items
        .filter(|_| schema.get("items").is_some())
        .try_for_each(|(index, item)| check(&schema["items"], item, &format!("{place}[{index}]")))
}

fn fields_fit(
    schema: &Value,
    fields: &serde_json::Map<String, Value>,
    place: &str,
) -> Result<(), String> {
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{place}: {name} is missing"));
        }
    }
    for (name, value) in fields {
        match schema["properties"].get(name) {
            Some(inner) => check(inner, value, &format!("{place}.{name}"))?,
            None if schema["additionalProperties"] == false => {
                return Err(format!("{place}: {name} is not described"));
            }
            None => {}
        }
    }
    Ok(())
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the validator does not know {other}"),
    };
    match kind {
        Value::Null => true,
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        other => panic!("no type: {other}"),
    }
}

#[test]
fn a_planted_difference_is_found() {
    let schema = |name: &str| &DOCUMENT["components"]["schemas"][name];
    let token = serde_json::json!({"name": "a", "role": "viewer"});
    assert_eq!(check(schema("AccessToken"), &token, ""), Ok(()));
    for (field, value, says) in [
        ("digest", Value::from("x"), "digest is not described"),
        ("role", Value::from(7), "not of type"),
    ] {
        let mut other = token.clone();
        other[field] = value;
        let wrong = check(schema("AccessToken"), &other, "").unwrap_err();
        assert!(wrong.contains(says), "{wrong}");
    }
    let missing = serde_json::json!({"name": "a"});
    assert!(
        check(schema("AccessToken"), &missing, "")
            .unwrap_err()
            .contains("role is missing")
    );
}
