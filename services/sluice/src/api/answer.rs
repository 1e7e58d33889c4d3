//! Answers: read to a bound, and believed only where they are what the API would say.

use reqwest::{Response, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Most bytes of an answer: a page of the largest records is far below.
const MAX: usize = 32 * 1024 * 1024;

/// An answer that was read to its end. It may have an access token in it, so it is overwritten when dropped.
pub(super) struct Answer {
    status: StatusCode,
    body: Zeroizing<Vec<u8>>,
    base: Url,
}

/// Why there is none.
pub(super) enum Broken {
    /// It broke off.
    Off(reqwest::Error),
    /// It is not what the API says.
    Wrong(anyhow::Error),
}

/// What the API says where something goes wrong (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    detail: String,
    #[serde(default)]
    problems: Vec<Said>,
}

/// One thing that is wrong.
#[derive(Deserialize)]
struct Said {
    place: String,
    what: String,
    remedy: String,
}

impl Answer {
    /// Reads it.
    pub(super) async fn of(mut response: Response, base: &Url) -> Result<Self, Broken> {
        let status = response.status();
        if status.is_redirection() {
            return Err(Broken::Wrong(elsewhere(&response, base)));
        }
        let media = response.headers().get(header::CONTENT_TYPE);
        let media = media
            .and_then(|media| media.to_str().ok())
            .unwrap_or_default();
        let expected = match status.is_success() {
            true => "application/json",
            false => "application/problem+json",
        };
        if status != StatusCode::NO_CONTENT && media.split(';').next() != Some(expected) {
            return Err(Broken::Wrong(foreign(base, status)));
        }
        let mut body = Zeroizing::new(Vec::new());
        while let Some(part) = response.chunk().await.map_err(Broken::Off)? {
            if body.len() + part.len() > MAX {
                let what = format!("the API at {base} answers with more than {MAX} bytes");
                return Err(Broken::Wrong(Failure::failed(what, "is --api right?")));
            }
            body.extend_from_slice(&part);
        }
        let base = base.clone();
        Ok(Self { status, body, base })
    }

    /// Whether it says that something is not there.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// What it says, if it is good.
    pub(super) fn read<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        let base = self.base.clone();
        self.read_any()?
            .ok_or_else(|| foreign(&base, StatusCode::NO_CONTENT))
    }

    /// The same, where it may say nothing.
    pub(super) fn read_any<T: DeserializeOwned>(self) -> anyhow::Result<Option<T>> {
        let unknown = |_| foreign(&self.base, self.status);
        if self.status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        if self.status.is_success() {
            return serde_json::from_slice(&self.body)
                .map(Some)
                .map_err(unknown);
        }
        let problem: Problem = serde_json::from_slice(&self.body).map_err(unknown)?;
        Err(refused(self.status, &problem))
    }
}

/// A problem in our words: each thing that is wrong on a line.
fn refused(status: StatusCode, problem: &Problem) -> anyhow::Error {
    let mut what = one_line(&problem.detail);
    for Said {
        place,
        what: wrong,
        remedy,
    } in &problem.problems
    {
        what += &format!("\n{}", one_line(&format!("{place}: {wrong}; {remedy}")));
    }
    if status.is_server_error() {
        return Failure::failed(what, "try again; the API's log says more");
    }
    let hint = match status {
        StatusCode::UNAUTHORIZED => {
            "name a valid access token by --api-token-file, SLUICE_API_TOKEN or SLUICE_API_TOKEN_FILE; `sluice access-tokens new` makes one"
        }
        StatusCode::FORBIDDEN => "ask somebody whose access token has the role for it",
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => {
            "see how it stands by `sluice get`, and ask again if you still want it"
        }
        StatusCode::PAYLOAD_TOO_LARGE => "send it in parts",
        _ => "",
    };
    Failure::refused(what, hint)
}

/// Foreign lines are not ours: they are shown as escapes.
fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

fn foreign(base: &Url, status: StatusCode) -> anyhow::Error {
    let what = format!(
        "what answers at {base} does not speak as Sluice's API does (status {})",
        status.as_u16()
    );
    Failure::failed(
        what,
        "is --api right? it is the address that `/api/v1` stands below",
    )
}

fn elsewhere(response: &Response, base: &Url) -> anyhow::Error {
    let location = response.headers().get(header::LOCATION);
    let location = location
        .and_then(|location| location.to_str().ok())
        .unwrap_or_default();
    let what = format!(
        "what answers at {base} leads elsewhere: {}",
        one_line(location)
    );
    Failure::failed(
        what,
        "the access token goes nowhere but to --api; name the right address there",
    )
}
