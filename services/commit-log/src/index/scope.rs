//! Which places a question is about. A repository is found by every name that it was recorded under.

use rusqlite::{Connection, OptionalExtension, params, types::Value};
use sluice_bus::Refusal;
use sluice_events::token;

use super::IndexError;

/// Which places a question is about: never those of another project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The project.
    pub(super) project: i64,
    /// One host of it alone, as a token.
    pub(super) host: Option<String>,
    /// One place of it alone.
    pub(super) place: Option<i64>,
}

/// A place that was once called as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    place: i64,
    host: String,
    /// How it is called so: the smaller, the more it is meant.
    rank: u8,
    /// When it was last called so.
    found: i64,
}

impl Scope {
    /// Looks names up. `None`: nothing at all is recorded there.
    pub(crate) fn of(
        connection: &Connection,
        project: &str,
        host: &str,
        repository: &str,
    ) -> Result<Option<Self>, IndexError> {
        let id = "SELECT id FROM projects WHERE token = ?1";
        let id = connection.query_row(id, [token::encode(project)], |row| row.get(0));
        let Some(project) = id.optional()? else {
            return if repository.is_empty() {
                Ok(None)
            } else {
                Err(unknown(repository).into())
            };
        };
        let host = (!host.is_empty()).then(|| token::encode(host));
        let place = match repository {
            "" => None,
            name => Some(choose(
                name,
                candidates(connection, project, host.as_deref(), name)?,
            )?),
        };
        Ok(Some(Self {
            project,
            host,
            place,
        }))
    }

    /// The condition on `place` and `project` of a table, and its values.
    pub(super) fn condition(&self, table: &str) -> (String, Vec<Value>) {
        match (self.place, &self.host) {
            (Some(place), _) => (format!("{table}.place = ?"), vec![place.into()]),
            (None, None) => (format!("{table}.project = ?"), vec![self.project.into()]),
            (None, Some(host)) => (
                format!(
                    "{table}.project = ? AND {table}.place IN (SELECT id FROM places WHERE project = ? AND host = ?)"
                ),
                vec![
                    self.project.into(),
                    self.project.into(),
                    host.clone().into(),
                ],
            ),
        }
    }

    /// The places, as a query that gives their ids.
    pub(super) fn places(&self) -> (&'static str, Vec<Value>) {
        match (self.place, &self.host) {
            (Some(place), _) => ("SELECT ?", vec![place.into()]),
            (None, None) => (
                "SELECT id FROM places WHERE project = ?",
                vec![self.project.into()],
            ),
            (None, Some(host)) => (
                "SELECT id FROM places WHERE project = ? AND host = ?",
                vec![self.project.into(), host.clone().into()],
            ),
        }
    }
}

fn candidates(
    connection: &Connection,
    project: i64,
    host: Option<&str>,
    name: &str,
) -> Result<Vec<Candidate>, IndexError> {
    let called = "SELECT l.id, l.host, n.found,
                  CASE WHEN n.name = ?2 AND l.name = ?2 THEN 0 WHEN n.full_name = ?2 AND n.found = l.found THEN 1 ELSE 2 END
                  FROM names n JOIN places l ON l.id = n.place
                  WHERE l.project = ?1 AND (n.name = ?2 OR n.full_name = ?2) AND (?3 IS NULL OR l.host = ?3)";
    let mut called = connection.prepare(called)?;
    let rows = called.query_map(params![project, name, host], |row| {
        Ok(Candidate {
            place: row.get(0)?,
            host: row.get(1)?,
            found: row.get(2)?,
            rank: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What it is called now goes before what it was called, and the newest before the others. Only a full name on several
/// hosts is nobody's more than another's.
fn choose(name: &str, mut called: Vec<Candidate>) -> Result<i64, Refusal> {
    let rank = called.iter().map(|candidate| candidate.rank).min();
    let rank = rank.ok_or_else(|| unknown(name))?;
    called.retain(|candidate| candidate.rank == rank);
    let mut hosts: Vec<_> = called
        .iter()
        .map(|candidate| candidate.host.as_str())
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    if rank > 0 && hosts.len() > 1 {
        let hosts = hosts.join(", ");
        return Err(Refusal::new(
            409,
            format!("`{name}` stands on several hosts: name one of {hosts}"),
        ));
    }
    let newest = called
        .iter()
        .max_by_key(|candidate| (candidate.found, candidate.place));
    newest
        .map(|candidate| candidate.place)
        .ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(
        404,
        format!("nothing is recorded of a repository `{name}` here"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(place: i64, host: &str, rank: u8, found: i64) -> Candidate {
        Candidate {
            place,
            host: host.into(),
            rank,
            found,
        }
    }

    #[test]
    fn what_it_is_called_now_goes_first() {
        let places = vec![called(1, "github", 2, 9), called(2, "github", 1, 3)];
        assert_eq!(choose("acme/web", places), Ok(2));
    }

    #[test]
    fn a_name_that_was_given_anew_is_the_newest_ones() {
        let places = vec![called(1, "github", 1, 9), called(2, "github", 1, 10)];
        assert_eq!(choose("acme/web", places), Ok(2));
        let registered_elsewhere = vec![called(1, "github", 0, 9), called(2, "gitlab", 0, 10)];
        assert_eq!(choose("web", registered_elsewhere), Ok(2));
    }

    #[test]
    fn a_full_name_on_two_hosts_is_ambiguous() {
        let refusal = choose(
            "acme/web",
            vec![called(1, "b", 1, 9), called(2, "a", 1, 10)],
        )
        .unwrap_err();
        assert_eq!(refusal.code, 409);
        assert!(refusal.message.ends_with("name one of a, b"), "{refusal}");
        assert_eq!(choose("acme/web", Vec::new()).unwrap_err().code, 404);
    }
}
