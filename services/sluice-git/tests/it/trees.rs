//! Trees that mean ill: nothing of them is ever a file, and what they say is told byte by byte or refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use sluice_git::GitProblem;
use sluice_test_support::{GitRepository, GitServer, git::git_with_input};

use crate::{
    crafted::{self, BLOB, COMMIT, TREE, tree},
    oracle,
    site::Site,
};

/// Names that have led programs to write where they should not.
const NAMES: &[&[u8]] = &[
    b".git",
    b".GIT",
    b".Git",
    b"git~1",
    b"GIT~1",
    b".git ",
    b".git.",
    b".git...",
    b".git::$INDEX_ALLOCATION",
    b".git\\hooks",
    b".g\xe2\x80\x8cit",
    b"\xef\xbb\xbf.git",
    b"..",
    b".",
    b"...",
    b".gitmodules",
    b".gitattributes",
    b"hooks",
    b"config",
    b"HEAD",
    b"packed-refs",
    b"objects",
    b"con",
    b"nul.txt",
    b"a:b",
    b"C:\\x",
    b"..\\..\\x",
    b"-rf",
    b"$(id)",
    b"`id`",
    b"a\nb",
    b"a\tb",
    b"a\rb",
    b"\x1b[31m",
    b"\xff\xfe",
    b"~",
    b" ",
    b"%2e%2e%2f",
];

/// Modes of entries: a file, a program, a link, a folder's and a submodule's with nothing behind it, and some that are none.
const MODES: &[&str] = &[
    "100644", "100755", "120000", "160000", "100666", "0", "777777",
];

fn object(web: &GitRepository, kind: &str, content: &[u8]) -> String {
    let arguments = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
    git_with_input(web.path(), &arguments, content)
}

fn commit(web: &GitRepository, branch: &str, tree: &str) -> String {
    let text = format!("tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n");
    let commit = object(web, "commit", text.as_bytes());
    web.point(&format!("refs/heads/{branch}"), &commit);
    commit
}

/// Many objects, that are put into a repository at once.
#[derive(Default)]
struct Made {
    objects: BTreeMap<String, Vec<u8>>,
    refs: String,
}

impl Made {
    fn object(&mut self, kind: u8, content: &[u8]) -> String {
        let oid = crafted::oid(kind, content);
        self.objects
            .insert(oid.clone(), crafted::whole(kind, content));
        oid
    }

    fn branch(&mut self, name: String, tree: &str) {
        let commit = self.object(COMMIT, &crafted::commit(tree));
        writeln!(self.refs, "create refs/heads/{name} {commit}").unwrap();
    }

    fn put_into(self, web: &GitRepository) {
        let objects: Vec<_> = self.objects.into_values().collect();
        git_with_input(
            web.path(),
            &["index-pack", "--stdin"],
            &crafted::pack(&objects),
        );
        git_with_input(web.path(), &["update-ref", "--stdin"], self.refs.as_bytes());
    }
}

/// Everything below a folder with its content, but for the mirror's objects.
fn seen(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut all = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_str().unwrap().to_owned();
            let found = path.symlink_metadata().unwrap();
            assert!(found.is_dir() || found.is_file(), "{name} is neither");
            match found.is_dir() {
                true if name.ends_with("/objects") => {}
                true => {
                    all.insert((name, Vec::new()));
                    folders.push(path);
                }
                false => drop(all.insert((name, std::fs::read(path).unwrap()))),
            }
        }
    }
    all
}

/// A site in a folder with something to lose.
fn site(web: &GitRepository) -> Site {
    let site = Site::of(web.url());
    let folder = site.folder.path();
    std::fs::create_dir(folder.join("hooks")).unwrap();
    for name in ["x", "config", "hooks/post-checkout", "b"] {
        std::fs::write(folder.join(name), "mine").unwrap();
    }
    site
}

/// That a mirror has its own files and no others, and that nothing around it changed.
fn check_files(site: &Site, before: &BTreeSet<(String, Vec<u8>)>) {
    let after = seen(site.folder.path());
    let mirror = site.mirror().to_str().unwrap().to_owned();
    let of_mirror = |name: &str| {
        let rest = name.strip_prefix(&mirror)?;
        let known = [
            "",
            ".lock",
            "/HEAD",
            "/config",
            "/packed-refs",
            "/refs",
            "/damaged",
        ];
        known.contains(&rest).then_some(())
    };
    let others = after.iter().filter(|(name, _)| of_mirror(name).is_none());
    assert_eq!(others.cloned().collect::<BTreeSet<_>>(), *before);
    let config = std::fs::read_to_string(site.mirror().join("config")).unwrap();
    assert!(
        config.starts_with("[core]\n") && !config.contains("hooks"),
        "{config}"
    );
}

#[tokio::test]
async fn names_are_told_and_nothing_is_written() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let (mut made, mut wanted) = (Made::default(), BTreeSet::new());
    let blob = made.object(BLOB, b"../../../../x");
    for (number, name) in NAMES.iter().enumerate() {
        for mode in MODES {
            let one = made.object(TREE, &tree(mode, name, &blob));
            made.branch(format!("b{number}-{mode}"), &one);
        }
        // As a folder, one in another, with a file in it.
        let inner = made.object(TREE, &tree("100644", b"x", &blob));
        let outer = made.object(TREE, &tree("40000", name, &inner));
        let top = made.object(TREE, &tree("40000", name, &outer));
        made.branch(format!("d{number}"), &top);
        wanted.insert(name.to_vec());
        wanted.insert([*name, b"/", *name, b"/x"].concat());
    }
    made.put_into(&web);
    let mut site = site(&web);
    let before = seen(site.folder.path());
    let all = site.sync().await;
    check_files(&site, &before);
    let paths = all
        .commits()
        .flat_map(|commit| &commit.paths.as_ref().unwrap().paths);
    let told: BTreeSet<_> = paths
        .map(|path| oracle::raw(&path.path, &path.path_raw))
        .collect();
    assert_eq!(told, wanted);
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
}

#[tokio::test]
async fn links_and_submodules_lead_nowhere() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let hook = object(&web, "blob", b"#!/bin/sh\ntouch /tmp/owned\n");
    let link = object(&web, "blob", b"../hooks");
    let modules = "[submodule \"../../x\"]\n\tpath = a\n\turl = --upload-pack=touch owned\n\tupdate = !touch owned\n";
    let modules = object(&web, "blob", modules.as_bytes());
    let folder = object(&web, "tree", &tree("100755", b"post-checkout", &hook));
    // A link and a folder of one name, by which files get behind the link.
    let both = [tree("120000", b"a", &link), tree("40000", b"A", &folder)].concat();
    let twice = [tree("120000", b"a", &link), tree("40000", b"a", &folder)].concat();
    let submodule = [
        tree("100644", b".gitmodules", &modules),
        tree("160000", b"a", &"1".repeat(40)),
    ]
    .concat();
    let linked = tree("120000", b".gitmodules", &link);
    let attributes = object(
        &web,
        "blob",
        b"* filter=x diff=x merge=x working-tree-encoding=x\n",
    );
    let attributes = tree("100644", b".gitattributes", &attributes);
    for (number, one) in [both, twice, submodule, linked, attributes]
        .iter()
        .enumerate()
    {
        commit(&web, &format!("b{number}"), &object(&web, "tree", one));
    }
    let mut site = site(&web);
    let before = seen(site.folder.path());
    assert_eq!(site.sync().await.shas().len(), 5);
    check_files(&site, &before);
    assert!(!Path::new("/tmp/owned").exists());
}

#[tokio::test]
async fn trees_without_end_are_cut_and_said_to_be() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let blob = object(&web, "blob", b"x");
    // Deeper than any path is long; and one that is small and has 10^10 files.
    let mut deep = String::new();
    let mut names = BTreeSet::new();
    for depth in 0..600 {
        writeln!(
            deep,
            "M 100644 inline {}x\ndata 1\n{}",
            "d/".repeat(depth),
            depth % 10
        )
        .unwrap();
    }
    web.import(&format!(
        "commit refs/heads/deep\ncommitter A <a@b> 1 +0000\ndata 1\nm\n{deep}"
    ));
    let mut wide = object(&web, "tree", &tree("100644", b"x", &blob));
    for _ in 0..10 {
        let ten = (0..10).map(|number: usize| tree("40000", number.to_string().as_bytes(), &wide));
        wide = object(&web, "tree", &ten.collect::<Vec<_>>().concat());
    }
    names.insert(commit(&web, "wide", &wide));
    names.insert(web.tip("deep"));
    let mut site = site(&web);
    let all = site.sync().await;
    for record in all.commits().filter(|commit| names.contains(&commit.sha)) {
        let paths = record.paths.as_ref().unwrap();
        assert_eq!(paths.extent(), sluice_events::v1::PathsExtent::Truncated);
        assert!(paths.paths.len() <= 3000);
    }
}

#[tokio::test]
async fn what_is_no_tree_is_a_clear_failure() {
    let blob = crafted::oid(BLOB, b"x");
    for (what, broken) in [
        ("cut", tree("100644", b"a", &blob)[..20].to_vec()),
        ("no mode", tree("", b"a", &blob)),
        ("no number", tree("rwxrwx", b"a", &blob)),
        ("text", b"this is no tree".to_vec()),
    ] {
        let server = GitServer::start();
        let web = server.repository("acme/web");
        object(&web, "blob", b"x");
        commit(&web, "main", &object(&web, "tree", &broken));
        let site = site(&web);
        let before = seen(site.folder.path());
        match site.try_sync(&[]).await {
            // The server's own Git does not send what it cannot read.
            Err(error) => {
                let clear = [
                    GitProblem::Remote,
                    GitProblem::Corrupt,
                    GitProblem::Local,
                    GitProblem::Network,
                ];
                assert!(clear.contains(&error.problem), "{what}: {error}");
            }
            Ok(all) => panic!("{what}: {all:?}"),
        }
        check_files(&site, &before);
    }
}
