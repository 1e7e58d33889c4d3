//! A new hook at GitLab, with the strongest secret that this version knows.

use serde::Serialize;
use sluice_events::v1::SecretKind;
use sluice_registry::Plaintext;

use super::{Described, events, of_group};
use crate::{
    ApiError, Installed, NewHook, Place,
    client::{Answer, Call},
    error::problem,
    gitlab::{GitLabApi, hooks_of},
    hook::{no_secret, undo},
};

#[derive(Serialize)]
struct Wanted<'a> {
    url: &'a str,
    enable_ssl_verification: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_token: Option<&'a str>,
    #[serde(flatten)]
    events: Events,
}

/// Each by its name: true.
struct Events(&'static [&'static str]);

impl Serialize for Events {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|event| (event, true)))
    }
}

impl GitLabApi {
    /// With the signing token first. Whoever does not know those ignores it, and is given the secret token.
    pub(super) async fn install_hook(
        &self,
        place: &Place,
        hook: &NewHook,
    ) -> Result<Installed, ApiError> {
        let first = [SecretKind::Signing, SecretKind::Token];
        let first = first.into_iter().find(|kind| hook.secret(*kind).is_some());
        let first = first.ok_or_else(|| no_secret("signing or token"))?;
        let call = Call::create(hooks_of(place, &[])?);
        let answer = self.session.call(wanted(call, place, hook, first)?).await;
        let answer = answer.map_err(|error| of_group(place, error))?;
        let made: Described = answer.json()?;
        let id = made.id.0.clone();
        let done = match has(&made, first) {
            true => Ok(installed(made, first)),
            false => self.with_token(place, hook, first, &answer, &id).await,
        };
        match done {
            Ok(done) => Ok(done),
            Err(error) => Err(undo(self, place, &id, error).await),
        }
    }

    /// Gives the secret token to a hook that was made without a secret.
    async fn with_token(
        &self,
        place: &Place,
        hook: &NewHook,
        first: SecretKind,
        answer: &Answer,
        id: &str,
    ) -> Result<Installed, ApiError> {
        if first == SecretKind::Token {
            return Err(answer.not_understood("the hook has no secret"));
        }
        if hook.secret(SecretKind::Token).is_none() {
            return Err(problem!(
                Refused,
                "this GitLab knows no signing tokens, which begin with version 19.0, and there is no secret of the kind token"
            ));
        }
        let call = Call::put(hooks_of(place, &[id])?);
        let call = wanted(call, place, hook, SecretKind::Token)?;
        let answer = self.session.call(call).await?;
        let made: Described = answer.json()?;
        match has(&made, SecretKind::Token) {
            true => Ok(installed(made, SecretKind::Token)),
            false => Err(answer.not_understood("the hook has no secret")),
        }
    }
}

fn wanted(call: Call, place: &Place, hook: &NewHook, kind: SecretKind) -> Result<Call, ApiError> {
    let secret = hook.secret(kind).map(Plaintext::expose).unwrap_or_default();
    let text = std::str::from_utf8(secret);
    let text = text.map_err(|_| problem!(Refused, "the hook's secret is not UTF-8"))?;
    let wanted = Wanted {
        url: &hook.url,
        enable_ssl_verification: true,
        token: (kind == SecretKind::Token).then_some(text),
        signing_token: (kind == SecretKind::Signing).then_some(text),
        events: Events(events(place.sort())),
    };
    let call = call.with(&wanted)?;
    Ok(call.hiding_address(&hook.url).hiding(secret))
}

fn installed(made: Described, secret: SecretKind) -> Installed {
    Installed {
        hook: made.hook(),
        secret,
    }
}

/// Whether the host took it. Versions that do not say have the secret token since ever.
fn has(made: &Described, kind: SecretKind) -> bool {
    match kind {
        SecretKind::Signing => made.signing_token_present == Some(true),
        _ => made.token_present != Some(false),
    }
}
