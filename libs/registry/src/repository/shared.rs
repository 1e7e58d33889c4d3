//! Repositories of which the webhook of another endpoint tells.

use sluice_events::v1::{self, WebhookKind};

use crate::{Problem, label};

/// Whether an endpoint is the one whose webhook is to tell of a repository.
pub fn tells_of(endpoint: &v1::Endpoint, repository: &v1::RegisteredRepository) -> bool {
    repository.webhook() == WebhookKind::Shared
        && repository.project == endpoint.project
        && repository.shared_endpoint == endpoint.name
}

/// Which endpoint it is stands there if, and only if, one is shared. Whether it is there, the connector says: it may be
/// declared later.
pub(super) fn check(repository: &v1::RegisteredRepository) -> Option<Problem> {
    let place = "spec.sharedEndpoint";
    match (repository.webhook(), repository.shared_endpoint.as_str()) {
        (WebhookKind::Shared, "") => Some(Problem::new(
            place,
            "it does not say whose webhook tells of it",
            "name an endpoint of the same project, or say another `webhook`",
        )),
        (WebhookKind::Shared, name) => label::check(place, name),
        (_, "") => None,
        (_, _) => Some(Problem::new(
            place,
            "only a repository with `webhook: shared` has one",
            "leave it out, or say `webhook: shared`",
        )),
    }
}
