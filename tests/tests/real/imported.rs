//! All repositories of an organization at a real Gitea, by one command: each with a webhook of its own, or one for all.

use serde_json::{Value, json};
use sluice_test_support::{Folder, GitWork, eventually};
use sluice_tests::Up;

use crate::{connected, gitea::Gitea, gitea_program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w9_an_organization_is_imported_with_webhooks_of_their_own_and_with_one_for_all() {
    let Some(program) = gitea_program() else {
        return;
    };
    let folder = Folder::new();
    let gitea = Gitea::start(&program).await;
    let up = Up::program(folder.path())
        .set("RUST_LOG", "debug")
        .with(["--local-repositories"]);
    let up = Up::start_as(up, folder.path()).await;
    let operator = up.operator();
    for owner in ["club", "team"] {
        gitea
            .does("POST", "/orgs", json!({"username": owner}))
            .await;
        for name in ["web-a", "web-b", "web-c", "docs"] {
            let wanted = json!({"name": name, "private": true});
            let path = format!("/orgs/{owner}/repos");
            gitea.does("POST", &path, wanted).await;
        }
    }
    let origin = gitea.origin();
    let host = format!(
        "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: forge}}\nspec: {{provider: gitea, url: \"{origin}\"}}\n"
    );
    operator.apply(&host).await;
    let scopes = ["write:repository", "write:organization", "read:user"];
    let token = gitea.makes_token("sluice", &scopes).await;
    let import = |owner, more: &'static [&'static str]| {
        let words = [
            "repositories",
            "import",
            "--host",
            "forge",
            "--owner",
            owner,
            "--token-file",
            "-",
            "--wait",
            "60s",
        ];
        [&words[..], more].concat()
    };

    // Each gets a webhook of its own. What is empty is not tested by Gitea, and waits for its first push.
    connected::does_on(&operator, &import("club", &["--match", "web-*"]), &token).await;
    let listed: Value =
        serde_json::from_str(&operator.does(&["repositories", "list", "-o", "json"]).await)
            .unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    for name in ["web-a", "web-b", "web-c"] {
        assert_eq!(gitea.hooks(&format!("club/{name}")).await.len(), 1);
    }
    assert!(gitea.hooks("club/docs").await.is_empty());
    connected::does(&operator, &["imports", "show", "club"]).await;

    // One webhook at the organization tells of all, of those as well that have just begun.
    connected::does_on(&operator, &import("team", &["--webhook", "shared"]), &token).await;
    let hooks = gitea.does("GET", "/orgs/team/hooks", Value::Null).await;
    assert_eq!(hooks.as_array().unwrap().len(), 1, "{hooks}");
    assert!(gitea.hooks("team/docs").await.is_empty());
    let work = GitWork::pushing_to(&gitea.push_url_as("team/docs", "docs").await);
    let sha = work.write("README.md", "hello\n").commit("the first");
    work.push(&["origin", "HEAD:main"]);
    connected::arrived(&up, &sha).await;
    eventually("the one webhook is proved", async || {
        let shown = operator.run(&["imports", "show", "team"]).await;
        shown.stdout.contains("4 of 4 active").then_some(())
    })
    .await;
    connected::does(&operator, &["imports", "show", "team"]).await;
    let refused = operator.run(&["imports", "delete", "team"]).await;
    connected::told(
        "sluice imports delete team",
        &format!("{}{}", refused.stderr, refused.stdout),
    );
    assert!(
        refused.stderr.contains("its webhook tells of"),
        "{}",
        refused.stderr
    );
}
