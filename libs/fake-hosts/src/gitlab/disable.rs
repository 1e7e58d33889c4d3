//! Hooks that fail are left alone: for a time, then for good.

use std::time::Duration;

use crate::{
    Delivery, Kind,
    clock::later,
    state::{Hook, State},
};

/// So many failures in a row are borne.
const BORNE: u32 = 3;

/// With this one it is for good.
const LAST: u32 = 40;

/// The first time; it doubles with every failure.
const FIRST: Duration = Duration::from_secs(60);

/// The longest time.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What a delivery's answer does to its hook. A success makes everything good again.
pub(crate) fn judge(state: &mut State, delivery: &Delivery) {
    let (now, version) = (state.now(), state.version);
    let success = Kind::GitLab.takes_for_success(delivery.status);
    let refused = delivery
        .status
        .is_some_and(|status| (400..500).contains(&status));
    let mut hooks = state.hooks.iter_mut();
    let Some(hook) = hooks.find(|hook| hook.id == delivery.hook) else {
        return;
    };
    if success {
        hook.failures = 0;
        hook.disabled_until = None;
        hook.active = true;
        return;
    }
    hook.failures += 1;
    // Until 17 whoever was refused so often was never heard again.
    let for_good = hook.failures >= LAST || version < (18, 0) && refused && hook.failures > BORNE;
    if for_good {
        hook.active = false;
        hook.disabled_until = None;
    } else if hook.failures > BORNE {
        let doubled = FIRST.saturating_mul(1 << (hook.failures - BORNE - 1).min(20));
        hook.disabled_until = Some(later(now, doubled.min(LONGEST)));
    }
}

impl State {
    /// As the API tells it.
    pub(super) fn alert_status(&self, hook: &Hook) -> &'static str {
        let now = self.now();
        match hook.disabled_until {
            _ if !hook.active => "disabled",
            Some(until) if until > now => "temporarily_disabled",
            _ => "executable",
        }
    }
}
