//! Forgejo: Gitea's wire, with headers of its own before Gitea's.
//!
//! Both sets come with every delivery and say the same; versions that still called themselves Gitea send only Gitea's.

use crate::gitea::Dialect;

/// The provider `forgejo`.
pub(crate) static FORGEJO: Dialect = Dialect {
    name: "forgejo",
    signature: &["x-forgejo-signature", "x-gitea-signature"],
    event: &["x-forgejo-event", "x-gitea-event"],
    event_type: &["x-forgejo-event-type", "x-gitea-event-type"],
    delivery: &["x-forgejo-delivery", "x-gitea-delivery"],
    recorded: &[
        "content-type",
        "user-agent",
        "x-forgejo-delivery",
        "x-forgejo-event",
        "x-forgejo-event-type",
        "x-gitea-delivery",
        "x-gitea-event",
        "x-gitea-event-type",
    ],
};
