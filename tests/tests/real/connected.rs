//! A repository is connected to a real Gitea with one command, and disconnected with another.

use serde_json::{Value, json};
use sluice_events::v1::{DeliveryOutcome, DeliveryRecord, RefEvent};
use sluice_test_support::{Folder, GitWork, eventually};
use sluice_tests::{Operator, Up, ledger, say};

use crate::{
    gitea::{Gitea, OWNER},
    gitea_program, site,
};

/// What a step printed, for whoever reads the test's output.
pub(crate) fn told(step: &str, said: &str) {
    say(&format!("real: {step}"));
    said.lines()
        .for_each(|line| say(&format!("real:   {line}")));
}

/// Runs the command, shows what it says, and returns it.
pub(crate) async fn does(operator: &Operator, words: &[&str]) -> String {
    does_on(operator, words, "").await
}

/// The same with this on its standard input.
pub(crate) async fn does_on(operator: &Operator, words: &[&str], input: &str) -> String {
    let ran = operator.program(words).run_on(input).await;
    told(
        &format!("sluice {}", words.join(" ")),
        &format!("{}{}", ran.stderr, ran.stdout),
    );
    ran.good()
}

/// The connection of `web`, as `sluice repositories show` tells it.
async fn connection(operator: &Operator) -> Value {
    let shown = operator
        .does(&["repositories", "show", "web", "-o", "json"])
        .await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["connection"].clone()
}

async fn events(up: &Up) -> Vec<RefEvent> {
    let stored = ledger::stored(&up.bus("operator").await).await;
    let events = stored
        .iter()
        .map(|message| sluice_events::from_json(&message.payload).unwrap());
    events.collect()
}

/// Why deliveries were refused that were genuine.
async fn rejected(up: &Up) -> Vec<String> {
    let bus = up.bus("operator").await;
    let lines = bus
        .read_forward("SLUICE_DELIVERIES", "sluice.v1.delivery.>", 1)
        .await;
    let lines = lines.unwrap();
    let lines = lines
        .iter()
        .map(|line| sluice_events::from_json(&line.payload).unwrap());
    let rejected =
        lines.filter(|line: &DeliveryRecord| line.outcome() == DeliveryOutcome::Rejected);
    rejected.map(|line| line.reason).collect()
}

/// Waits until a commit was told, mirrored and recorded.
pub(crate) async fn arrived(up: &Up, sha: &str) {
    eventually("the push is an event", async || {
        let events = events(up).await;
        events
            .iter()
            .any(|event| event.after.as_deref() == Some(sha))
            .then_some(())
    })
    .await;
    eventually("its commit is recorded", async || {
        let listed = up
            .operator()
            .run(&["commits", "list", "--all", "-o", "json"])
            .await;
        listed.stdout.contains(sha).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k1_k4_k7_s16_s26_a_repository_is_connected_renamed_copied_and_disconnected() {
    let Some(program) = gitea_program() else {
        return;
    };
    let folder = Folder::new();
    let gitea = Gitea::start(&program).await;
    let up = Up::program(folder.path()).set("RUST_LOG", "debug").with([
        "--local-repositories",
        "--push-grace",
        "1s",
    ]);
    let up = Up::start_as(up, folder.path()).await;
    let operator = up.operator();
    gitea.makes_repository("web", true).await;
    let mut work = GitWork::pushing_to(&gitea.push_url(site::WEB).await);
    work.write("README.md", "hello\n").commit("the first");
    work.push(&[]);
    let origin = gitea.origin();
    let host = format!(
        "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: forge}}\nspec: {{provider: gitea, url: \"{origin}\"}}\n"
    );
    operator.apply(&host).await;

    // One command: the webhook is there and proved.
    let token = gitea
        .makes_token("sluice", &["write:repository", "read:user"])
        .await;
    let url = format!("{origin}/acme/web");
    let add = [
        "repositories",
        "add",
        &url,
        "--token-file",
        "-",
        "--wait",
        "15s",
    ];
    let said = does_on(&operator, &add, &token).await;
    assert!(said.contains("Repository default/web is active"), "{said}");
    let hooks = gitea.hooks(site::WEB).await;
    assert_eq!(hooks.len(), 1);
    assert!(hooks[0]["active"].as_bool().unwrap());

    let sha = work.write("a.txt", "1\n").commit("told by the webhook");
    work.push(&[]);
    arrived(&up, &sha).await;

    // Renamed at the host: its webhook goes on, and the record follows.
    gitea.edits(site::WEB, json!({"name": "site"})).await;
    work = GitWork::pushing_to(&gitea.push_url_as("acme/site", "again").await);
    work.git(&["pull", "--quiet", "origin", "main"]);
    let sha = work.write("b.txt", "1\n").commit("under the new name");
    work.push(&["origin", "HEAD:main"]);
    does(&operator, &["repositories", "recheck", "web"]).await;
    arrived(&up, &sha).await;
    let connection = connection(&operator).await;
    assert_eq!(
        connection["repository"]["fullName"], "acme/site",
        "{connection}"
    );

    // A copy takes the webhook along, with address and secret; by its id it is another repository.
    gitea.edits("acme/site", json!({"template": true})).await;
    let wanted = json!({"owner": OWNER, "name": "copy", "git_content": true, "webhooks": true});
    gitea
        .does("POST", "/repos/acme/site/generate", wanted)
        .await;
    assert_eq!(
        gitea.hooks("acme/copy").await.len(),
        1,
        "it took the webhook along"
    );
    let before = events(&up).await.len();
    let copy = GitWork::pushing_to(&gitea.push_url_as("acme/copy", "copy").await);
    copy.git(&["pull", "--quiet", "origin", "main"]);
    copy.write("c.txt", "1\n").commit("of the copy");
    copy.push(&["origin", "HEAD:main"]);
    let rejected = eventually("the copy's delivery is refused", async || {
        let rejected = rejected(&up).await;
        (!rejected.is_empty()).then_some(rejected)
    })
    .await;
    told("refused", &rejected.join("\n"));
    assert!(
        rejected
            .iter()
            .all(|reason| reason.contains("not in the scope of the endpoint"))
    );
    assert_eq!(events(&up).await.len(), before);

    // And away with it: the webhook first.
    let said = does(&operator, &["repositories", "delete", "web"]).await;
    assert!(said.contains("deleted"), "{said}");
    assert!(gitea.hooks("acme/site").await.is_empty());
    assert!(!sluice_test_support::folder_holds(
        &folder.path().join("data"),
        &token
    ));
}
