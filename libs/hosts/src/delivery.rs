//! What hosts remember of their deliveries.

use futures_util::future::BoxFuture;
use sluice_events::Timestamp;

use crate::{ApiError, Place};

/// One delivery as its host remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostDelivery {
    /// The host's id of this try.
    pub id: String,
    /// What the host sent as the delivery's id; tries of one delivery share it. Empty: it does not say.
    pub guid: String,
    /// When it was.
    pub at: Option<Timestamp>,
    /// The status that it was answered with. `None`: there was no answer.
    pub status_code: Option<u16>,
    /// Whether the host takes it for delivered.
    pub ok: bool,
    /// The host's own words for how it went.
    pub said: String,
}

/// What can be learnt about deliveries.
pub trait Deliveries: Send + Sync {
    /// The last deliveries of a hook, as many as one page of the host holds, newest first.
    fn recent<'a>(
        &'a self,
        place: &'a Place,
        hook: &'a str,
    ) -> BoxFuture<'a, Result<Vec<HostDelivery>, ApiError>>;
}
