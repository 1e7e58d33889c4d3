//! GitHub's log of deliveries.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;

use super::{GitHubApi, hooks_of};
use crate::{
    ApiError, Deliveries, HostDelivery, Place, names,
    wire::{Id, Moment, Words},
};

#[derive(Deserialize)]
struct Delivery {
    id: Id,
    guid: Words,
    delivered_at: Moment,
    status: Words,
    status_code: u16,
}

impl Delivery {
    fn described(self) -> HostDelivery {
        HostDelivery {
            id: self.id.0,
            guid: self.guid.0,
            at: self.delivered_at.0,
            // Where there was no answer, it is 0.
            status_code: (self.status_code > 0).then_some(self.status_code),
            ok: (200..=299).contains(&self.status_code),
            said: self.status.0,
        }
    }
}

impl Deliveries for GitHubApi {
    fn recent<'a>(
        &'a self,
        place: &'a Place,
        hook: &'a str,
    ) -> BoxFuture<'a, Result<Vec<HostDelivery>, ApiError>> {
        async move {
            let route = hooks_of(place, &[names::id(hook)?, "deliveries"])?;
            let log: Vec<Delivery> = self.session.get(route.with("per_page", "100")).await?;
            Ok(log.into_iter().map(Delivery::described).collect())
        }
        .boxed()
    }
}
