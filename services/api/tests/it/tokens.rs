//! Access tokens over HTTP.

use serde_json::json;
use sluice_events::v1::AccessRole;
use sluice_test_support::{eventually, folder_holds};

use crate::{client::said, site::Site};

const PATH: &str = "/api/v1/access-tokens";

#[tokio::test]
async fn a_token_is_shown_once_opens_what_it_says_and_ends_when_it_is_deleted() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    let new = json!({"name": "ci", "role": "viewer", "expiresAt": "2999-01-01T00:00:00Z"});
    let made = admin
        .json("POST", &format!("{PATH}?project=payments"), &new)
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let place = made.header("location").to_owned();
    let made = said(&made);
    let token = made["token"].as_str().unwrap();
    assert_eq!(
        (&made["project"], &made["role"]),
        (&"payments".into(), &"viewer".into())
    );
    let holder = api.client(token);
    holder.reads("/api/v1/repositories").await;
    // It would open the next project of that name.
    let refused = admin.send("DELETE", "/api/v1/projects/payments", &[]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("the access token ci is for it"),
        "{}",
        refused.body
    );
    assert_eq!(
        holder
            .refused("/api/v1/repositories?project=default")
            .await
            .0,
        404
    );
    for path in [place.as_str(), PATH] {
        let shown = admin.reads(path).await.to_string();
        assert!(shown.contains("\"ci\"") && !shown.contains(token) && !shown.contains("digest"));
    }
    assert!(!folder_holds(site.nats.folder(), token));
    assert_eq!(admin.json("POST", PATH, &new).await.status, 409);
    let own = format!("{PATH}/admin-of-all");
    assert_eq!(
        admin.send("DELETE", &own, &[]).await.status,
        409,
        "nobody locks themselves out"
    );
    assert_eq!(admin.send("DELETE", &place, &[]).await.status, 204);
    assert_eq!(holder.refused("/api/v1/repositories").await.0, 401);
    assert_eq!(admin.send("DELETE", &place, &[]).await.status, 404);
}

#[tokio::test]
async fn s1_nobody_makes_a_token_that_opens_more_than_their_own() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    let theirs = api.client(&site.token_of(AccessRole::Admin, "payments").await);
    eventually("they are known", || async {
        (theirs.get(PATH).await.status == 200).then_some(())
    })
    .await;
    let all = json!({"name": "all", "role": "viewer", "allProjects": true});
    assert_eq!(theirs.json("POST", PATH, &all).await.status, 403);
    let other = json!({"name": "other", "role": "viewer"});
    assert_eq!(
        theirs
            .json("POST", &format!("{PATH}?project=default"), &other)
            .await
            .status,
        404
    );
    assert_eq!(
        theirs
            .send("DELETE", &format!("{PATH}/admin-of-all"), &[])
            .await
            .status,
        404
    );
    assert_eq!(theirs.refused(&format!("{PATH}/admin-of-all")).await.0, 404);
    let own = said(&theirs.json("POST", PATH, &other).await);
    assert_eq!(own["project"], "payments");
    let listed = theirs.reads(PATH).await;
    assert_eq!(
        listed["access-tokens"].as_array().unwrap().len(),
        2,
        "{listed}"
    );
    let made = said(&admin.json("POST", PATH, &all).await);
    assert!(made.get("project").is_none());
    let audit = admin.reads("/api/v1/audit?project=payments").await;
    let refused = audit["entries"].as_array().unwrap().iter();
    let refused = refused.filter(|shown| shown["entry"].get("allowed").is_none());
    assert_eq!(
        refused.count(),
        2,
        "what it may not and what is not its own: {audit}"
    );
}

#[tokio::test]
async fn what_makes_no_sense_makes_no_token() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    for new in [
        json!({"name": "operator", "role": "viewer"}),
        json!({"name": "a b", "role": "viewer"}),
        json!({"name": "\u{0}", "role": "viewer"}),
        json!({"name": "a", "role": "owner"}),
        json!({"name": "a", "role": "viewer", "expiresAt": "2000-01-01T00:00:00Z"}),
        json!({"name": "a", "role": "viewer", "expiresAt": "soon"}),
        json!({"name": "a", "role": "viewer", "digest": "x"}),
        json!({"name": "a"}),
        json!(["a"]),
    ] {
        let refused = admin.json("POST", PATH, &new).await;
        assert_eq!(refused.status, 422, "{new}: {}", refused.body);
    }
    let listed = admin.reads(PATH).await;
    assert_eq!(listed["access-tokens"].as_array().unwrap().len(), 1);
}
