//! Whether every endpoint has what it needs.

use sluice_declared::Declared;
use sluice_registry::keys;

use super::Finding;

/// A finding for each that has not; else one for all.
pub(super) fn look(declared: &Declared) -> Vec<Finding> {
    let mut findings = Vec::new();
    for endpoint in declared.snapshot.endpoints() {
        let missing: Vec<_> = endpoint
            .secrets
            .iter()
            .filter(|secret| {
                let (project, name) = (&endpoint.project, &endpoint.name);
                let key = keys::hook_secret(project, name, &secret.id, secret.version);
                !declared.has_value(keys::HOOK_SECRETS, &key)
            })
            .map(|secret| secret.id.as_str())
            .collect();
        let name = format!("{}/{}", endpoint.project, endpoint.name);
        if !missing.is_empty() {
            let says = format!(
                "{name}: the value of secret {} is not there",
                missing.join(", ")
            );
            findings.push(Finding::bad(
                "endpoints",
                says,
                "apply the endpoint again with the secret's value",
            ));
        } else if endpoint.disabled {
            findings.push(Finding::bad(
                "endpoints",
                format!("{name}: disabled"),
                "apply it without `disabled`",
            ));
        }
    }
    if findings.is_empty() {
        let count = declared.snapshot.endpoints().count();
        let fix = if count == 0 {
            "; `sluice apply -f FILE` declares one"
        } else {
            ""
        };
        findings.push(Finding::good("endpoints", format!("{count} declared{fix}")));
    }
    findings
}
