//! Whole sets of manifests: all of it, or nothing.

use serde_json::{Value, json};
use sluice_events::v1::AccessRole;
use sluice_test_support::eventually;

use crate::{
    client::said,
    records::{manifest, web},
    site::Site,
};

const CANARY: &str = "canary-0123456789abcdef";

fn bot() -> Value {
    manifest(
        "Credential",
        "bot",
        json!({"host": "github", "token": {"value": CANARY}}),
    )
}

fn outcomes(applied: &Value) -> Vec<String> {
    let all = applied["outcomes"].as_array().unwrap();
    let one = |became: &Value| {
        let text = |field: &str| became[field].as_str().unwrap().to_owned();
        format!("{} {} {}", text("kind"), text("name"), text("outcome"))
    };
    all.iter().map(one).collect()
}

#[tokio::test]
async fn all_of_it_is_declared_in_the_order_in_which_it_needs_each_other() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let mut repository = web("web");
    repository["spec"]["credential"] = "bot".into();
    let all = json!([repository, bot(), manifest("Project", "new", json!({}))]);
    let applied = admin.json("POST", "/api/v1/apply", &all).await;
    assert_eq!(applied.status, 200, "{}", applied.body);
    let created = [
        "Project new created",
        "Credential bot created",
        "Repository web created",
    ];
    assert_eq!(outcomes(&said(&applied)), created);
    let yaml = "apiVersion: sluice.dev/v1\nkind: Project\nmetadata: {name: new}\nspec: {}\n---\napiVersion: sluice.dev/v1\nkind: Project\nmetadata: {name: newer}\nspec: {}\n";
    let applied = said(&admin.yaml("POST", "/api/v1/apply", yaml).await);
    assert_eq!(
        outcomes(&applied),
        ["Project new unchanged", "Project newer created"]
    );
}

#[tokio::test]
async fn nothing_is_declared_where_something_stands_against_it() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let mut lost = web("lost");
    lost["spec"]["host"] = "nowhere".into();
    lost["spec"]["credential"] = "none".into();
    let refused = admin
        .json("POST", "/api/v1/apply", &json!([web("web"), lost]))
        .await;
    assert_eq!(refused.status, 422);
    let problem = said(&refused);
    let first = &problem["problems"][0];
    assert!(
        first["place"]
            .as_str()
            .unwrap()
            .contains("Repository default/lost"),
        "{problem}"
    );
    assert!(first["remedy"].is_string());
    assert_eq!(admin.refused("/api/v1/repositories/web").await.0, 404);
}

#[tokio::test]
async fn s1_each_object_needs_what_it_needs_alone_before_anything_is_written() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    let editor = api.client(&site.token_of(AccessRole::Editor, "default").await);
    eventually("the editor is known", || async {
        (editor.get("/api/v1/hosts").await.status == 200).then_some(())
    })
    .await;
    let mut theirs = web("theirs");
    theirs["metadata"]["project"] = "payments".into();
    let host = manifest(
        "Host",
        "corp",
        json!({"provider": "gitea", "url": "https://git.corp"}),
    );
    for (other, status, place) in [
        (bot(), 403, "Credential default/bot"),
        (host, 403, "Host corp"),
        (theirs, 404, "Repository payments/theirs"),
    ] {
        let refused = editor
            .json("POST", "/api/v1/apply", &json!([web("web"), other]))
            .await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert_eq!(said(&refused)["problems"][0]["place"], place);
    }
    assert_eq!(admin.refused("/api/v1/repositories/web").await.0, 404);
    let applied = editor.json("POST", "/api/v1/apply", &web("web")).await;
    assert_eq!(applied.status, 200, "{}", applied.body);
    let audit = admin.reads("/api/v1/audit?project=default").await;
    let refusals = audit["entries"].as_array().unwrap().iter();
    let refusals = refusals.filter(|shown| shown["entry"].get("allowed").is_none());
    assert_eq!(refusals.count(), 3, "{audit}");
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    admin
        .json("PUT", "/api/v1/repositories/web", &web("web"))
        .await;
    let mut changed = web("web");
    changed["spec"]["branch"] = "next".into();
    changed["spec"]["webhook"] = "manual".into();
    let all = json!([changed, bot(), manifest("Project", "payments", json!({}))]);
    let path = "/api/v1/apply?dryRun=true";
    let answer = admin.json("POST", path, &all).await;
    assert!(!answer.body.contains(CANARY));
    let applied = said(&answer);
    assert_eq!(applied["dryRun"], true);
    let expected = [
        "Project payments unchanged",
        "Credential bot created",
        "Repository web configured",
    ];
    assert_eq!(outcomes(&applied), expected);
    let changes = |index: usize| applied["outcomes"][index]["changes"].clone();
    assert_eq!(changes(0), json!([]));
    let secret = json!({"field": "spec.token.value", "secret": true});
    assert!(
        changes(1).as_array().unwrap().contains(&secret),
        "{applied}"
    );
    assert_eq!(
        changes(2),
        json!([
            {"field": "spec.branch", "new": "next"},
            {"field": "spec.webhook", "old": "none", "new": "manual"},
        ])
    );
    assert!(
        admin.reads("/api/v1/repositories/web").await["spec"]
            .get("branch")
            .is_none()
    );
    assert_eq!(admin.refused("/api/v1/credentials/bot").await.0, 404);
}

#[tokio::test]
async fn pruning_removes_what_the_same_set_declared_before_and_nothing_else() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let project = |name: &str| manifest("Project", name, json!({}));
    let all = json!([project("a"), project("b"), web("web")]);
    let applied = admin.json("POST", "/api/v1/apply?set=one", &all).await;
    assert_eq!(applied.status, 200, "{}", applied.body);
    admin.json("PUT", "/api/v1/projects/c", &project("c")).await;
    assert_eq!(
        admin.reads("/api/v1/projects/a").await["metadata"]["set"],
        "one"
    );
    let now = json!([project("b")]);
    // Where a project is named, nothing of another goes, and no project.
    let planned = admin
        .json(
            "POST",
            "/api/v1/apply?set=one&prune=true&project=payments",
            &now,
        )
        .await;
    assert_eq!(outcomes(&said(&planned)), ["Project b unchanged"]);
    let (status, problem) = {
        let refused = admin.json("POST", "/api/v1/apply?prune=true", &now).await;
        (refused.status, said(&refused))
    };
    assert_eq!((status, &problem["parameter"]), (422, &"prune".into()));
    let planned = admin
        .json("POST", "/api/v1/apply?set=one&prune=true&dryRun=true", &now)
        .await;
    let expected = [
        "Project b unchanged",
        "Repository web removing",
        "Project a deleted",
    ];
    assert_eq!(outcomes(&said(&planned)), expected);
    admin.reads("/api/v1/projects/a").await;
    let pruned = said(
        &admin
            .json("POST", "/api/v1/apply?set=one&prune=true", &now)
            .await,
    );
    assert_eq!(outcomes(&pruned), expected);
    let operation = pruned["outcomes"][1]["operation"].as_str().unwrap();
    admin
        .reads(&format!("/api/v1/operations/{operation}"))
        .await;
    assert_eq!(admin.refused("/api/v1/projects/a").await.0, 404);
    for there in ["b", "c", "payments"] {
        admin.reads(&format!("/api/v1/projects/{there}")).await;
    }
    let refused = admin
        .json("POST", "/api/v1/apply?set=one&prune=true", &json!([]))
        .await;
    assert_eq!(
        refused.status, 422,
        "an empty set removes nothing: {}",
        refused.body
    );
}
