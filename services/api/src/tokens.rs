//! Access tokens over HTTP: made once, shown once, and known by a digest alone.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
};
use serde::{Deserialize, Serialize};
use sluice_bus::{PublishError, RecordError, Records, roles};
use sluice_declared::Author;
use sluice_events::{Timestamp, v1::AccessToken};
use sluice_registry::{ACCESS_ROLES, keys, new_access_token};

use crate::{
    access::forbidden,
    page::{Cursor, USUAL},
    problem::Problem,
    serve::Asked,
};

/// How many a page may have.
const MOST: u32 = 200;

/// A token as it is shown: what it is known by is nobody's business.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'t> {
    name: &'t str,
    /// The project that it opens. Absent: all.
    #[serde(skip_serializing_if = "str::is_empty")]
    project: &'t str,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// Absent: it does not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// The token itself, where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'t str>,
}

/// A page.
#[derive(Serialize)]
struct Page<'t> {
    #[serde(rename = "access-tokens")]
    tokens: Vec<Shown<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What is wanted of a new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct New {
    name: String,
    role: String,
    /// Whether it opens all projects, and what belongs to none.
    #[serde(default)]
    all_projects: bool,
    #[serde(default)]
    expires_at: Option<String>,
}

/// Lists them by name.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)? as usize;
    let after = asked
        .parameters
        .text("after")
        .map(Cursor::read)
        .transpose()?;
    let mut tokens = asked.api.directory.tokens();
    tokens.retain(|token| {
        let follows = after
            .as_ref()
            .is_none_or(|after| after.is_before("", &token.name));
        follows && asked.reach.sees(&token.project, false)
    });
    let more = tokens.len() > limit;
    tokens.truncate(limit);
    let last = tokens.last().filter(|_| more);
    let next = last.map(|last| Cursor::after("", &last.name));
    let page = Page {
        tokens: tokens.iter().map(|token| shown(token)).collect(),
        next: next.clone(),
    };
    Ok(asked.page(&page, "after", next.as_deref()))
}

/// Shows one.
pub(crate) async fn show(asked: Asked) -> Result<HttpResponse, Problem> {
    let token = asked.api.directory.token_named(asked.segment("name"));
    let token = token.filter(|token| asked.reach.sees(&token.project, false));
    let token = token.ok_or_else(none)?;
    Ok(HttpResponse::Ok().json(shown(&token)))
}

/// Makes one, and shows it this once.
pub(crate) async fn create(asked: Asked) -> Result<HttpResponse, Problem> {
    let new: New = asked.sent()?.json()?;
    if new.all_projects && !asked.holder.opens_all() {
        return Err(forbidden(
            "only who opens all projects makes tokens that do",
        ));
    }
    let project = if new.all_projects {
        ""
    } else {
        asked.reach.project()
    };
    let (token, record) = made(&new, project)?;
    let author = asked.api.author(&asked.holder)?;
    let object = format!("AccessToken {}", new.name);
    let note = Note {
        asked: &asked,
        author,
        action: "access-tokens.new",
        project,
        object,
    };
    note.begins().await?;
    let tokens = Records::<AccessToken>::new(&asked.api.bus, keys::ACCESS_TOKENS);
    let stored = tokens
        .put(&keys::access_token(&new.name), &record, None)
        .await;
    if let Err(error) = stored {
        note.failed(&error).await;
        return Err(match error {
            RecordError::Conflict { .. } => {
                let detail = "there is an access token of that name already: choose another, or delete it first";
                Problem::new(StatusCode::CONFLICT, detail)
            }
            other => other.into(),
        });
    }
    asked.api.directory.knows_token(&new.name, true).await;
    let shown = Shown {
        token: std::str::from_utf8(token.expose()).ok(),
        ..shown(&record)
    };
    let place = format!("/api/v1/access-tokens/{}", new.name);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(shown))
}

/// Takes one away: from now on it opens nothing.
pub(crate) async fn delete(asked: Asked) -> Result<HttpResponse, Problem> {
    let name = asked.segment("name");
    let tokens = Records::<AccessToken>::new(&asked.api.bus, keys::ACCESS_TOKENS);
    let key = keys::access_token(name);
    let token = asked.api.in_time(tokens.get(&key)).await?;
    let token = token.filter(|token| asked.reach.sees(&token.record.project, false));
    let token = token.ok_or_else(none)?;
    if name == asked.holder.name() {
        let detail =
            "it is the one that you ask with, and nothing would be left to ask with: use another";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let author = asked.api.author(&asked.holder)?;
    let object = format!("AccessToken {name}");
    let project = &token.record.project;
    let note = Note {
        asked: &asked,
        author,
        action: "access-tokens.delete",
        project,
        object,
    };
    note.begins().await?;
    if let Err(error) = tokens.delete(&key, token.revision).await {
        note.failed(&error).await;
        return Err(error.into());
    }
    asked.api.directory.knows_token(name, false).await;
    Ok(HttpResponse::NoContent().finish())
}

/// What the audit says of a change.
struct Note<'a> {
    asked: &'a Asked,
    author: Author,
    action: &'static str,
    project: &'a str,
    object: String,
}

impl Note<'_> {
    /// First: what nobody could find afterwards is not done.
    async fn begins(&self) -> Result<(), Problem> {
        let noted = self.note(None).await;
        noted.map_err(|_| Problem::unavailable("nobody would know of it: send it again"))
    }

    /// It was not done after all.
    async fn failed(&self, error: &RecordError) {
        if let Err(unnoted) = self.note(Some(&error.to_string())).await {
            tracing::warn!(object = self.object, %unnoted, "the audit does not say that a change failed");
        }
    }

    async fn note(&self, failed: Option<&str>) -> Result<(), PublishError> {
        let Self {
            action,
            project,
            object,
            ..
        } = self;
        let bus = &self.asked.api.bus;
        self.author.note(bus, action, project, object, failed).await
    }
}

fn none() -> Problem {
    Problem::missing("name", "there is no access token of that name")
}

/// The token and its record, or what is wrong with what is wanted.
fn made(new: &New, project: &str) -> Result<(sluice_registry::Plaintext, AccessToken), Problem> {
    let wrong = |detail: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
    if roles::role(&new.name).is_some() {
        // Its name becomes the principal of what its holder asks for (rule S1).
        return Err(wrong(
            "name: a user of the bus has it, and nobody else may speak in its name; choose another"
                .to_owned(),
        ));
    }
    let role = ACCESS_ROLES.kind(&new.role);
    let role = role.ok_or_else(|| wrong(format!("role: it is one of {}", ACCESS_ROLES.all())))?;
    let now = Timestamp::now();
    let expires = match &new.expires_at {
        None => None,
        Some(text) => {
            let time = Timestamp::parse(text).filter(|time| *time > now);
            let detail = "expiresAt: it is a time to come, like 2026-01-31T12:00:00Z";
            Some(time.ok_or_else(|| wrong(detail.to_owned()))?)
        }
    };
    let made = new_access_token(&new.name, project, role, now, expires);
    made.map_err(|problem| wrong(problem.to_string()))
}

fn shown(token: &AccessToken) -> Shown<'_> {
    Shown {
        name: &token.name,
        project: &token.project,
        role: ACCESS_ROLES.word(token.role()),
        created_at: token.created_at,
        expires_at: token.expires_at,
        token: None,
    }
}
