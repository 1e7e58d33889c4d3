//! Who asks: the holder of an access token, and which project that opens.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{StatusCode, header::AUTHORIZATION},
    web::Data,
};
use sluice_bus::roles;
use sluice_daemon::access::bearer;
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};
use sluice_registry::DEFAULT_PROJECT;

use crate::{Api, directory::Directory, problem::Problem};

/// Somebody who holds an access token.
#[derive(Debug, Clone)]
pub(crate) struct Holder(Arc<AccessToken>);

impl FromRequest for Holder {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let holder = match request.app_data::<Data<Api>>() {
            Some(api) => authenticate(request, &api.directory),
            None => Err(Problem::unavailable("it is not set up")),
        };
        ready(holder)
    }
}

fn authenticate(request: &HttpRequest, directory: &Directory) -> Result<Holder, Problem> {
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

    /// The project that is asked about: the one that is named, else the one that the token opens, else `default`.
    pub(crate) fn project(
        &self,
        named: Option<&str>,
        directory: &Directory,
    ) -> Result<String, Problem> {
        let own = self.0.project.as_str();
        let project = match (named, own) {
            (Some(named), _) => named,
            (None, "") => DEFAULT_PROJECT,
            (None, own) => own,
        };
        // Before it is looked up, so that nobody learns which projects there are.
        if !own.is_empty() && own != project {
            return Err(forbidden(format!(
                "the access token opens project `{own}` alone"
            )));
        }
        match directory.has_project(project) {
            true => Ok(project.to_owned()),
            false => Err(Problem::missing("project", "there is no such project")),
        }
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
}

fn forbidden(detail: impl Into<String>) -> Problem {
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

    #[test]
    fn a_token_of_one_project_opens_no_other() {
        let directory = Directory::default();
        let of = |project: &str| judged(|token| token.project = project.into()).unwrap();
        let status = |problem: Problem| problem.status_code().as_u16();
        assert_eq!(of("").project(None, &directory), Ok("default".into()));
        assert_eq!(
            of("default").project(None, &directory),
            Ok("default".into())
        );
        let other = of("default").project(Some("payments"), &directory);
        assert_eq!(other.map_err(status), Err(403));
        let gone = of("payments").project(None, &directory);
        assert_eq!(gone.map_err(status), Err(404));
        let none = of("").project(Some("none"), &directory);
        assert_eq!(none.map_err(status), Err(404));
    }
}
