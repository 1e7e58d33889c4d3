//! The environment: `SLUICE_HOOKS_ADDR=:8080`.

use std::collections::BTreeMap;

use super::Problems;
use super::key::variable;
use super::layer::{Layer, Value};
use super::table::{Meaning, Table};

/// An environment, by name of the variable.
pub type Env = BTreeMap<String, String>;

const PREFIX: &str = "SLUICE_";

/// Reads the variables that are ours, and those that keys name besides.
pub(super) fn read(table: &Table, elsewhere: &[&str], env: &Env, problems: &mut Problems) -> Layer {
    let mut layer = Layer::default();
    for (said, value) in env {
        let Some(name) = said.strip_prefix(PREFIX) else {
            continue;
        };
        if value.is_empty() || elsewhere.contains(&said.as_str()) || is_service_link(said, env) {
            continue;
        }
        let name = name.replace('_', "-").to_lowercase();
        match table.find(&name) {
            // Spelled otherwise (`SLUICE_Hooks_addr`) it is a mistake too.
            Some(meaning) if variable(&name) == *said => {
                layer.put(&meaning, said.clone(), Value::Text(value.clone()), problems);
            }
            _ => table.unknown(said, &name, variable, problems),
        }
    }
    for key in table.keys() {
        let Some(said) = key.also else { continue };
        if let Some(value) = env.get(said).filter(|value| !value.is_empty())
            && !layer.found.contains_key(key.name)
        {
            layer.put(
                &Meaning::Value(key),
                said.to_owned(),
                Value::Text(value.clone()),
                problems,
            );
        }
    }
    layer
}

/// Whether Kubernetes put the variable there: for a Service `sluice-gateway` every pod of the
/// namespace gets `SLUICE_GATEWAY_SERVICE_HOST`, `…_SERVICE_PORT`, `…_PORT_8080_TCP_ADDR` and more.
fn is_service_link(said: &str, env: &Env) -> bool {
    said.match_indices("_SERVICE_")
        .chain(said.match_indices("_PORT"))
        .any(|(at, _)| {
            let (service, rest) = said.split_at(at);
            let shaped = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"]
                .iter()
                .any(|start| rest.starts_with(start));
            shaped
                && env.contains_key(&format!("{service}_SERVICE_HOST"))
                && env.contains_key(&format!("{service}_SERVICE_PORT"))
        })
}
