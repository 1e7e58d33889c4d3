//! Roles as configuration of nats-server.

use std::fmt::Write;

use super::Role;
use crate::{Namespace, topology::Topology};

/// Where a user's password comes from.
pub enum Password<'p> {
    /// From the environment of nats-server: `$SLUICE_NATS_GATEWAY_PASSWORD`.
    Environment,
    /// From this function, by the user's name.
    Given(&'p dyn Fn(&str) -> String),
}

/// The `authorization` block: every role with its rights.
///
/// Nobody gets `allow_responses`: whoever follows a subject would be allowed to answer what is published there, and so
/// to acknowledge in the stream's place.
pub fn server_users(
    roles: &[Role],
    namespace: &Namespace,
    topology: &Topology,
    password: &Password<'_>,
) -> String {
    let mut text = String::from("authorization {\n  users = [\n");
    for role in roles {
        let password = match password {
            Password::Environment => format!(
                "$SLUICE_NATS_{}_PASSWORD",
                role.name.to_ascii_uppercase().replace('-', "_")
            ),
            Password::Given(of) => quoted(&of(role.name)),
        };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "    # {}\n    {{\n      user: {}\n      password: {password}\n      permissions {{\n        publish{}\n        subscribe: [\n{}        ]\n      }}\n    }}\n",
            role.about,
            role.name,
            publish(
                &role.publish(namespace, topology),
                &role.never_publish(namespace)
            ),
            lines(&role.subscribe(namespace)),
        );
    }
    text.push_str("  ]\n}\n");
    text
}

fn publish(allowed: &[String], denied: &[String]) -> String {
    if denied.is_empty() {
        return format!(": [\n{}        ]", lines(allowed));
    }
    format!(
        " {{\n         allow: [\n{}        ]\n         deny: [\n{}        ]\n        }}",
        lines(allowed),
        lines(denied)
    )
}

fn lines(subjects: &[String]) -> String {
    subjects.iter().fold(String::new(), |text, subject| {
        text + "          " + &quoted(subject) + "\n"
    })
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
