//! The server of the tests is one that Git itself gets along with.

use std::path::Path;

use sluice_test_support::{
    Folder, GitServer,
    git::{git, git_in},
};

fn clone(url: &str, to: &Path) -> bool {
    let output = git()
        .args(["clone", "--quiet", "--mirror", url])
        .arg(to)
        .output()
        .unwrap();
    output.status.success()
}

#[test]
fn git_clones_and_pushes() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let first = web.commit("main", "first", &[("README.md", "hello")]);
    let work = web.work();
    work.write("src/lib.rs", "fn main() {}");
    let second = work.commit("second");
    work.git(&["remote", "set-url", "--push", "origin", web.url()]);
    work.push(&[]);
    assert_eq!(web.tip("main"), second);
    assert_eq!(web.git(&["rev-parse", "main~1"]), first);

    let folder = Folder::new();
    assert!(clone(web.url(), &folder.path().join("a")));
    assert_eq!(
        git_in(&folder.path().join("a"), &["rev-parse", "main"]),
        second
    );
    assert!(server.requests("acme/web") >= 4);
    assert!(!clone(
        &server.url("acme/nothing"),
        &folder.path().join("b")
    ));
}

#[test]
fn a_large_push_comes_in_chunks() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let work = web.work();
    // More than Git sends at once, and not compressible.
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(3 << 20).collect();
    work.write("noise", noise);
    let sha = work.commit("noise");
    work.git(&["push", "--quiet", web.url(), "HEAD:main"]);
    assert_eq!(web.tip("main"), sha);
}

#[test]
fn a_secret_is_wanted_and_what_came_is_remembered() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commit("main", "first", &[]);
    server.require("git", "hunter2");
    let folder = Folder::new();
    assert!(!clone(web.url(), &folder.path().join("a")));
    let url = web.url().replace("http://", "http://git:hunter2@");
    assert!(clone(&url, &folder.path().join("b")));
    assert!(
        server
            .authorizations()
            .contains(&"Basic Z2l0Omh1bnRlcjI=".to_owned())
    );
    server.refuse("acme/web", 503);
    assert!(!clone(&url, &folder.path().join("c")));
}

#[test]
fn many_are_served_at_once() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 20);
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let to = folder.path().join(number.to_string());
            let url = web.url();
            scope.spawn(move || assert!(clone(url, &to)));
        }
    });
}
