//! What is declared, over HTTP.

use serde_json::{Value, json};

use crate::{client::said, site::Site};

pub(crate) const CANARY: &str = "canary-0123456789abcdef";

/// A manifest.
pub(crate) fn manifest(kind: &str, name: &str, spec: Value) -> Value {
    json!({"spec": spec, "kind": kind, "metadata": {"name": name}, "apiVersion": "sluice.dev/v1"})
}

/// The repository `acme/<name>` at GitHub.
pub(crate) fn web(name: &str) -> Value {
    manifest(
        "Repository",
        name,
        json!({"host": "github", "fullName": format!("acme/{name}")}),
    )
}

/// The names on a page.
pub(crate) fn names(page: &Value, kind: &str) -> Vec<String> {
    let all = page[kind].as_array().unwrap();
    let name = |shown: &Value| shown["metadata"]["name"].as_str().unwrap().to_owned();
    all.iter().map(name).collect()
}

#[tokio::test]
async fn what_is_declared_is_given_back_and_can_be_declared_again() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let spec = |kind: &str| match kind {
        "projects" => ("Project", json!({"description": "für\u{1f600}"})),
        "hosts" => (
            "Host",
            json!({"provider": "gitea", "url": "https://git.corp"}),
        ),
        "credentials" => (
            "Credential",
            json!({"host": "github", "token": {"value": CANARY}}),
        ),
        "repositories" => (
            "Repository",
            json!({
                "host": "github", "fullName": "acme/one", "url": "https://github.com/acme/one.git", "branch": "main",
                "mirror": "refs-only", "webhook": "none", "level": "organization", "title": "first",
            }),
        ),
        _ => (
            "Endpoint",
            json!({
                "host": "github", "scope": {"owner": "acme"}, "secrets": [{"kind": "hmac", "value": CANARY}],
            }),
        ),
    };
    for kind in [
        "projects",
        "hosts",
        "credentials",
        "repositories",
        "endpoints",
    ] {
        let path = format!("/api/v1/{kind}/one");
        let (word, spec) = spec(kind);
        let created = admin
            .json("PUT", &path, &manifest(word, "one", spec.clone()))
            .await;
        assert_eq!(created.status, 201, "{}", created.body);
        let shown = admin.reads(&path).await;
        assert_eq!(shown, said(&created), "{kind}");
        assert!(!created.body.contains(CANARY));
        let given = shown["spec"].as_object().unwrap();
        for (field, value) in spec.as_object().unwrap() {
            let has_secret = value.to_string().contains(CANARY);
            assert!(
                has_secret || given[field] == *value,
                "{field}: {value} {shown}"
            );
        }
        // Sent back as it was shown, its status with it, nothing changes.
        let tag = created.header("etag").to_owned();
        let again = admin.json("PUT", &path, &shown).await;
        assert_eq!(
            (again.status, again.header("etag")),
            (200, tag.as_str()),
            "{}",
            again.body
        );
        let listed = admin.reads(&format!("/api/v1/{kind}")).await;
        assert!(names(&listed, kind).contains(&"one".to_owned()), "{listed}");
    }
}

#[tokio::test]
async fn a_change_is_made_to_what_was_seen_alone() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let path = "/api/v1/repositories/web";
    let put = async |header: (&str, &str), branch: &str| {
        let mut body = web("web");
        body["spec"]["branch"] = branch.into();
        let headers = [("content-type", "application/json"), header];
        admin
            .send_body("PUT", path, &headers, Some(&body.to_string()))
            .await
    };
    assert_eq!(put(("if-match", "*"), "main").await.status, 412);
    assert_eq!(put(("if-match", "\"1\""), "main").await.status, 412);
    let created = put(("if-none-match", "*"), "main").await;
    assert_eq!(created.status, 201, "{}", created.body);
    let first = created.header("etag").to_owned();
    assert_eq!(put(("if-none-match", "*"), "main").await.status, 412);
    let changed = put(("if-match", &first), "next").await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let second = changed.header("etag").to_owned();
    assert_ne!(first, second);
    let stale = put(("if-match", &first), "other").await;
    assert_eq!(stale.status, 412);
    assert!(
        stale.body.contains(second.trim_matches('"')),
        "{}",
        stale.body
    );
    let headers = [("if-match", first.as_str())];
    assert_eq!(admin.send("DELETE", path, &headers).await.status, 412);
    assert_eq!(admin.reads(path).await["spec"]["branch"], "next");
}

#[tokio::test]
async fn body_and_address_agree() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let of_payments = {
        let mut body = web("web");
        body["metadata"]["project"] = "payments".into();
        body
    };
    for (path, body, place) in [
        ("/api/v1/repositories/other", web("web"), "metadata.name"),
        ("/api/v1/endpoints/web", web("web"), "kind"),
        (
            "/api/v1/repositories/web",
            of_payments.clone(),
            "metadata.project",
        ),
    ] {
        let refused = admin.json("PUT", path, &body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(said(&refused)["problems"][0]["place"], place);
    }
    let there = "/api/v1/repositories/web?project=payments";
    let created = admin.json("PUT", there, &of_payments).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let there = "/api/v1/repositories/api?project=payments";
    let created = admin.json("PUT", there, &web("api")).await;
    assert_eq!(
        said(&created)["metadata"]["project"],
        "payments",
        "{}",
        created.body
    );
}

#[tokio::test]
async fn what_is_in_use_stays_and_the_rest_goes() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let bot = manifest(
        "Credential",
        "bot",
        json!({"host": "github", "token": {"value": CANARY}}),
    );
    admin.json("PUT", "/api/v1/credentials/bot", &bot).await;
    let mut body = web("web");
    body["spec"]["credential"] = "bot".into();
    let created = admin.json("PUT", "/api/v1/repositories/web", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let refused = admin.send("DELETE", "/api/v1/credentials/bot", &[]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("Repository default/web"),
        "{}",
        refused.body
    );
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/hosts/github", &[])
            .await
            .status,
        409
    );
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/projects/payments", &[])
            .await
            .status,
        204
    );
    assert_eq!(admin.refused("/api/v1/projects/payments").await.0, 404);
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/projects/payments", &[])
            .await
            .status,
        404
    );
}
