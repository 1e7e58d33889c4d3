//! What is told of a ref that moved.

use sluice_events::v1::{PathsExtent, RefKind};
use sluice_test_support::{GitRepository, GitServer};

use crate::{oracle, site::Site};

fn served() -> (GitServer, GitRepository, Site) {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let site = Site::of(web.url());
    (server, web, site)
}

#[tokio::test]
async fn going_forward() {
    let (_server, web, mut site) = served();
    let first = web.commit("main", "first", &[("a", "a\n"), ("b", "b\n")]);
    site.sync().await;
    web.commit("main", "second", &[("a", "b\n")]);
    let third = web.commit("main", "third", &[("c", "c\n")]);
    let all = site.sync().await;
    let moved = &all.moved("refs/heads/main").moved;
    assert_eq!(
        (moved.from.as_deref(), moved.to.as_deref()),
        (Some(&*first), Some(&*third))
    );
    assert_eq!(
        (moved.forced, moved.unrelated, moved.added),
        (Some(false), false, 2)
    );
    assert!(moved.removed.is_empty() && moved.removed_total == 0 && moved.peeled.is_empty());
    assert_eq!(moved.kind(), RefKind::Branch);
    let paths = oracle::told(moved.paths.as_ref().unwrap());
    assert_eq!(paths, [('M', b"a".to_vec()), ('A', b"c".to_vec())].into());
}

#[tokio::test]
async fn a_new_branch_on_what_is_known_brings_nothing() {
    let (_server, web, mut site) = served();
    web.commits("main", 10);
    site.sync().await;
    web.point("refs/heads/release", "main~4");
    let all = site.sync().await;
    let moved = all.moved("refs/heads/release");
    assert!(moved.commits.is_empty());
    assert_eq!((moved.moved.from.as_deref(), moved.moved.added), (None, 0));
    assert_eq!(moved.moved.forced, None);
    assert!(moved.moved.paths.is_none());
}

#[tokio::test]
async fn a_forced_push_names_what_it_took_away() {
    let (_server, web, mut site) = served();
    web.commit("main", "base", &[("a", "a\n")]);
    web.point("refs/heads/keep", "main");
    let one = web.commit("main", "one", &[("a", "1\n")]);
    let two = web.commit("main", "two", &[("a", "2\n")]);
    site.sync().await;
    web.point("refs/heads/main", "main~2");
    let three = web.commit("main", "three", &[("a", "3\n")]);
    let all = site.sync().await;
    let moved = all.moved("refs/heads/main");
    assert_eq!(
        (moved.moved.forced, moved.moved.unrelated),
        (Some(true), false)
    );
    assert_eq!(
        (moved.moved.removed.clone(), moved.moved.removed_total),
        (vec![two, one], 2)
    );
    assert_eq!(moved.moved.added, 1);
    assert_eq!(all.shas(), [three]);
}

#[tokio::test]
async fn going_back_is_forced_too() {
    let (_server, web, mut site) = served();
    web.commits("main", 1500);
    site.sync().await;
    web.point("refs/heads/main", "main~1200");
    let all = site.sync().await;
    let moved = all.moved("refs/heads/main");
    assert_eq!((moved.moved.forced, moved.moved.added), (Some(true), 0));
    assert_eq!(
        (moved.moved.removed.len(), moved.moved.removed_total),
        (1000, 1200)
    );
    assert!(moved.commits.is_empty());
}

#[tokio::test]
async fn another_history_is_unrelated() {
    let (_server, web, mut site) = served();
    web.commits("main", 3);
    site.sync().await;
    web.commit("elsewhere", "new", &[("z", "z\n")]);
    web.point("refs/heads/main", "elsewhere");
    web.delete("refs/heads/elsewhere");
    let all = site.sync().await;
    let moved = all.moved("refs/heads/main");
    assert_eq!(
        (moved.moved.forced, moved.moved.unrelated),
        (Some(true), true)
    );
    assert_eq!((moved.moved.added, moved.moved.removed_total), (1, 3));
}

#[tokio::test]
async fn a_deleted_branch_takes_only_its_own_commits_along() {
    let (_server, web, mut site) = served();
    web.commits("main", 5);
    web.point("refs/heads/gone", "main");
    let own = web.commit("gone", "own", &[("x", "x\n")]);
    web.point("refs/heads/merged", "main~1");
    site.sync().await;
    web.delete("refs/heads/gone");
    web.delete("refs/heads/merged");
    let all = site.sync().await;
    assert_eq!(all.names(), ["refs/heads/gone", "refs/heads/merged"]);
    let gone = &all.moved("refs/heads/gone").moved;
    assert_eq!(
        (gone.to.as_deref(), gone.removed.clone(), gone.removed_total),
        (None, vec![own], 1)
    );
    assert_eq!(all.moved("refs/heads/merged").moved.removed_total, 0);
    assert!(!oracle::refs(&site.mirror()).contains_key(b"refs/heads/gone".as_slice()));
}

#[tokio::test]
async fn a_moved_tag_says_where_it_leads() {
    let (_server, web, mut site) = served();
    web.commits("main", 3);
    web.git(&["tag", "-a", "-m", "m", "v1", "main~1"]);
    let all = site.sync().await;
    let tag = &all.moved("refs/tags/v1").moved;
    assert_eq!(tag.peeled, web.git(&["rev-parse", "main~1"]));
    assert_eq!((tag.kind(), tag.added), (RefKind::Tag, 0));
    web.git(&["tag", "-f", "-a", "-m", "m", "v1", "main~2"]);
    let all = site.sync().await;
    let tag = &all.moved("refs/tags/v1").moved;
    assert_eq!(tag.forced, Some(true));
    assert_eq!(tag.peeled, web.git(&["rev-parse", "main~2"]));
}

#[tokio::test]
async fn commits_come_with_the_first_move_that_brings_them() {
    let (_server, web, mut site) = served();
    web.commit("main", "first", &[]);
    site.sync().await;
    let shared = web.commit("aaa", "shared", &[("x", "x\n")]);
    web.point("refs/heads/zzz", "aaa");
    let own = web.commit("zzz", "own", &[("y", "y\n")]);
    let all = site.sync().await;
    let of = |name: &str| {
        all.moved(name)
            .commits
            .iter()
            .map(|(commit, _)| commit.sha.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("refs/heads/aaa"), of("refs/heads/zzz")),
        (vec![shared], vec![own])
    );
}

#[tokio::test]
async fn marks_tell_which_push_brought_what() {
    let (_server, web, mut site) = served();
    web.commit("main", "first", &[]);
    site.sync().await;
    let a = web.commit("main", "a", &[("x", "1\n")]);
    let b = web.commit("main", "b", &[("x", "2\n")]);
    let c = web.commit("main", "c", &[("x", "3\n")]);
    let d = web.commit("side", "d", &[("y", "3\n")]);
    web.git(&["tag", "-a", "-m", "m", "v1", &c]);
    let e = web.commit("main", "e", &[("x", "4\n")]);
    let tag = web.git(&["rev-parse", "refs/tags/v1"]);
    let nowhere = "9".repeat(40);
    let all = site
        .sync_with(&[
            ("refs/heads/main", &nowhere),
            ("refs/heads/main", &b),
            ("refs/heads/main", &a),
            ("refs/tags/v1", &tag),
        ])
        .await;
    let marks: Vec<_> = all
        .moves
        .iter()
        .flat_map(|moved| &moved.commits)
        .map(|(commit, mark)| (commit.sha.clone(), *mark))
        .collect();
    assert_eq!(
        marks,
        [
            (a, Some(1)),
            (b, Some(1)),
            (c, Some(3)),
            (e, None),
            (d, None)
        ]
    );
}

#[tokio::test]
async fn a_lost_mirror_is_made_again_and_only_the_new_is_told() {
    let (_server, web, mut site) = served();
    web.commits("main", 5);
    site.sync().await;
    std::fs::remove_dir_all(site.mirror()).unwrap();
    let new = web.commit("main", "new", &[("x", "x\n")]);
    let all = site.sync().await;
    assert_eq!(all.shas(), [new]);
    assert_eq!(all.moved("refs/heads/main").moved.forced, Some(false));
}

#[tokio::test]
async fn what_was_synced_and_is_nowhere_any_more_is_unknown() {
    let (_server, web, mut site) = served();
    web.commits("main", 3);
    site.sync().await;
    std::fs::remove_dir_all(site.mirror()).unwrap();
    web.commit("other", "root", &[("y", "y\n")]);
    web.point("refs/heads/main", "other");
    web.git(&["reflog", "expire", "--all", "--expire=now"]);
    web.git(&["gc", "--quiet", "--prune=now"]);
    let all = site.sync().await;
    let moved = all.moved("refs/heads/main");
    assert_eq!((moved.moved.forced, moved.moved.removed_total), (None, 0));
    assert!(moved.moved.paths.is_none() && moved.moved.from.is_some());
    assert_eq!(moved.commits.len(), 1);
}

#[tokio::test]
async fn renames_are_told_between_both_sides() {
    let (_server, web, mut site) = served();
    let long: String = (0..100)
        .map(|line| format!("line {line} of the file\n"))
        .collect();
    web.commit(
        "main",
        "first",
        &[
            ("same.txt", &long),
            ("alike.txt", &long.replace("line", "row")),
            ("gone.txt", "x\n"),
        ],
    );
    site.sync().await;
    let work = web.work();
    work.git(&["mv", "same.txt", "moved.txt"]);
    work.git(&["mv", "alike.txt", "folder.txt"]);
    work.git(&["rm", "-q", "gone.txt"]);
    work.write(
        "folder.txt",
        long.replace("line", "row").replace("row 7", "changed 7"),
    );
    work.commit("second");
    work.push(&[]);
    let all = site.sync().await;
    let paths = all.moved("refs/heads/main").moved.paths.clone().unwrap();
    let mut told: Vec<_> = paths
        .paths
        .iter()
        .map(|path| {
            (
                oracle::letter(path.status()),
                path.old_path.as_str(),
                path.path.as_str(),
            )
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ('D', "", "gone.txt"),
            ('R', "alike.txt", "folder.txt"),
            ('R', "same.txt", "moved.txt")
        ]
    );
    // A commit of its own says it without.
    let plain = all.commits().next().unwrap().paths.as_ref().unwrap();
    assert_eq!(plain.paths.len(), 5);
}

#[tokio::test]
async fn too_many_paths_are_cut_and_said_to_be() {
    let (_server, web, mut site) = served();
    web.commit("main", "first", &[]);
    site.sync().await;
    let work = web.work();
    for number in 0..3100 {
        work.write(&format!("f{}/{number}", number % 7), "x");
    }
    work.commit("many");
    work.push(&[]);
    let all = site.sync().await;
    let paths = all.commits().next().unwrap().paths.as_ref().unwrap();
    assert_eq!(
        (paths.extent(), paths.paths.len()),
        (PathsExtent::Truncated, 3000)
    );
    let moved = all.moved("refs/heads/main").moved.paths.as_ref().unwrap();
    assert_eq!(moved.extent(), PathsExtent::Truncated);
}

#[tokio::test]
async fn refs_alone_are_compared_without_a_mirror() {
    let (_server, web, mut site) = served();
    let first = web.commit("main", "first", &[]);
    web.point("refs/heads/gone", "main");
    site.sync().await;
    let second = web.commit("main", "second", &[]);
    web.delete("refs/heads/gone");
    let asked = sluice_git::Asked {
        synced: site.synced.clone(),
        marks: Vec::new(),
    };
    let mut updating = site.git.refs_only(&site.remote, asked).await.unwrap();
    let mut moves = Vec::new();
    while let Some(told) = updating.next().await.unwrap() {
        if let sluice_git::Told::Move(moved) = told {
            assert!(moved.paths.is_none() && moved.forced.is_none());
            moves.push((moved.r#ref, moved.from, moved.to));
        }
    }
    assert_eq!(
        moves,
        [
            ("refs/heads/main".into(), Some(first.clone()), Some(second)),
            ("refs/heads/gone".into(), Some(first), None),
        ]
    );
}
