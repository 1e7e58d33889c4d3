//! The client speaks with the host's API and with nobody else.

use sluice_hosts::{Host, Key, Problem, Settings};

use crate::{
    fixture::{TOKEN, api, budget, found, host, record, repository, settings, token},
    scripted::{Reply, Scripted},
};

#[tokio::test]
async fn s10_a_redirect_to_elsewhere_is_not_followed_and_brings_the_credential_nowhere() {
    for status in [301, 302, 307, 308] {
        let other = Scripted::new([]).await;
        let location = format!("{}/api/v1/repositories/17", other.url);
        let reply = Reply::empty(status).with("location", &location);
        let scripted = Scripted::new([reply]).await;
        let error = api("gitea", &scripted)
            .by_name("acme/web")
            .await
            .unwrap_err();
        assert_eq!(error.problem, Problem::Moved, "{error}");
        assert_eq!(
            (error.status, error.moved_to.as_deref()),
            (Some(status), None)
        );
        assert!(error.message.contains(&other.url), "{error}");
        assert!(other.requests().is_empty());
    }
}

#[tokio::test]
async fn a_redirect_within_the_api_says_where_to_without_going_there() {
    for status in [301, 302, 307, 308] {
        let reply = Reply::empty(status).with("location", "/api/v1/repositories/17");
        let scripted = Scripted::new([reply]).await;
        let error = api("gitea", &scripted)
            .by_name("acme/web")
            .await
            .unwrap_err();
        assert_eq!(error.problem, Problem::Moved);
        assert_eq!(error.moved_to.as_deref(), Some("/repositories/17"));
        scripted.request();
    }
}

#[tokio::test]
async fn s10_a_name_that_leads_here_is_refused_before_anything_is_sent() {
    let here = record("gitea", "https://localhost:1");
    let host = Host::new(&here, Settings::default(), budget()).unwrap();
    let api = host.open(&token()).unwrap();
    let error = api.by_name("acme/web").await.unwrap_err();
    assert_eq!(error.problem, Problem::Address, "{error}");
    let install = api.remove(&repository(), "1").await.unwrap_err();
    assert!(!install.may_have_happened());
}

#[tokio::test]
async fn what_stands_in_a_name_does_not_change_the_path() {
    let scripted = Scripted::new([found(), found()]).await;
    let api = api("gitea", &scripted);
    api.by_name("ac?me/we#b%2e").await.unwrap();
    assert_eq!(
        scripted.request().line,
        "GET /api/v1/repos/ac%3Fme/we%23b%252e"
    );
    for name in [
        "../admin",
        "acme/..",
        "acme/./web",
        "acme",
        "a/b/c",
        "acme/we\nb",
        "",
    ] {
        let error = api.by_name(name).await.unwrap_err();
        assert_eq!(error.problem, Problem::Address, "{name}");
    }
    assert_eq!(
        api.by_id("../17").await.unwrap_err().problem,
        Problem::Address
    );
    scripted.request();
    api.by_id("17").await.unwrap();
}

#[tokio::test]
async fn every_kind_of_host_is_shown_the_key_as_it_wants() {
    for (provider, name, value) in [
        ("github", "authorization", format!("Bearer {TOKEN}")),
        ("gitlab", "private-token", TOKEN.to_owned()),
        ("gitea", "authorization", format!("token {TOKEN}")),
        ("forgejo", "authorization", format!("token {TOKEN}")),
    ] {
        let scripted = Scripted::new([Reply::empty(404)]).await;
        api(provider, &scripted).by_id("7").await.unwrap_err();
        let request = scripted.request();
        assert_eq!(request.header(name), value, "{provider}");
        let agent = request.header("user-agent");
        assert!(agent.starts_with("sluice/"), "{agent}");
        assert!(request.headers.len() < 10, "{:?}", request.headers);
    }
}

#[tokio::test]
async fn h4_a_password_goes_as_basic_and_nobody_shows_nothing() {
    let scripted = Scripted::new([found(), found()]).await;
    let host = host("gitea", &scripted, settings());
    let key = Key::Password {
        user: "me".into(),
        password: sluice_registry::Plaintext::new("hunter2"),
    };
    host.open(&key).unwrap().by_id("17").await.unwrap();
    let nobody = host.open(&Key::Nobody).unwrap();
    nobody.by_id("17").await.unwrap();
    let requests = scripted.requests();
    let shown: Vec<_> = requests
        .iter()
        .map(|it| it.header("authorization"))
        .collect();
    assert_eq!(shown, ["Basic bWU6aHVudGVyMg==", ""]);
}

#[tokio::test]
async fn gitlab_takes_no_password() {
    let scripted = Scripted::new([]).await;
    let key = Key::Password {
        user: "me".into(),
        password: sluice_registry::Plaintext::new("hunter2"),
    };
    let opened = host("gitlab", &scripted, settings()).open(&key);
    assert_eq!(opened.err().unwrap().problem, Problem::Credential);
}

#[tokio::test]
async fn a_host_without_tls_where_there_should_be_is_not_to_be_trusted() {
    let scripted = Scripted::new([]).await;
    let https = scripted.url.replace("http:", "https:");
    let host = Host::new(&record("gitea", &https), settings(), budget()).unwrap();
    let error = host.open(&token()).unwrap().by_id("17").await.unwrap_err();
    assert!(
        matches!(error.problem, Problem::Tls | Problem::Network),
        "{error}"
    );
    let broken = sluice_events::v1::Host {
        ca: "hunter2".into(),
        ..record("gitea", &https)
    };
    let error = Host::new(&broken, settings(), budget()).unwrap_err();
    assert_eq!(error.problem, Problem::Tls);
}

#[tokio::test]
async fn a_kind_of_host_that_is_not_known_is_named() {
    let error = Host::new(&record("svn", "https://svn.corp"), settings(), budget()).unwrap_err();
    assert_eq!(error.problem, Problem::NotOffered);
    assert!(error.message.contains("`svn`"));
}
