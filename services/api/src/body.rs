//! Bodies: of a known type, bounded in size and in time.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::CONTENT_TYPE},
    web::Payload,
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use sluice_registry::{MAX_MANIFEST_BYTES, Manifest, parse_in, parse_json};
use zeroize::Zeroizing;

use crate::{operations::Body, problem::Problem};

/// How long a body may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What JSON is called.
pub(crate) const JSON: &str = "application/json";

/// What YAML is called (RFC 9512, and what it was called before).
pub(crate) const YAML: [&str; 3] = ["application/yaml", "application/x-yaml", "text/yaml"];

/// A body that was read. It may have secrets in it, so it is overwritten when dropped.
pub(crate) struct Sent {
    bytes: Zeroizing<Vec<u8>>,
    is_yaml: bool,
}

/// Reads a body to its end.
pub(crate) async fn read(
    body: Body,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Sent, Problem> {
    let is_yaml = is_yaml(body, request)?;
    let read = tokio::time::timeout(DEADLINE, collect(payload)).await;
    let slow = || {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body took too long to arrive",
        )
    };
    let bytes = read.map_err(|_| slow())??;
    Ok(Sent { bytes, is_yaml })
}

fn is_yaml(body: Body, request: &HttpRequest) -> Result<bool, Problem> {
    let said = request.headers().get(CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let media = said.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case(JSON) {
        return Ok(false);
    }
    let is_yaml = YAML.iter().any(|known| media.eq_ignore_ascii_case(known));
    if is_yaml && body.yaml {
        return Ok(true);
    }
    let taken = if body.yaml {
        ", or application/yaml"
    } else {
        ""
    };
    let detail = format!("send the body as {JSON}{taken}, and say so in Content-Type");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

async fn collect(mut payload: Payload) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(part) = payload.next().await {
        let broken = |_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off");
        let part = part.map_err(broken)?;
        if bytes.len() + part.len() > MAX_MANIFEST_BYTES {
            let detail = format!("a body has {MAX_MANIFEST_BYTES} bytes at most");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

impl Sent {
    /// All manifests in it. Those that name no project are for this one.
    pub(crate) fn manifests(&self, project: &str) -> Result<Vec<Manifest>, Problem> {
        let read = match self.is_yaml {
            true => parse_in(&self.bytes, project),
            false => parse_json(&self.bytes, project),
        };
        read.map_err(|problems| Problem::wrong("the body cannot be read", problems))
    }

    /// Anything else that it is, in JSON. Nothing in it may be a secret: what is wrong is said in serde's words.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let read = serde_json::from_slice(&self.bytes);
        read.map_err(|error| {
            let said: String = error.to_string().chars().take(200).collect();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, said)
        })
    }
}
