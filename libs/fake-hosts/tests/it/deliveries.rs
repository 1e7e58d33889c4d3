//! How webhooks are sent.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn nobody_repeats_what_failed() {
    for kind in Kind::ALL {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let id = hook(&host, receiver.url()).await;
        let pings = usize::from(kind == Kind::GitHub);
        host.wait_for_deliveries(id, |told| told.len() == pings)
            .await;
        receiver.answers(503);
        let told = host.push("acme/web").to(B).deliver().await;
        assert_eq!(told[0].status, Some(503));
        assert_eq!(receiver.heard().len(), pings + 1);
        assert!(host.hooks("acme/web")[0].active);
    }
}

#[tokio::test]
async fn gitea_goes_where_it_is_sent() {
    for kind in [Kind::Gitea, Kind::Forgejo] {
        let (host, receiver) = (host(kind).await, Receiver::start());
        hook(&host, &receiver.moved()).await;
        receiver.redirects(302, "/there");
        let told = host.push("acme/web").to(B).deliver().await;
        assert_eq!(told[0].status, Some(200));
        receiver.redirects(307, "/there");
        host.push("acme/web").to(A).deliver().await;
        let heard = receiver.heard();
        let ways = heard
            .iter()
            .map(|heard| (heard.method.as_str(), heard.path.as_str()));
        let ways: Vec<_> = ways.collect();
        let expected = [
            ("POST", "/moved"),
            ("GET", "/there"),
            ("POST", "/moved"),
            ("POST", "/there"),
        ];
        assert_eq!(ways, expected);
        assert!(heard[1].body.is_empty());
        assert!(!heard[1].header("x-gitea-signature").is_empty());
        assert!(!heard[1].header("referer").is_empty());
        assert_eq!(heard[3].body, heard[2].body);
    }
}

#[tokio::test]
async fn github_goes_nowhere_else() {
    let (host, receiver) = (host(Kind::GitHub).await, Receiver::start());
    hook(&host, &receiver.moved()).await;
    receiver.redirects(302, "/there");
    let told = host.push("acme/web").to(B).deliver().await;
    assert_eq!(told[0].status, Some(302));
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_given_up() {
    for kind in Kind::ALL {
        let (host, receiver) = (host(kind).await, Receiver::start());
        host.set_delivery_deadline(Duration::from_millis(200));
        hook(&host, receiver.url()).await;
        receiver.answers(0);
        let told = host.push("acme/web").to(B).deliver().await;
        assert_eq!(told[0].status, None, "{kind:?}");
    }
}

#[tokio::test]
async fn one_slow_receiver_delays_every_hook_at_gitea_alone() {
    for (kind, delayed) in [(Kind::Gitea, true), (Kind::GitLab, false)] {
        let (host, slow, quick) = (host(kind).await, Receiver::start(), Receiver::start());
        slow.answers(0);
        host.set_delivery_deadline(Duration::from_secs(2));
        hook(&host, slow.url()).await;
        let id = hook(&host, quick.url()).await;
        let began = Instant::now();
        let pushing = host.push("acme/web").to(B).deliver();
        let hearing = async {
            host.wait_for_deliveries(id, |told| told.len() == 1).await;
            began.elapsed() >= Duration::from_secs(2)
        };
        let (_, late) = tokio::join!(pushing, hearing);
        assert_eq!(late, delayed, "{kind:?}");
    }
}

#[tokio::test]
async fn gitea_signs_even_without_a_secret_and_says_nothing_by_it() {
    for kind in [Kind::Gitea, Kind::Forgejo] {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let mut body = hook_body(kind, receiver.url());
        body["config"].as_object_mut().unwrap().remove("secret");
        body["authorization_header"] = json!("Bearer literal");
        admin(&host).post("/repos/acme/web/hooks", &body).await;
        host.push("acme/web").to(B).deliver().await;
        let heard = &receiver.heard()[0];
        assert_eq!(heard.header("x-hub-signature-256"), "sha256=");
        let names: Vec<_> = heard
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert!(names.contains(&"x-gitea-signature"));
        assert_eq!(heard.header("x-gitea-signature"), "");
        assert_eq!(heard.header("authorization"), "Bearer literal");
        assert!(heard.body.starts_with(b"{\n  \""));
        let forgejo = names.contains(&"x-forgejo-event");
        assert_eq!(forgejo, kind == Kind::Forgejo);
    }
}

#[tokio::test]
async fn a_user_in_the_address_becomes_basic_authentication() {
    let (host, receiver) = (host(Kind::Gitea).await, Receiver::start());
    hook(&host, &receiver.url().replace("http://", "http://me:pw@")).await;
    host.push("acme/web").to(B).deliver().await;
    assert_eq!(
        receiver.heard()[0].header("authorization"),
        "Basic bWU6cHc="
    );
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let (host, receiver) = (host(Kind::GitLab).await, Receiver::start());
    hook(&host, receiver.url()).await;
    let told = host.push("acme/web").to(B).deliver().await;
    let printed = format!("{told:?} {:?} {:?}", host.hooks("acme/web"), host.calls());
    assert!(printed.contains("push_events") && !printed.contains(SECRET));
}
