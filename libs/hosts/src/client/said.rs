//! What a host says of an error, for people.

use serde_json::Value;

/// Longest body that is looked into for words.
const LONGEST: usize = 64 * 1024;

/// The host's own words in the body of an error. Nothing is taken out of them yet.
pub(super) fn words(content_type: &str, body: &[u8]) -> String {
    if body.len() > LONGEST {
        return String::new();
    }
    match serde_json::from_slice(body) {
        Ok(value) => of_json(&value),
        Err(_) if content_type == "text/plain" => String::from_utf8_lossy(body).into_owned(),
        Err(_) => String::new(),
    }
}

/// GitHub has `message` and `errors`, GitLab `message` as a text or by field, or `error` and `error_description`, Gitea
/// `message`.
fn of_json(body: &Value) -> String {
    let Value::Object(fields) = body else {
        return body.as_str().unwrap_or_default().to_owned();
    };
    let known = ["message", "error", "error_description", "errors"];
    let said = known.iter().filter_map(|name| fields.get(*name));
    let said: Vec<_> = said.flat_map(sentences).collect();
    said.join("; ")
}

fn sentences(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(sentences).collect(),
        // An error of GitHub's has a message, or a code for a field.
        Value::Object(fields) => match fields.get("message") {
            Some(message) => sentences(message),
            None => fields.iter().map(field).collect(),
        },
        other => vec![other.to_string()],
    }
}

fn field((name, value): (&String, &Value)) -> String {
    format!("{name}: {}", sentences(value).join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_is_quoted_in_its_own_words() {
        for (body, expected) in [
            (r#"{"message":"Not Found","status":"404"}"#, "Not Found"),
            (
                r#"{"message":"Validation Failed","errors":[{"resource":"Hook","code":"custom","message":"Hook exists"}]}"#,
                "Validation Failed; Hook exists",
            ),
            (
                r#"{"message":{"url":["is blocked","is long"]}}"#,
                "url: is blocked, is long",
            ),
            (
                r#"{"error":"insufficient_scope","error_description":"more is needed"}"#,
                "insufficient_scope; more is needed",
            ),
            (r#"{"errors":null}"#, ""),
            (r#""just words""#, "just words"),
        ] {
            assert_eq!(words("application/json", body.as_bytes()), expected);
        }
        assert_eq!(words("text/plain", b"go away"), "go away");
        assert_eq!(words("text/html", b"<h1>go away</h1>"), "");
        assert_eq!(words("text/plain", &vec![b'a'; LONGEST + 1]), "");
    }
}
