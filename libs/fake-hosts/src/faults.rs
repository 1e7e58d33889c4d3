//! What goes wrong between a client and a host, at a chosen call.

use std::time::Duration;

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done; this status, with the body that the host has for it.
    Status(u16),
    /// Nothing is done; the host says that there were too many calls, and when to come again.
    RateLimited {
        /// In whole seconds at least one.
        after: Duration,
    },
    /// It is done at once and answered that much later.
    Slow(Duration),
    /// It is done; the answer says how long it is, and the connection ends in the middle of it. One of status 204 has no
    /// middle.
    HalfAnswer,
    /// The connection is closed once the head has come; the body is not read and nothing is done.
    CutBefore,
    /// It is done, and the connection closed without a word.
    LostAnswer,
    /// Nothing is done; 200 and a page to sign in, as proxies give it.
    Html,
    /// Nothing is done; 302 to the same path at another origin.
    Redirect(String),
    /// Nothing is done; 200 and JSON that does not end for 256 MiB.
    HugeBody,
    /// Nothing is done; 200 and JSON of another shape than any answer's.
    WrongJson,
}

/// A fault and the calls that it is for.
#[derive(Debug, Clone)]
pub struct PlannedFault {
    fault: Fault,
    method: String,
    path: String,
    skip: u32,
    /// `None`: until it is healed.
    left: Option<u32>,
}

impl Fault {
    /// For calls with this method, `*` for any, and this path below the base of the API. In it `*` stands for one part
    /// and `**` at the end for any number: `/repos/*/*/hooks`, `/projects/**`.
    pub fn on(self, method: &str, path: &str) -> PlannedFault {
        PlannedFault {
            method: method.to_owned(),
            path: path.to_owned(),
            ..PlannedFault::from(self)
        }
    }

    /// For every call from now on, until [`crate::FakeHost::heal`].
    pub fn always(self) -> PlannedFault {
        PlannedFault::from(self).always()
    }
}

impl From<Fault> for PlannedFault {
    /// The next call, whichever it is.
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            method: "*".to_owned(),
            path: "/**".to_owned(),
            skip: 0,
            left: Some(1),
        }
    }
}

impl PlannedFault {
    /// The n-th matching call from now, counted from 1, instead of the next.
    #[must_use]
    pub fn nth(mut self, n: u32) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// So many calls in a row instead of one.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }

    /// Until [`crate::FakeHost::heal`].
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method))
            && path_matches(&self.path, path)
    }

    /// Counts a matching call; whether it may be hit.
    fn due(&mut self) -> bool {
        let due = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        due
    }

    fn hit(&mut self) -> Fault {
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.fault.clone()
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut path = path.split('/');
    for part in pattern.split('/') {
        match (part, path.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (part, Some(found)) if part == found => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

/// The faults to come.
#[derive(Default)]
pub(crate) struct Faults(Vec<PlannedFault>);

impl Faults {
    pub(crate) fn plan(&mut self, fault: PlannedFault) {
        self.0.push(fault);
    }

    pub(crate) fn heal(&mut self) {
        self.0.clear();
    }

    /// What happens to this call: of the plans that are due, the one made first. The others wait for the next call.
    pub(crate) fn next(&mut self, method: &str, path: &str) -> Option<Fault> {
        let mut found = None;
        for plan in &mut self.0 {
            if plan.matches(method, path) && plan.due() && found.is_none() {
                found = Some(plan.hit());
            }
        }
        self.0.retain(|plan| plan.left != Some(0));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_part_by_part() {
        for (pattern, path, expected) in [
            ("/**", "/user", true),
            ("/repos/*/*/hooks", "/repos/acme/web/hooks", true),
            ("/repos/*/*/hooks", "/repos/acme/web/hooks/1", false),
            ("/repos/*/*/hooks", "/repos/acme/web", false),
            ("/projects/**", "/projects/acme%2Fweb/hooks", true),
            ("/user", "/users", false),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn only_the_chosen_calls_are_hit() {
        let mut faults = Faults::default();
        faults.plan(Fault::Status(500).on("get", "/user").nth(2).times(2));
        let mut call = |method| faults.next(method, "/user").is_some();
        assert!(!call("GET"));
        assert!(!call("POST"));
        assert!(call("GET"));
        assert!(call("GET"));
        assert!(!call("GET"));
    }

    #[test]
    fn an_outage_lasts_until_it_is_healed() {
        let mut faults = Faults::default();
        faults.plan(Fault::Status(502).always());
        assert!((0..100).all(|_| faults.next("GET", "/user") == Some(Fault::Status(502))));
        faults.heal();
        assert_eq!(faults.next("GET", "/user"), None);
    }
}
