//! What may stand behind the `?`, and in a path.

use sluice_events::v1::{AccessRole, ConnectionStatus};
use sluice_registry::Words;

use crate::records::STATES;

/// One parameter.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) shape: Shape,
    /// Who may give it, beyond who may ask at all.
    pub(crate) role: AccessRole,
}

/// What its value looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// The name of something: a DNS label.
    Name,
    /// A number from 1 to this.
    Number(u32),
    /// A number that only grows.
    Sequence,
    /// Where a list by project and name goes on.
    Place,
    /// RFC 3339.
    Time,
    /// 4 to 64 hexadecimal digits.
    Sha,
    /// A kind of event, with its action or without.
    EventKind,
    /// Full name of a branch or a tag.
    Ref,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static Words<ConnectionStatus>),
}

const fn parameter(name: &'static str, shape: Shape, about: &'static str) -> Parameter {
    Parameter {
        name,
        about,
        shape,
        role: AccessRole::Viewer,
    }
}

pub(crate) static PROJECT: Parameter = parameter(
    "project",
    Shape::Name,
    "Name of a project. Left out: the one that the access token opens; for one that opens all it is `default`, and all of them in lists.",
);
pub(crate) static HOST: Parameter = parameter("host", Shape::Text, "Name of a host.");
pub(crate) static REPOSITORY: Parameter = parameter(
    "repository",
    Shape::Text,
    "Name of a registered repository, or the full name of any.",
);
pub(crate) static AFTER: Parameter = parameter(
    "after",
    Shape::Place,
    "What the page before gives as `next`.",
);
pub(crate) static AFTER_SEQUENCE: Parameter = parameter(
    "after",
    Shape::Sequence,
    "What the page before gives as `next`.",
);
pub(crate) static CURSOR: Parameter = parameter(
    "cursor",
    Shape::Text,
    "What the page before gives as `next`.",
);
pub(crate) static LIMIT: Parameter = parameter(
    "limit",
    Shape::Number(200),
    "How many a page has at most; 50 if it is left out.",
);
pub(crate) static LIMIT_OF_MANY: Parameter = parameter(
    "limit",
    Shape::Number(1000),
    "How many a page has at most; 50 if it is left out.",
);
pub(crate) static SINCE: Parameter = parameter("since", Shape::Time, "Not before this time.");
pub(crate) static UNTIL: Parameter = parameter("until", Shape::Time, "Before this time.");
pub(crate) static BRANCH: Parameter = parameter("branch", Shape::Text, "Short name of a branch.");
pub(crate) static AUTHOR: Parameter = parameter(
    "author",
    Shape::Text,
    "Part of an author's name or address.",
);
pub(crate) static PATH: Parameter =
    parameter("path", Shape::Text, "A file or folder that was changed.");
pub(crate) static TEXT: Parameter = parameter("text", Shape::Text, "Words of the message.");
pub(crate) static SHA: Parameter = parameter("sha", Shape::Sha, "The beginning of a commit's id.");
pub(crate) static KIND: Parameter = parameter(
    "kind",
    Shape::EventKind,
    "Kind of event, such as `branch` or `branch.updated`.",
);
pub(crate) static REF: Parameter = parameter(
    "ref",
    Shape::Ref,
    "Full name of a ref, `refs/heads/…` or `refs/tags/…`.",
);
pub(crate) static STATUS: Parameter = parameter(
    "status",
    Shape::Word(&STATES),
    "How a repository stands with its host.",
);
pub(crate) static NAME_PART: Parameter = parameter(
    "q",
    Shape::Text,
    "Part of its name; of a repository, of its full name as well, or its address.",
);
pub(crate) static FORCE: Parameter = Parameter {
    role: AccessRole::Admin,
    ..parameter(
        "force",
        Shape::Flag,
        "Remove it here even if the host refuses to remove its webhook; for admins.",
    )
};
pub(crate) static DRY_RUN: Parameter = parameter(
    "dryRun",
    Shape::Flag,
    "Write nothing, and say what would change.",
);
pub(crate) static SET: Parameter = parameter(
    "set",
    Shape::Name,
    "Name of the set that all of it is part of.",
);
pub(crate) static PRUNE: Parameter = parameter(
    "prune",
    Shape::Flag,
    "Remove what the same set declared before and does not declare now.",
);
