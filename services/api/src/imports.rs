//! Imports: many repositories at once. They are asked for and not declared, so they have no place among the records.

use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Map, Value};
use sluice_events::v1::{ConnectionStatus, ConnectorRequest, Import};
use sluice_registry::{ImportSpec, ShownImport};

use crate::{
    Api,
    commands::Wish,
    page::{Cursor, USUAL},
    problem::Problem,
    serve::Asked,
};

/// How many a page may have.
const MOST: u32 = 200;

/// Lists them, by project and name.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)? as usize;
    let after = asked.parameters.text("after");
    let after = after.map(Cursor::read).transpose()?;
    let mut found = asked.api.directory.imports();
    found.retain(|import| {
        let (project, name) = (&import.project, &import.name);
        asked.reach.sees(project, false)
            && after
                .as_ref()
                .is_none_or(|after| after.is_before(project, name))
    });
    found.sort_by(|one, other| (&one.project, &one.name).cmp(&(&other.project, &other.name)));
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| Cursor::after(&last.project, &last.name));
    let mut standing = asked.api.standing();
    let shown = found.iter().map(|import| {
        let key = (import.project.clone(), import.name.clone());
        asked
            .api
            .shown_import(import, standing.remove(&key).unwrap_or_default())
    });
    let shown = serde_json::to_value(shown.collect::<Vec<_>>());
    let shown = shown.map_err(|_| Problem::unavailable("an import cannot be shown"))?;
    let mut page = Map::from_iter([("imports".to_owned(), shown)]);
    if let Some(next) = &next {
        page.insert("next".to_owned(), Value::from(next.as_str()));
    }
    Ok(asked.page(&page, "after", next.as_deref()))
}

/// Shows one.
pub(crate) async fn show(asked: Asked) -> Result<HttpResponse, Problem> {
    let import = asked.import()?;
    let key = (import.project.clone(), import.name.clone());
    let standing = asked.api.standing().remove(&key).unwrap_or_default();
    Ok(HttpResponse::Ok().json(asked.api.shown_import(&import, standing)))
}

/// Asks for one, or for one that was there to begin anew.
pub(crate) async fn start(asked: Asked) -> Result<HttpResponse, Problem> {
    let spec: ImportSpec = asked.sent()?.json()?;
    let (project, name) = (asked.reach.project(), asked.segment("name"));
    let import = spec.import(project, name, &asked.api.directory.snapshot());
    let import = import.map_err(|problems| Problem::wrong("it cannot be imported", problems))?;
    let known = asked.api.directory.import(project, name);
    if let Some(known) =
        known.filter(|known| known.owner != import.owner || known.host != import.host)
    {
        let Import { owner, host, .. } = &*known;
        let detail = format!("the import `{name}` is of {owner} at {host}: take another name");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    asked.send_about(name, "import", Some(import)).await
}

/// Asks for one to end.
pub(crate) async fn end(asked: Asked) -> Result<HttpResponse, Problem> {
    let import = asked.import()?;
    asked.send_about(&import.name, "end-import", None).await
}

impl Asked {
    /// The import that the path names.
    fn import(&self) -> Result<std::sync::Arc<Import>, Problem> {
        let (project, name) = (self.reach.project(), self.segment("name"));
        let found = self.api.directory.import(project, name);
        found
            .ok_or_else(|| Problem::missing("name", format!("there is no Import {project}/{name}")))
    }

    async fn send_about(
        &self,
        name: &str,
        verb: &'static str,
        import: Option<Import>,
    ) -> Result<HttpResponse, Problem> {
        let wish = Wish {
            service: "connector",
            verb,
            kind: "Import",
            project: self.reach.project(),
            name,
        };
        let sent = self.send_wish(wish, |command, deadline| {
            command.outgoing(&ConnectorRequest {
                name: name.to_owned(),
                deadline: Some(deadline),
                import,
                ..ConnectorRequest::default()
            })
        });
        Ok(sent.await?.accepted())
    }
}

/// How the repositories stand that imports have registered, by project and name of the import.
type Standing = HashMap<(String, String), Vec<ConnectionStatus>>;

impl Api {
    fn standing(&self) -> Standing {
        let mut standing = Standing::new();
        for repository in self.directory.snapshot().repositories() {
            if repository.import.is_empty() {
                continue;
            }
            let found = self
                .directory
                .connection(&repository.project, &repository.name);
            let status = found.map_or(ConnectionStatus::Unspecified, |found| found.status());
            let key = (repository.project.clone(), repository.import.clone());
            standing.entry(key).or_default().push(status);
        }
        standing
    }

    fn shown_import(&self, import: &Import, standing: Vec<ConnectionStatus>) -> ShownImport {
        let connection = self.directory.connection_of_import(import);
        let connection = connection.map(|connection| (*connection).clone());
        ShownImport::of(import, connection, standing)
    }
}
