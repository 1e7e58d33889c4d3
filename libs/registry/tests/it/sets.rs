//! Named sets: which objects were applied together, and what is left out of them.

use sluice_registry::{Manifest, left_out, parse, render};

use crate::fixture::{Registry, document};

/// Some projects as a set.
fn projects(names: &[&str], set: &str) -> String {
    let one = |name: &&str| document("Project", name, "{}");
    let text: String = names.iter().map(one).collect();
    in_set(&text, set)
}

fn in_set(text: &str, set: &str) -> String {
    let mut manifests = parse(text.as_bytes()).unwrap();
    manifests
        .iter_mut()
        .for_each(|manifest| manifest.put_in_set(set));
    render(&manifests).unwrap()
}

fn pruned(registry: &Registry, text: &str, set: &str) -> Vec<String> {
    let manifests: Vec<Manifest> = parse(text.as_bytes()).unwrap();
    let left_out = left_out(set, &manifests, &registry.records);
    left_out.iter().map(ToString::to_string).collect()
}

#[test]
fn an_object_belongs_to_the_set_that_it_was_last_applied_with() {
    let mut registry = Registry::new();
    registry.apply(&projects(&["a"], "one"));
    let set = |registry: &Registry| registry.records.project("a").unwrap().set;
    assert_eq!(set(&registry), "one");
    // Applied alone, it stays in its set, and nothing changes.
    assert_eq!(registry.apply(&projects(&["a"], "")), ["unchanged"]);
    assert_eq!(set(&registry), "one");
    assert_eq!(registry.apply(&projects(&["a"], "two")), ["configured"]);
    assert_eq!(set(&registry), "two");
    let wrong = registry.try_plan(&projects(&["a"], "T w o")).unwrap_err();
    assert!(wrong.to_string().contains("metadata.set"), "{wrong}");
}

#[test]
fn only_what_the_same_set_declared_before_is_left_out() {
    let mut registry = Registry::new();
    registry.apply(&projects(&["a", "b", "c"], "one"));
    registry.apply(&projects(&["d"], "two"));
    registry.apply(&projects(&["e"], ""));
    let now = projects(&["b"], "one");
    assert_eq!(pruned(&registry, &now, "one"), ["Project c", "Project a"]);
    assert_eq!(pruned(&registry, &now, "three"), [""; 0]);
    assert_eq!(pruned(&registry, &now, ""), [""; 0]);
    assert_eq!(left_out("one", &[], &registry.records), []);
}

#[test]
fn every_kind_has_a_set_and_those_who_need_others_go_first() {
    let mut registry = Registry::with_web();
    let all: Vec<_> = registry.records.records().collect();
    let all: Vec<_> = all.iter().map(Manifest::from).collect();
    let hosts = document("Host", "corp", "{provider: gitea, url: 'https://git.corp'}");
    registry.apply(&in_set(&(render(&all).unwrap() + "---\n" + &hosts), "all"));
    let left = pruned(&registry, &projects(&["default"], "all"), "all");
    let kinds: Vec<_> = left
        .iter()
        .map(|object| object.split(' ').next().unwrap())
        .collect();
    let mut expected = kinds.clone();
    expected.sort_by_key(|kind| {
        ["Endpoint", "Repository", "Credential", "Host"]
            .iter()
            .position(|one| one == kind)
    });
    assert_eq!(kinds, expected);
    assert!(
        left.contains(&"Repository default/web".to_owned()),
        "{left:?}"
    );
    assert!(
        left.contains(&"Credential default/bot".to_owned())
            && left.contains(&"Host corp".to_owned())
    );
}
