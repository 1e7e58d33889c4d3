//! Who changed what is found afterwards, by those who may see it.

use serde_json::{Value, json};
use sluice_events::v1::AccessRole;
use sluice_test_support::eventually;

use crate::{
    records::{manifest, web},
    site::Site,
};

fn entries(page: &Value) -> Vec<String> {
    let all = page["entries"].as_array().unwrap();
    let one = |shown: &Value| {
        let entry = &shown["entry"];
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        let allowed = entry["allowed"].as_bool().unwrap_or(false);
        format!(
            "{} {} {} {allowed}",
            text("principal"),
            text("action"),
            text("object")
        )
    };
    all.iter().map(one).collect()
}

#[tokio::test]
async fn s1_every_change_and_every_refusal_of_one_is_noted() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    let viewer = api.client(&site.token_of(AccessRole::Viewer, "default").await);
    let theirs = api.client(&site.token_of(AccessRole::Admin, "payments").await);
    eventually("both are known", || async {
        let known = [&viewer, &theirs].map(|client| client.get("/api/v1/hosts"));
        let [one, other] = known;
        (one.await.status == 200 && other.await.status == 200).then_some(())
    })
    .await;
    let path = "/api/v1/repositories/web";
    admin.json("PUT", path, &web("web")).await;
    admin.json("PUT", path, &web("web")).await;
    viewer.send("DELETE", path, &[]).await;
    theirs
        .send("DELETE", &format!("{path}?project=default"), &[])
        .await;
    admin.send("POST", &format!("{path}/sync"), &[]).await;
    admin
        .json(
            "PUT",
            "/api/v1/projects/new",
            &manifest("Project", "new", json!({})),
        )
        .await;
    viewer.get(path).await;

    let all = admin.reads("/api/v1/audit").await;
    assert_eq!(
        entries(&all),
        [
            "admin-of-all apply Repository default/web true",
            "viewer-of-default deleteRepository DELETE /api/v1/repositories/web false",
            "admin-of-payments deleteRepository DELETE /api/v1/repositories/web false",
            "admin-of-all sync.repository Repository default/web true",
            "admin-of-all apply Project new true",
        ]
    );
    let own = theirs.reads("/api/v1/audit").await;
    assert_eq!(
        entries(&own).len(),
        1,
        "what others did is not theirs: {own}"
    );
    let first = admin.reads("/api/v1/audit?limit=2").await;
    let next = first["next"].as_str().unwrap();
    let second = admin
        .reads(&format!("/api/v1/audit?limit=2&after={next}"))
        .await;
    assert_eq!(entries(&second), entries(&all)[2..4]);
}

#[tokio::test]
async fn s1_what_was_allowed_and_failed_is_noted_as_failed() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let path = "/api/v1/access-tokens";
    let new = json!({"name": "ci", "role": "viewer"});
    assert_eq!(admin.json("POST", path, &new).await.status, 201);
    assert_eq!(admin.json("POST", path, &new).await.status, 409);
    let all = admin.reads("/api/v1/audit").await;
    let reasons = all["entries"].as_array().unwrap().iter().map(|shown| {
        let entry = &shown["entry"];
        assert_eq!(entry["action"], "access-tokens.new", "{entry}");
        entry["reason"].as_str().unwrap_or_default().is_empty()
    });
    // What is about to be done is noted first, and what became of it where it was not.
    assert_eq!(reasons.collect::<Vec<_>>(), [true, true, false], "{all}");
}

#[tokio::test]
async fn who_is_refused_all_the_time_does_not_fill_the_audit() {
    let site = Site::start().await;
    let token = site.token_of(AccessRole::Viewer, "").await;
    let admin = site.token_of(AccessRole::Admin, "").await;
    let api = crate::server::Api::start(&site).await;
    let viewer = api.client(&token);
    for number in 0..40 {
        let path = format!("/api/v1/repositories/r{number}");
        assert_eq!(viewer.send("DELETE", &path, &[]).await.status, 403);
    }
    let audit = api.client(&admin).reads("/api/v1/audit").await;
    assert_eq!(entries(&audit).len(), 20);
}
