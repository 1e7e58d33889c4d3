//! How long a webhook is used: as many days as its repository's record says.

use std::time::Duration;

use sluice_events::{
    Timestamp,
    v1::{Connection, Hook, RegisteredRepository},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes when another one takes the place of the webhook.
pub(crate) fn note(connection: &mut Connection, repository: &RegisteredRepository) {
    if let Some(hook) = &mut connection.hook {
        let days = repository.webhook_days;
        let installed = hook.installed_at.filter(|_| days > 0);
        hook.expires_at = installed.map(|at| at.plus(DAY.saturating_mul(days)));
    }
}

/// Until when it was to be used, if that is over.
pub(crate) fn is_over(hook: &Hook) -> Option<Timestamp> {
    hook.expires_at.filter(|until| *until <= Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(installed: Option<i64>, days: u32) -> Hook {
        let hook = Hook {
            installed_at: installed.map(Timestamp::from_seconds),
            expires_at: Some(Timestamp::from_seconds(1)),
            ..Hook::default()
        };
        let mut connection = Connection {
            hook: Some(hook),
            ..Connection::default()
        };
        let repository = RegisteredRepository {
            webhook_days: days,
            ..RegisteredRepository::default()
        };
        note(&mut connection, &repository);
        connection.hook.unwrap()
    }

    #[test]
    fn k5_a_webhook_is_used_for_as_many_days_as_are_declared() {
        let now = Timestamp::now().seconds;
        let young = noted(Some(now - 86_400), 2);
        assert_eq!(
            young.expires_at,
            Some(Timestamp::from_seconds(now + 86_400))
        );
        assert_eq!(is_over(&young), None);
        let old = noted(Some(now - 86_400), 1);
        assert_eq!(is_over(&old), old.expires_at);
        // What nobody has bounded, and what is not known to have been installed.
        assert_eq!(noted(Some(0), 0).expires_at, None);
        assert_eq!(noted(None, 1).expires_at, None);
    }
}
