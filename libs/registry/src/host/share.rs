//! Whose share of a host's patience is how large.

use sluice_events::v1;

use crate::problem::{Problem, quoted};

/// The services that call hosts' APIs, with their usual shares in percent. What is left is for people, who use the same
/// tokens.
pub const HOST_SHARES: &[(&str, u32)] =
    &[("connector", 60), ("recoverer", 20), ("token-rotation", 10)];

/// The share of a service in percent; 0 if it calls no host.
#[must_use]
pub fn host_share(host: &v1::Host, service: &str) -> u32 {
    let usual = HOST_SHARES.iter().find(|(name, _)| *name == service);
    let declared = host.shares.get(service).copied();
    declared.unwrap_or_else(|| usual.map_or(0, |(_, percent)| *percent))
}

/// Says what is wrong with the shares of a host.
pub(super) fn check(host: &v1::Host) -> Vec<Problem> {
    let known = |name: &str| HOST_SHARES.iter().any(|(service, _)| *service == name);
    let names: Vec<_> = HOST_SHARES.iter().map(|(service, _)| *service).collect();
    let mut problems: Vec<_> = host
        .shares
        .keys()
        .filter(|name| !known(name))
        .map(|name| {
            let what = format!("{} calls no host", quoted(name));
            Problem::new("spec.shares", what, format!("use {}", names.join(", ")))
        })
        .collect();
    let shares = names.iter().map(|service| host_share(host, service));
    let sum = shares.fold(0, u32::saturating_add);
    if sum > 100 {
        let all = names
            .iter()
            .map(|service| format!("{service} {}", host_share(host, service)));
        let all = all.collect::<Vec<_>>().join(", ");
        problems.push(Problem::new(
            "spec.shares",
            format!("they come to {sum} percent: {all}"),
            "keep the sum, with those that you do not name, to 100",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(shares: &[(&str, u32)]) -> v1::Host {
        let shares = shares
            .iter()
            .map(|(name, percent)| ((*name).into(), *percent));
        v1::Host {
            shares: shares.collect(),
            ..v1::Host::default()
        }
    }

    fn said(shares: &[(&str, u32)]) -> Vec<String> {
        let problems = check(&host(shares));
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn who_is_not_named_has_the_usual_share() {
        let one = host(&[("recoverer", 5)]);
        assert_eq!(host_share(&one, "recoverer"), 5);
        assert_eq!(host_share(&one, "connector"), 60);
        assert_eq!(host_share(&one, "sync"), 0);
        assert!(check(&one).is_empty());
    }

    #[test]
    fn together_they_are_no_more_than_all() {
        assert!(said(&[("connector", 70)]).is_empty());
        let sum = said(&[("connector", 71)]).remove(0);
        assert!(
            sum.contains("101 percent: connector 71, recoverer 20, token-rotation 10"),
            "{sum}"
        );
        let sum = said(&[("connector", u32::MAX)]);
        assert_eq!(sum.len(), 1, "{sum:?}");
    }

    #[test]
    fn who_calls_no_host_has_none() {
        let wrong = said(&[("sync", 1)]).remove(0);
        assert!(
            wrong.contains("`sync` calls no host; use connector, recoverer"),
            "{wrong}"
        );
    }
}
