//! What is told is what the `git` command says.

use std::collections::BTreeSet;

use sluice_test_support::{Folder, GitRepository, GitServer, git::everything};

use crate::{oracle, site::Site};

#[tokio::test]
async fn a_first_mirror_over_http() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    everything(&web);
    let mut site = Site::of(web.url());
    let all = site.sync().await;
    oracle::check_all(web.path(), &all);
    assert_eq!(all.refs.head.as_ref().unwrap().short(), "main");
    assert_eq!(all.names()[0], "refs/heads/main");
    oracle::fsck(&site.mirror());
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
}

#[tokio::test]
async fn a_first_mirror_of_a_file() {
    let folder = Folder::new();
    let web = GitRepository::local("web", folder.path());
    everything(&web);
    let mut site = Site::of(web.url());
    oracle::check_all(web.path(), &site.sync().await);
    oracle::fsck(&site.mirror());
}

#[tokio::test]
async fn only_what_is_new_is_told() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    everything(&web);
    let mut site = Site::of(web.url());
    let before = site.sync().await;
    let nothing = site.sync().await;
    assert!(nothing.moves.is_empty());
    oracle::check_refs(web.path(), &nothing);

    let old = oracle::commits(web.path(), &[]);
    web.commit("main", "more", &[("a.txt/inside", "y\n")]);
    web.commit("fresh", "another root", &[("b", "b\n")]);
    web.point("refs/heads/behind", "main~3");
    web.git(&["tag", "-a", "-m", "m", "v2", "main"]);
    let after = site.sync().await;
    oracle::check_refs(web.path(), &after);
    oracle::check_order(&after);
    let new: BTreeSet<_> = oracle::commits(web.path(), &[])
        .difference(&old)
        .cloned()
        .collect();
    assert_eq!(after.shas().into_iter().collect::<BTreeSet<_>>(), new);
    assert_eq!(before.shas().len(), old.len());
    oracle::fsck(&site.mirror());
}

#[tokio::test]
async fn listing_alone_is_the_same() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    everything(&web);
    let site = Site::of(web.url());
    let refs = site.git.ls_remote(&site.remote).await.unwrap();
    let told: Vec<_> = refs
        .refs
        .iter()
        .map(|at| (at.name.as_bytes().to_vec(), at.oid.to_string()))
        .collect();
    assert_eq!(
        told,
        oracle::refs(web.path()).into_iter().collect::<Vec<_>>()
    );
    for at in &refs.refs {
        let peeled = web.git(&["rev-parse", &format!("{}^{{}}", at.oid)]);
        let told = at.peeled.unwrap_or(at.oid);
        assert_eq!(told.to_string(), peeled, "{}", at.name);
    }
    assert_eq!(refs.head.unwrap().lossy(), "refs/heads/main");
}
