//! Who asks: the holder of an access token, and what that opens.

mod reach;

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::AUTHORIZATION},
};
pub(crate) use reach::{Reach, authorize, authorize_role, no_project};
use sluice_bus::roles;
use sluice_daemon::access::bearer;
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};

use crate::{directory::Directory, problem::Problem};

/// Whoever holds an access token that is known and has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Holder(Arc<AccessToken>);

/// Who asks.
pub(crate) fn authenticate(
    request: &HttpRequest,
    directory: &Directory,
) -> Result<Holder, Problem> {
    if !directory.is_read() {
        return Err(Problem::unavailable("the access tokens are not read yet"));
    }
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let shown = match (headers.next(), headers.next()) {
        (Some(one), None) => one.to_str().ok().and_then(bearer),
        _ => None,
    };
    let shown =
        shown.ok_or_else(|| unauthorized("give an access token: `Authorization: Bearer …`"))?;
    let token = directory.token(shown.as_bytes());
    let token = token.ok_or_else(|| unauthorized("the access token is unknown"))?;
    judge(token, Timestamp::now())
}

/// Whether a token that is known opens anything.
fn judge(token: Arc<AccessToken>, now: Timestamp) -> Result<Holder, Problem> {
    if token.expires_at.is_some_and(|end| end <= now) {
        return Err(unauthorized("the access token has expired"));
    }
    // Its name goes before what is asked: nobody may speak as a user of the bus (rule S1).
    if roles::role(&token.name).is_some() {
        tracing::error!(
            name = token.name,
            "an access token has the name of a user of the bus"
        );
        return Err(unauthorized("the access token is unknown"));
    }
    match token.role() {
        AccessRole::Viewer | AccessRole::Editor | AccessRole::Admin => Ok(Holder(token)),
        AccessRole::Unspecified => Err(forbidden("the access token may do nothing")),
    }
}

impl Holder {
    /// Its name: who asks.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    pub(crate) fn role(&self) -> AccessRole {
        self.0.role()
    }

    /// The one project that it opens. Empty: all.
    pub(crate) fn own(&self) -> &str {
        &self.0.project
    }

    /// Whether it opens a project.
    pub(crate) fn opens(&self, project: &str) -> bool {
        self.opens_all() || self.own() == project
    }

    /// Whether it opens all projects, and what belongs to none.
    pub(crate) fn opens_all(&self) -> bool {
        self.own().is_empty()
    }

    #[cfg(test)]
    pub(crate) fn of(token: AccessToken) -> Self {
        Self(Arc::new(token))
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}

pub(crate) fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, detail)
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    fn judged(change: impl FnOnce(&mut AccessToken)) -> Result<Holder, u16> {
        let mut token = AccessToken {
            name: "ci".into(),
            role: AccessRole::Viewer.into(),
            expires_at: Some(Timestamp::from_seconds(11)),
            ..Default::default()
        };
        change(&mut token);
        judge(Arc::new(token), Timestamp::from_seconds(10))
            .map_err(|problem| problem.status_code().as_u16())
    }

    #[test]
    fn a_token_opens_until_it_ends() {
        assert!(judged(|_| {}).is_ok());
        assert!(judged(|token| token.expires_at = None).is_ok());
        let ended = judged(|token| token.expires_at = Some(Timestamp::from_seconds(10)));
        assert_eq!(ended.unwrap_err(), 401);
    }

    #[test]
    fn s1_nobody_speaks_as_a_user_of_the_bus_or_without_a_role() {
        let named = judged(|token| token.name = "operator".into());
        assert_eq!(named.unwrap_err(), 401);
        let without = judged(|token| token.role = AccessRole::Unspecified.into());
        assert_eq!(without.unwrap_err(), 403);
        // A role of a later version is none here.
        assert_eq!(judged(|token| token.role = 77).unwrap_err(), 403);
    }
}
