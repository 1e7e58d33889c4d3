//! Who depends on whom among our crates, and who may name what of others.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{root, said_by};

/// Libraries that no service may be built with.
const FOR_TESTS: &[&str] = &["libs/test-support", "libs/fake-hosts"];

/// One of our crates.
struct Package {
    name: String,
    /// Its folder below the top: `libs/bus`.
    folder: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    ours: bool,
    for_tests: bool,
}

#[test]
fn generated_edges_are_current() {
    let path = root().join("tests/tests/structure/edges.txt");
    let (present, edges) = (
        fs::read_to_string(&path).unwrap_or_default(),
        edges(&packages()),
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "the setting of tests that write files, given by make"
    )]
    let update = std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1");
    if update {
        return fs::write(path, edges).unwrap();
    }
    assert_eq!(present, edges, "if it is meant to be so, run `make docs`");
}

#[test]
fn services_depend_on_libraries_and_never_on_each_other() {
    let packages = packages();
    let folder_of = |name: &str| {
        packages
            .iter()
            .find(|package| package.name == name)
            .map(|package| package.folder.as_str())
    };
    for package in &packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.ours)
        {
            let of = folder_of(&dependency.name).unwrap();
            let (from, to) = (&package.folder, &dependency.name);
            // A service's tests may run the one that it asks.
            let may = from == "services/sluice" || dependency.for_tests;
            assert!(!of.starts_with("services/") || may, "{from} on {to}");
            assert!(of != "tests", "{from} on {to}");
            let for_tests =
                dependency.for_tests || from == "tests" || FOR_TESTS.contains(&from.as_str());
            assert!(!FOR_TESTS.contains(&of) || for_tests, "{from} on {to}");
        }
    }
}

#[test]
fn the_pure_and_the_general_stay_so() {
    let packages = packages();
    let reach = |name: &str| {
        let package = packages
            .iter()
            .find(|package| package.name == name)
            .unwrap();
        let real = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.ours && !dependency.for_tests);
        real.map(|dependency| dependency.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(reach("sluice-events"), Vec::<String>::new());
    assert_eq!(reach("sluice-providers"), ["sluice-events"]);
    assert!(!reach("sluice-daemon").contains(&"sluice-bus".to_owned()));
    assert!(!reach("sluice-registry").contains(&"sluice-bus".to_owned()));
}

#[test]
fn only_those_who_may_name_nats_and_libgit2() {
    for (foreign, allowed) in [
        // The tests' crate measures Sluice beside a bare client.
        ("async-nats", ["sluice-bus", "sluice-tests"].as_slice()),
        ("git2", &["sluice-git-child"]),
        ("libgit2-sys", &["sluice-git-child"]),
    ] {
        for package in packages() {
            let names_it = package
                .dependencies
                .iter()
                .any(|dependency| dependency.name == foreign);
            assert!(
                !names_it || allowed.contains(&package.name.as_str()),
                "{} on {foreign}",
                package.name
            );
        }
    }
}

/// A line for each crate: what it depends on, then what only its tests depend on.
fn edges(packages: &[Package]) -> String {
    let mut lines = BTreeMap::new();
    for package in packages {
        let names = |for_tests| {
            let ours = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.ours && dependency.for_tests == for_tests);
            let mut names: Vec<_> = ours.map(|dependency| dependency.name.as_str()).collect();
            names.sort_unstable();
            names.join(", ")
        };
        let mut line = format!("{} ({}): {}", package.name, package.folder, names(false));
        let for_tests = names(true);
        if !for_tests.is_empty() {
            line.push_str(&format!("; for tests {for_tests}"));
        }
        lines.insert(package.folder.clone(), line.trim_end().to_owned());
    }
    lines.into_values().collect::<Vec<_>>().join("\n") + "\n"
}

fn packages() -> Vec<Package> {
    let arguments = [
        "metadata",
        "--offline",
        "--no-deps",
        "--format-version",
        "1",
    ];
    let metadata: Value = serde_json::from_str(&said_by(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let manifest = text(&package["manifest_path"]);
    let folder = Path::new(&manifest).parent().unwrap();
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    Package {
        name: text(&package["name"]),
        folder: folder
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned(),
        dependencies: dependencies
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                ours: dependency["path"].is_string(),
                for_tests: dependency["kind"] == "dev",
            })
            .collect(),
    }
}
