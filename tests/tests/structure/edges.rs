//! Who uses whom among our crates. `edges.txt` beside this file is how it is; `make docs` writes it anew.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{root, said};

/// The crates that may name the client of NATS: the bus, and the benchmark that measures what it costs.
const KNOW_NATS: &[&str] = &["sluice-bus", "sluice-tests"];

/// A crate and what it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Crate {
    name: String,
    /// Whether it is a service.
    service: bool,
    /// Packages of any kind that it names, but for its tests.
    uses: Vec<String>,
    /// Packages that its tests name besides.
    tests_use: Vec<String>,
}

#[test]
fn generated_edges_among_our_crates_are_the_checked_in_ones() {
    let path = root().join("tests/tests/structure/edges.txt");
    let wanted = page(&crates());
    if update() {
        return fs::write(&path, wanted).unwrap();
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        present,
        wanted,
        "an edge among our crates is new or gone; if that is meant, `make docs` writes {}",
        path.display()
    );
}

#[test]
fn no_edge_breaks_the_rules() {
    assert_eq!(broken(&crates()), Vec::<String>::new());
}

#[test]
fn a_planted_edge_is_found() {
    for (name, service, uses, found) in [
        ("sluice-gateway", true, "sluice-api", "no service"),
        ("sluice-gateway", true, "async-nats", "only the bus"),
        ("sluice-daemon", false, "sluice-bus", "knows no bus"),
        ("sluice-bus", false, "sluice-gateway", "no library"),
        ("sluice-bus", false, "sluice-test-support", "tests alone"),
    ] {
        let ours = |name: &str, service| Crate {
            name: name.into(),
            service,
            uses: Vec::new(),
            tests_use: Vec::new(),
        };
        let mut planted = ours(name, service);
        planted.uses.push(uses.into());
        let mut others = vec![planted, ours("sluice-api", true)];
        if name != "sluice-gateway" {
            others.push(ours("sluice-gateway", true));
        }
        let broken = broken(&others);
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains(found), "{broken:?}");
    }
}

fn broken(crates: &[Crate]) -> Vec<String> {
    let mut broken = Vec::new();
    let is_service = |name: &String| crates.iter().any(|one| one.service && one.name == *name);
    for Crate {
        name,
        service,
        uses,
        tests_use,
    } in crates
    {
        let mut unless = |holds: bool, rule: &str| {
            if !holds {
                broken.push(format!("{name}: {rule}"));
            }
        };
        let uses_service = uses.iter().any(is_service);
        unless(
            !uses_service || !service || name == "sluice",
            "no service uses another, but for the command",
        );
        unless(!uses_service || *service, "no library uses a service");
        unless(
            !uses
                .iter()
                .chain(tests_use)
                .any(|used| used == "async-nats")
                || KNOW_NATS.contains(&name.as_str()),
            "only the bus names the client of NATS",
        );
        unless(
            name != "sluice-daemon" || !uses.iter().any(|used| used == "sluice-bus"),
            "the daemon knows no bus",
        );
        unless(
            name == "sluice-tests" || !uses.iter().any(|used| used == "sluice-test-support"),
            "what supports tests is for tests alone",
        );
    }
    broken
}

/// A line for each crate: what it uses of ours, and what its tests use besides.
fn page(crates: &[Crate]) -> String {
    let ours = |used: &&String| crates.iter().any(|one| one.name == **used);
    let list = |used: &[String]| {
        let ours: Vec<_> = used.iter().filter(ours).map(String::as_str).collect();
        ours.join(" ")
    };
    let mut lines = String::new();
    for one in crates {
        let line = format!("{}: {}", one.name, list(&one.uses));
        lines.push_str(line.trim_end());
        let tests_use = list(&one.tests_use);
        if !tests_use.is_empty() {
            lines.push_str(&format!(" (tests: {tests_use})"));
        }
        lines.push('\n');
    }
    lines
}

fn crates() -> Vec<Crate> {
    let arguments = [
        "metadata",
        "--offline",
        "--no-deps",
        "--format-version",
        "1",
    ];
    let metadata: Value = serde_json::from_str(&said(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let mut crates: Vec<_> = packages.iter().map(read).collect();
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    crates
}

fn read(package: &Value) -> Crate {
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let mut used: BTreeMap<bool, Vec<String>> = BTreeMap::new();
    for dependency in package["dependencies"].as_array().unwrap() {
        let for_tests = dependency["kind"] == "dev";
        let name = dependency["name"].as_str().unwrap().to_owned();
        used.entry(for_tests).or_default().push(name);
    }
    let mut of = |for_tests| {
        let mut names = used.remove(&for_tests).unwrap_or_default();
        names.sort();
        names.dedup();
        names
    };
    Crate {
        name: package["name"].as_str().unwrap().to_owned(),
        service: manifest.starts_with(root().join("services")),
        uses: of(false),
        tests_use: of(true),
    }
}

fn update() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one setting of this test, given by make"
    )]
    let update = std::env::var_os("UPDATE_GENERATED");
    update.is_some_and(|value| value == "1")
}
