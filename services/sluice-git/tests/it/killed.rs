//! A child that is killed at any time: the next one copes with what it left, and nothing stays untold.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use sluice_git::{Git, GitProblem, Settings};
use sluice_test_support::{Folder, GitRepository, GitServer, eventually, git::git_in};

use crate::{
    chance::Chance,
    fake::{Answer, Fake, one_ref},
    oracle, program,
    site::{All, Site, settings},
};

/// Kills an update of a site at a random time of those that one takes; whether it was under way.
///
/// Dropping an update sends SIGKILL to its child. One that ends before says how long one takes at present.
async fn kill(site: &Site, within: &mut Duration, chance: &mut Chance) -> bool {
    let (time, began) = (*within * chance.below(1000) as u32 / 1000, Instant::now());
    let killed = tokio::time::timeout(time, site.try_sync(&[]))
        .await
        .is_err();
    if !killed {
        *within = began.elapsed();
    }
    killed
}

/// What a whole update tells, and that the mirror is as it should be behind it.
async fn whole(site: &mut Site, web: &GitRepository, new: &BTreeSet<String>) -> All {
    let all = site.sync().await;
    let told: BTreeSet<_> = all.shas().into_iter().collect();
    assert_eq!(&told, new, "every commit is told after a kill");
    oracle::check_order(&all);
    oracle::fsck(&site.mirror());
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
    nothing_is_left(&site.mirror());
    all
}

/// That there is nothing in a mirror but what belongs there.
fn nothing_is_left(mirror: &Path) {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let known = ["HEAD", "config", "objects", "packed-refs", "refs"];
    for name in names(mirror) {
        assert!(known.contains(&name.as_str()), "{name} was left");
    }
    for name in names(&mirror.join("objects/pack")) {
        let pack = name.starts_with("pack-") && (name.ends_with(".pack") || name.ends_with(".idx"));
        assert!(pack, "{name} was left");
    }
}

#[tokio::test]
async fn amid_a_fetch() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 50);
    let mut site = Site::of(web.url());
    let began = Instant::now();
    site.sync().await;
    let mut within = began.elapsed();
    let (mut chance, mut killed, mut known) = (Chance::new(1), 0, oracle::commits(web.path(), &[]));
    for round in 0.. {
        if killed == 100 {
            break;
        }
        assert!(round < 1000, "only {killed} were killed amid their work");
        web.commits("main", 30);
        if round % 3 == 0 {
            web.point(&format!("refs/heads/b{round}"), "main~7");
            web.git(&["tag", "-a", "-m", "m", &format!("v{round}"), "main~2"]);
        }
        killed += usize::from(kill(&site, &mut within, &mut chance).await);
        let now = oracle::commits(web.path(), &[]);
        let new = now.difference(&known).cloned().collect();
        whole(&mut site, &web, &new).await;
        known = now;
    }
}

#[tokio::test]
async fn amid_a_first_fetch() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 100);
    let began = Instant::now();
    Site::of(web.url()).sync().await;
    let mut within = began.elapsed();
    let (mut chance, all) = (Chance::new(2), oracle::commits(web.path(), &[]));
    for _ in 0..30 {
        let mut site = Site::of(web.url());
        // Twice, so that a child also begins on what another left.
        kill(&site, &mut within, &mut chance).await;
        kill(&site, &mut within, &mut chance).await;
        whole(&mut site, &web, &all).await;
    }
}

/// What is there when one is killed while it makes an empty mirror, step by step.
#[tokio::test]
async fn amid_the_making_of_a_mirror() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 3);
    let all = oracle::commits(web.path(), &[]);
    for there in [
        &["objects"][..],
        &["objects/pack"],
        &["objects/pack", "objects/info"],
        &["objects/pack", "objects/info", "refs"],
        &["refs"],
    ] {
        let mut site = Site::of(web.url());
        for folder in there {
            std::fs::create_dir_all(site.mirror().join(folder)).unwrap();
        }
        whole(&mut site, &web, &all).await;
        whole(&mut site, &web, &BTreeSet::new()).await;
    }
}

#[tokio::test]
async fn while_packs_are_put_together() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 60);
    let mut template = Site::of(web.url());
    template.sync().await;
    many_packs(&template.mirror());
    let last = web.commit("main", "one more", &[("a", "a")]);
    let began = Instant::now();
    let mut within = {
        let site = copied(&template);
        site.try_sync(&[]).await.unwrap();
        assert!(packs(&site.mirror()) < 10, "they were put together");
        began.elapsed()
    };
    let mut chance = Chance::new(3);
    for _ in 0..50 {
        let mut site = copied(&template);
        kill(&site, &mut within, &mut chance).await;
        whole(&mut site, &web, &[last.clone()].into()).await;
        // One that died while it removed the old ones may have left so many that they are not many yet.
        assert!(packs(&site.mirror()) <= 50, "they were put together");
    }
}

/// Leaves every commit of a mirror in a pack of its own.
fn many_packs(mirror: &Path) {
    for commit in git_in(mirror, &["rev-list", "main"]).lines() {
        let objects = git_in(
            mirror,
            &[
                "rev-list",
                "--objects",
                "--no-object-names",
                &format!("{commit}^!"),
            ],
        );
        let folder = mirror.join("objects/pack/pack");
        let arguments = ["pack-objects", "-q", folder.to_str().unwrap()];
        sluice_test_support::git::git_with_input(mirror, &arguments, objects.as_bytes());
    }
}

/// A copy of a site, mirror and all.
fn copied(template: &Site) -> Site {
    let site = Site {
        git: template.git.clone(),
        remote: template.remote.clone(),
        folder: Folder::new(),
        synced: template.synced.clone(),
    };
    let copy = std::process::Command::new("cp")
        .arg("-r")
        .args([template.mirror(), site.mirror()])
        .status();
    assert!(copy.unwrap().success());
    site
}

fn packs(mirror: &Path) -> usize {
    let entries = std::fs::read_dir(mirror.join("objects/pack")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension() == Some("pack".as_ref()))
        .count()
}

#[tokio::test]
async fn by_somebody_else() {
    let fake = Fake::start(|request| match request.line.starts_with("GET") {
        true => Answer::Bytes(one_ref(&"1".repeat(40))),
        false => Answer::Stall(Vec::new()),
    });
    let mut site = Site::of(&fake.url());
    let pid = site.folder.path().join("pid");
    let lines = format!("echo $$ >'{}'\nexec \"$child\"", pid.display());
    site.git = Git::new(Settings {
        program: program::script(site.folder.path(), &lines),
        ..settings()
    });
    let killing = async {
        let seen = async || (fake.seen().len() >= 2).then_some(());
        eventually("the pack is asked for", seen).await;
        let pid = std::fs::read_to_string(pid)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    };
    let (ended, ()) = tokio::join!(site.try_sync(&[]), killing);
    let error = ended.unwrap_err();
    assert_eq!(error.problem, GitProblem::Limit, "{error}");
    assert!(error.message.contains("ended by the system"), "{error}");
}
