//! Forgejo: Gitea's API under the same paths, with a type of hooks of its own.

use crate::{
    NotOffered,
    gitea::{Dialect, NO_LOG, NO_OWNER_TEST},
};

/// The provider `forgejo`.
pub(crate) static FORGEJO: Dialect = Dialect {
    name: "forgejo",
    hook_type: "forgejo",
    no_log: NotOffered {
        provider: "forgejo",
        ..NO_LOG
    },
    not_offered: &[
        NotOffered {
            provider: "forgejo",
            ..NO_LOG
        },
        NotOffered {
            provider: "forgejo",
            ..NO_OWNER_TEST
        },
    ],
};
