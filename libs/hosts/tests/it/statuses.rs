//! What is said of commits.

use serde_json::json;
use sluice_hosts::{CommitStatus, Problem, StatusState};

use crate::{
    fixture::api,
    scripted::{Reply, Scripted},
};

const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn failed() -> CommitStatus {
    CommitStatus {
        state: StatusState::Failure,
        context: "sluice/production".into(),
        description: "3 of 4 pods are down".into(),
        target_url: "https://sluice.example/web".into(),
    }
}

#[tokio::test]
async fn it_is_said_as_each_host_takes_it() {
    for (provider, path, state) in [
        (
            "github",
            format!("/api/v3/repos/acme/web/statuses/{SHA}"),
            "failure",
        ),
        (
            "gitea",
            format!("/api/v1/repos/acme/web/statuses/{SHA}"),
            "failure",
        ),
        (
            "forgejo",
            format!("/api/v1/repos/acme/web/statuses/{SHA}"),
            "failure",
        ),
        (
            "gitlab",
            format!("/api/v4/projects/acme%2Fweb/statuses/{SHA}"),
            "failed",
        ),
    ] {
        let scripted = Scripted::new([Reply::json(201, json!({}))]).await;
        let api = api(provider, &scripted);
        let statuses = api.statuses().unwrap();
        statuses
            .set_status("acme/web", SHA, &failed())
            .await
            .unwrap();
        assert_eq!(scripted.lines(), [format!("POST {path}")], "{provider}");
        let expected = json!({
            "state": state, "context": "sluice/production", "description": "3 of 4 pods are down",
            "target_url": "https://sluice.example/web",
        });
        assert_eq!(scripted.request().json(), expected, "{provider}");
    }
}

#[tokio::test]
async fn what_stands_there_is_read() {
    let github = json!({"state": "failure", "statuses": [
        {"state": "failure", "context": "sluice/production", "description": "3 of 4 pods are down", "target_url": "https://sluice.example/web"}]});
    let gitea = json!({"state": "failure", "statuses": [
        {"status": "failure", "context": "sluice/production", "description": "3 of 4 pods are down", "target_url": "https://sluice.example/web"}]});
    let gitlab = json!([
        {"status": "failed", "name": "sluice/production", "description": "3 of 4 pods are down", "target_url": "https://sluice.example/web"}]);
    for (provider, answer) in [("github", github), ("gitea", gitea), ("gitlab", gitlab)] {
        let scripted = Scripted::new([Reply::json(200, answer)]).await;
        let api = api(provider, &scripted);
        let read = api.statuses().unwrap().statuses_of("acme/web", SHA).await;
        assert_eq!(read.unwrap(), [failed()], "{provider}");
    }
    let none = Scripted::new([Reply::json(200, json!({"state": "", "statuses": null}))]).await;
    let api = api("forgejo", &none);
    let read = api.statuses().unwrap().statuses_of("acme/web", SHA).await;
    assert_eq!(read.unwrap(), []);
}

#[tokio::test]
async fn what_gitlab_refuses_since_it_stands_so_is_done() {
    let refused = || {
        Reply::json(
            400,
            json!({"message": "Cannot transition status via :drop from :failed"}),
        )
    };
    let stands = |status: &str| {
        Reply::json(
            200,
            json!([{"status": status, "name": "sluice/production", "description": null, "target_url": null}]),
        )
    };
    let scripted = Scripted::new([refused(), stands("failed"), refused(), stands("success")]).await;
    let api = api("gitlab", &scripted);
    let statuses = api.statuses().unwrap();
    statuses
        .set_status("acme/web", SHA, &failed())
        .await
        .unwrap();
    let error = statuses
        .set_status("acme/web", SHA, &failed())
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::Refused, "{error}");
}

#[tokio::test]
async fn only_a_commit_is_asked_for() {
    let scripted = Scripted::new([]).await;
    let api = api("github", &scripted);
    let statuses = api.statuses().unwrap();
    for sha in ["main", "", "../../user", "g".repeat(40).as_str()] {
        let error = statuses.statuses_of("acme/web", sha).await.unwrap_err();
        assert_eq!(error.problem, Problem::Address, "{error}");
    }
    assert!(scripted.requests().is_empty());
}
