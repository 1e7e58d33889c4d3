//! What is said of commits at a real Gitea is read as it was said.

use sluice_events::v1::{Credential, CredentialKind, Host};
use sluice_hosts::{CommitStatus, Hosts, Settings, StatusState};
use sluice_registry::Plaintext;
use sluice_test_support::GitWork;

use crate::{gitea::Gitea, gitea_program, site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_of_a_commit_stands_there() {
    let Some(program) = gitea_program() else {
        return;
    };
    let gitea = Gitea::start(&program).await;
    gitea.makes_repository("web", true).await;
    let work = GitWork::pushing_to(&gitea.push_url(site::WEB).await);
    let sha = work.write("README.md", "hello\n").commit("the first");
    work.push(&[]);
    let token = gitea.makes_token("sluice", &["write:repository"]).await;
    let host = Host {
        name: "forge".into(),
        provider: "gitea".into(),
        url: gitea.origin(),
        ..Host::default()
    };
    let bot = Credential {
        host: "forge".into(),
        kind: CredentialKind::Token.into(),
        ..Credential::default()
    };
    let settings = Settings {
        local: true,
        ..Settings::default()
    };
    let hosts = Hosts::new(settings, "connector");
    let opened = hosts.open(&host, 1, Some((&bot, &Plaintext::new(token.as_bytes()))));
    let opened = opened.unwrap().unwrap();
    let statuses = opened.api.statuses().unwrap();
    assert_eq!(statuses.statuses_of(site::WEB, &sha).await.unwrap(), []);
    for state in [
        StatusState::Pending,
        StatusState::Failure,
        StatusState::Failure,
        StatusState::Success,
    ] {
        let said = CommitStatus {
            state,
            context: "sluice/production".into(),
            description: "4 of 4 pods run it".into(),
            target_url: "https://sluice.example/web".into(),
        };
        statuses.set_status(site::WEB, &sha, &said).await.unwrap();
        let stands = statuses.statuses_of(site::WEB, &sha).await.unwrap();
        assert_eq!(stands, [said]);
    }
}
