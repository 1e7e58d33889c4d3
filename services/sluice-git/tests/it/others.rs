//! A remote that keeps one child busy keeps nobody else from anything; and of one mirror there is one writer.

use std::time::Duration;

use sluice_git::{Git, GitProblem, Settings};
use sluice_test_support::{GitServer, eventually};

use crate::{
    fake::{Answer, Fake, one_ref, refs},
    oracle,
    site::{Site, remote, settings, update},
};

/// A remote that begins and then says nothing more; where depends on what it is asked.
fn silent(at_once: bool) -> Fake {
    Fake::start(move |request| match request.line.starts_with("GET") {
        true if at_once => Answer::Stall(refs("0")),
        true => Answer::Bytes(one_ref(&"1".repeat(40))),
        false => Answer::Stall(Vec::new()),
    })
}

/// Waits until a remote was asked that often.
async fn asked(fake: &Fake, times: usize) {
    let seen = async || (fake.seen().len() >= times).then_some(());
    eventually("the remote is asked", seen).await;
}

#[tokio::test]
async fn others_keep_syncing_while_remotes_hang() {
    let hanging: Vec<_> = (0..10).map(|number| silent(number % 2 == 0)).collect();
    let sites: Vec<_> = hanging.iter().map(|fake| Site::of(&fake.url())).collect();
    let hung = sites.iter().map(|site| site.try_sync(&[]));
    let mut hung: Vec<_> = hung.map(Box::pin).collect();
    let begin = async {
        for (number, fake) in hanging.iter().enumerate() {
            asked(fake, 1 + number % 2).await;
        }
        let server = GitServer::start();
        let web = server.repository("acme/web");
        let mut site = Site::of(web.url());
        for round in 0..5 {
            web.commits("main", 10);
            assert_eq!(site.sync().await.shas().len(), 10, "{round}");
        }
        oracle::fsck(&site.mirror());
    };
    let all = async {
        // Each is polled, so that it really is under way.
        std::future::poll_fn(|context| {
            for one in &mut hung {
                let _ = one.as_mut().poll(context).map(|ended| panic!("{ended:?}"));
            }
            std::task::Poll::<()>::Pending
        })
        .await;
    };
    tokio::select! {
        () = begin => {}
        () = all => {}
    }
}

#[tokio::test]
async fn one_mirror_has_one_writer() {
    let fake = silent(false);
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 10);
    let site = Site::of(web.url());
    let hanging = {
        let (git, remote, mirror) = (site.git.clone(), remote(&fake.url()), site.mirror());
        tokio::spawn(async move {
            update(&git, &remote, &mirror, Default::default())
                .await
                .map(|_| ())
        })
    };
    asked(&fake, 2).await;

    let impatient = Git::new(Settings {
        deadline: Duration::from_secs(3),
        ..settings()
    });
    let error = update(&impatient, &site.remote, &site.mirror(), Default::default())
        .await
        .unwrap_err();
    assert_eq!(error.problem, GitProblem::Local, "{error}");
    assert!(
        error.message.contains("another job works on the mirror"),
        "{error}"
    );
    assert_eq!(
        server.requests("acme/web"),
        0,
        "nothing is asked without the lock"
    );

    // Whoever waits gets in when the other is gone.
    let (waiting, ()) = tokio::join!(site.try_sync(&[]), async {
        tokio::task::yield_now().await;
        hanging.abort();
    });
    assert_eq!(waiting.unwrap().shas().len(), 10);
    oracle::fsck(&site.mirror());
}

#[tokio::test]
async fn many_jobs_of_one_mirror_take_turns() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 200);
    let site = Site::of(web.url());
    let jobs = (0..6).map(|_| {
        let (git, remote, mirror) = (site.git.clone(), site.remote.clone(), site.mirror());
        tokio::spawn(async move { update(&git, &remote, &mirror, Default::default()).await })
    });
    for job in jobs.collect::<Vec<_>>() {
        assert_eq!(job.await.unwrap().unwrap().shas().len(), 200);
    }
    oracle::fsck(&site.mirror());
    let packs = std::fs::read_dir(site.mirror().join("objects/pack")).unwrap();
    assert_eq!(
        packs.count(),
        2,
        "the first fetched, and the others found it"
    );
}
