//! What others are asked to do, and what becomes of it.

use serde_json::json;
use sluice_bus::{Records, StoredMessage};
use sluice_events::{
    Call, Timestamp, token,
    v1::{ConnectorRequest, OperationOutcome, OperationState, SyncRepository},
};
use sluice_registry::keys;
use sluice_test_support::eventually;

use crate::{
    client::{Client, said},
    records::web,
    site::Site,
};

/// The commands that are stored, as the bootstrap user sees them.
pub(crate) async fn commands(site: &Site) -> Vec<StoredMessage> {
    let bus = site.nats.bus("bootstrap").await;
    let read = bus.read_forward("SLUICE_COMMANDS", "sluice.v1.command.>", 1);
    read.await.unwrap()
}

async fn asked(admin: &Client, method: &str, path: &str) -> String {
    let answer = admin.send(method, path, &[]).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let id = said(&answer)["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/operations/{id}")
    );
    id
}

#[tokio::test]
async fn k2_k4_k7_work_is_asked_for_by_commands_in_the_name_of_who_asks() {
    let (site, _registry, _api, admin) = Site::with_admin().await;
    let there = "/api/v1/repositories/web";
    let query = "?project=payments";
    admin
        .json("PUT", &format!("{there}{query}"), &web("web"))
        .await;
    for (method, verb, service, is) in [
        ("POST", "/sync", "sync", "repository"),
        ("POST", "/recheck", "connector", "recheck"),
        ("POST", "/renew", "connector", "renew"),
        ("POST", "/accept", "connector", "accept"),
        ("DELETE", "", "connector", "remove"),
    ] {
        let id = asked(&admin, method, &format!("{there}{verb}{query}")).await;
        let stored = commands(&site).await.pop().unwrap();
        let call = Call::parse(&stored.subject).unwrap();
        let of = (
            &*call.project,
            &*call.principal,
            &*call.service,
            &*call.verb,
        );
        assert_eq!(of, ("payments", "admin-of-all", service, is));
        assert_eq!(stored.envelope().unwrap().id, id);
        assert!(stored.header("Nats-TTL").is_some());
        if service == "sync" {
            let asked: SyncRepository = serde_json::from_slice(&stored.payload).unwrap();
            assert!(asked.name == "web" && asked.deadline > Some(Timestamp::now()));
        } else {
            let asked: ConnectorRequest = serde_json::from_slice(&stored.payload).unwrap();
            assert!(asked.name == "web" && asked.deadline.is_some() && !asked.force);
        }
    }
    asked(&admin, "DELETE", &format!("{there}{query}&force=true")).await;
    let forced = commands(&site).await.pop().unwrap();
    let forced: ConnectorRequest = serde_json::from_slice(&forced.payload).unwrap();
    assert!(forced.force && forced.revision == 0);
    let shown = admin.get(&format!("{there}{query}")).await;
    let tag = shown.header("etag").to_owned();
    let headers = [("if-match", tag.as_str())];
    let taken = admin
        .send("DELETE", &format!("{there}{query}"), &headers)
        .await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    let seen = commands(&site).await.pop().unwrap();
    let seen: ConnectorRequest = serde_json::from_slice(&seen.payload).unwrap();
    assert_eq!(
        format!("\"{}\"", seen.revision),
        tag,
        "that one and no other"
    );
}

#[tokio::test]
async fn what_became_of_it_is_told_as_it_comes() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    admin
        .json("PUT", "/api/v1/repositories/web", &web("web"))
        .await;
    let id = asked(&admin, "POST", "/api/v1/repositories/web/recheck").await;
    let path = format!("/api/v1/operations/{id}");
    assert_eq!(admin.reads(&path).await["state"], "waiting");
    let connector = site.nats.bus("connector").await;
    let outcomes = Records::<OperationOutcome>::new(&connector, keys::OPERATIONS);
    let outcome = OperationOutcome {
        principal: "admin-of-all".into(),
        verb: "connector.recheck".into(),
        state: OperationState::Failed.into(),
        reason: "no such host".into(),
        at: Some(Timestamp::now()),
    };
    outcomes
        .put(&token::encode(&id), &outcome, None)
        .await
        .unwrap();
    let shown = admin.reads(&path).await;
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&"failed".into(), &"no such host".into())
    );
    let over = format!("default-1-{}", "0".repeat(32));
    for other in ["x", "default", &over, &format!("{id}0")] {
        assert_eq!(
            admin
                .refused(&format!("/api/v1/operations/{other}"))
                .await
                .0,
            404
        );
    }
    let theirs = api.client(&site.token("theirs", "payments", None).await);
    let hidden = eventually("they are known", || async {
        let answer = theirs.get(&path).await;
        (answer.status != 401).then_some(answer.status)
    });
    assert_eq!(hidden.await, 404);
}

#[tokio::test]
async fn what_makes_no_sense_is_not_asked_for() {
    let (site, _registry, _api, admin) = Site::with_admin().await;
    let mut body = web("web");
    body["spec"]["mirror"] = json!("none");
    admin.json("PUT", "/api/v1/repositories/web", &body).await;
    let refused = admin
        .send("POST", "/api/v1/repositories/web/sync", &[])
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let none = admin
        .send("POST", "/api/v1/repositories/none/sync", &[])
        .await;
    assert_eq!(none.status, 404);
    assert!(commands(&site).await.is_empty());
}
