//! What hosts' APIs answer otherwise than with a repository, and when they are asked.

use std::time::Duration;

use sluice_fake_hosts::{Fault, Kind};
use sluice_recoverer::Limits;
use sluice_test_support::{eventually, registry::repository};

use crate::{forge::Forge, site::quiet, worker};

/// How often the API was called, which is nothing but asked for the repository.
fn questions(forge: &Forge) -> usize {
    forge.host.calls().len()
}

/// While this goes wrong nothing is known anew, and afterwards what changed is found.
async fn survives(kind: Kind, faults: &[Fault]) {
    let forge = Forge::with(kind).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    for (stored, fault) in faults.iter().enumerate() {
        let archived = stored % 2 == 0;
        forge.host.fault(fault.clone().always());
        // What was on its way has come.
        forge.unanswered(1).await;
        let before = forge.known().await.unwrap().known;
        forge.host.archive("acme/web", archived);
        forge.unanswered(2).await;
        assert_eq!(forge.known().await.unwrap().known, before, "{fault:?}");
        assert_eq!(forge.stored().await.len(), stored, "{fault:?}");
        forge.host.heal();
        let word = if archived { "archived" } else { "unarchived" };
        let told = forge.tells(stored + 1, 1).await.remove(0);
        assert!(told.starts_with(&format!("acme/web: {word} ")), "{told}");
        // It is told first, and known then.
        forge.answered().await;
    }
    worker.stop().await;
}

fn too_many() -> Fault {
    Fault::RateLimited {
        after: Duration::from_secs(1),
    }
}

#[tokio::test]
async fn whatever_github_answers_nothing_is_invented_and_nothing_is_lost() {
    let faults = [
        Fault::Status(500),
        Fault::HalfAnswer,
        too_many(),
        Fault::CutBefore,
        Fault::Status(403),
        Fault::Status(404),
    ];
    Box::pin(survives(Kind::GitHub, &faults)).await;
}

#[tokio::test]
async fn whatever_gitea_answers_nothing_is_invented_and_nothing_is_lost() {
    let faults = [
        Fault::Status(500),
        Fault::HalfAnswer,
        too_many(),
        Fault::LostAnswer,
        Fault::Html,
        Fault::WrongJson,
        Fault::Redirect("http://127.0.0.1:9".into()),
    ];
    Box::pin(survives(Kind::Gitea, &faults)).await;
}

/// Hosts lock out whoever goes on with it.
#[tokio::test]
async fn a_credential_that_is_not_taken_is_shown_once() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    forge.host.fault(Fault::Status(401).always());
    forge.unanswered(3).await;
    let calls = forge.host.calls();
    let refused = calls.iter().filter(|call| call.status == Some(401));
    assert_eq!(refused.count(), 1);
    worker.stop().await;
}

#[tokio::test]
async fn while_the_api_is_away_refs_are_swept() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    forge.site.swept().await;
    forge.host.fault(Fault::CutBefore.always());
    forge.unanswered(1).await;
    let web = forge.site.server.repository("acme/web");
    web.commit("main", "second", &[("a", "2")]);
    forge.site.recovers(1).await;
    assert!(forge.known().await.unwrap().failures > 0);
    worker.stop().await;
}

/// Hosts answer alike for what is deleted and for what is hidden.
#[tokio::test]
async fn what_is_not_shown_any_more_is_not_called_deleted() {
    for kind in [Kind::GitHub, Kind::Gitea] {
        let forge = Forge::with(kind).await;
        let worker = worker::asking(&forge.site).await;
        forge.asked().await;
        forge.host.delete("acme/web");
        forge.unanswered(2).await;
        assert!(forge.stored().await.is_empty());
        let known = forge.known().await.unwrap();
        assert_eq!(known.known.unwrap().full_name, "acme/web");
        // A new one in its place is another one.
        forge.host.repository("acme/web").create();
        forge.unanswered(known.failures + 2).await;
        assert!(forge.stored().await.is_empty());
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_repository_that_git_does_not_find_is_asked_for_at_once() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::start(&forge.site).await;
    forge.asked().await;
    forge.site.swept().await;
    let asked = questions(&forge);
    forge.host.rename("acme/web", "acme/site");
    quiet().await;
    assert_eq!(questions(&forge), asked, "an hour is not over");
    forge.site.server.refuse("acme/web", 404);
    let told = forge.tells(2, 2).await;
    assert_eq!(told[0], "acme/site: renamed acme/web acme/site (recovered)");
    let asked = questions(&forge);
    quiet().await;
    assert_eq!(
        questions(&forge),
        asked,
        "it is asked for once and confirmed once"
    );
    worker.stop().await;
}

#[tokio::test]
async fn where_no_credential_opens_an_api_nothing_is_asked() {
    let forge = Forge::undeclared(Kind::Gitea).await;
    let web = repository("web", "forge", "acme/web").host_id(&forge.id);
    forge.site.registry.declare(&[web.manifest()]).await;
    let worker = worker::asking(&forge.site).await;
    forge.site.swept_twice().await;
    assert_eq!(questions(&forge), 0);
    assert_eq!(forge.known().await, None);
    worker.stop().await;
}

#[tokio::test]
async fn without_an_id_the_first_answer_gives_it() {
    let forge = Forge::undeclared(Kind::GitHub).await;
    let web = repository("web", "forge", "acme/web").opened_by("bot");
    forge.site.registry.declare(&[web.manifest()]).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    assert_eq!(
        forge.known().await.unwrap().known.unwrap().host_id,
        forge.id
    );
    forge.host.rename("acme/web", "acme/site");
    forge.tells(2, 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_host_is_not_asked_more_often_than_its_record_says() {
    let forge = Forge::with(Kind::Gitea).await;
    forge.spare(1).await;
    let limits = Limits {
        ask_interval: Duration::from_millis(1),
        ..worker::limits()
    };
    let worker = worker::limited(&forge.site, limits).await;
    forge.asked().await;
    // As many as may be asked at once, and then none for an hour.
    eventually("all that may be asked at once", || async {
        (questions(&forge) == 10).then_some(())
    })
    .await;
    quiet().await;
    assert_eq!(questions(&forge), 10);
    forge.site.swept_twice().await;
    worker.stop().await;
}

#[tokio::test]
async fn s4_nothing_that_is_published_or_kept_shows_the_credential() {
    let forge = Forge::with(Kind::Gitea).await;
    let worker = worker::asking(&forge.site).await;
    forge.asked().await;
    forge.host.fault(Fault::Status(403));
    forge.unanswered(1).await;
    forge.host.rename("acme/web", "acme/site");
    forge.tells(2, 2).await;
    let shown = format!("{:?} {:?}", forge.stored().await, forge.site.known().await);
    assert!(!shown.contains(crate::forge::TOKEN));
    assert!(shown.contains("acme/site"));
    worker.stop().await;
}
