//! Lists of what is declared.

use sluice_events::v1::AccessRole;
use sluice_test_support::{Registry, eventually, registry::repository};

use crate::{
    client::{Client, said},
    records::{names, web},
    server::Api,
    site::Site,
};

async fn many(count: usize) -> (Site, Registry, Api, Client) {
    let (site, registry, api, admin) = Site::with_admin().await;
    let all = (0..count).map(|number| {
        let name = format!("r{number}");
        repository(&name, "github", &format!("acme/{name}")).manifest()
    });
    registry.declare(&all.collect::<Vec<_>>()).await;
    eventually("all of them are known", || async {
        let page = admin.reads("/api/v1/repositories?limit=200").await;
        (names(&page, "repositories").len() == count).then_some(())
    })
    .await;
    (site, registry, api, admin)
}

#[tokio::test]
async fn lists_come_in_pages_by_project_and_name_and_say_where_the_next_is() {
    let (_site, _registry, _api, admin) = many(5).await;
    let there = "/api/v1/repositories/a?project=payments";
    assert_eq!(admin.json("PUT", there, &web("a")).await.status, 201);
    let first = admin.get("/api/v1/repositories?host=github&limit=3").await;
    let page = said(&first);
    assert_eq!(names(&page, "repositories"), ["r0", "r1", "r2"]);
    let link = first.header("link");
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.split_once('>'))
        .unwrap();
    assert_eq!(next.1, "; rel=\"next\"");
    let second = admin.get(next.0).await;
    assert_eq!(names(&said(&second), "repositories"), ["r3", "r4", "a"]);
    assert_eq!(second.header("link"), "");
    assert!(said(&second).get("next").is_none());
    for (query, expected) in [
        ("?host=gitlab", &[][..]),
        ("?project=payments", &["a"]),
        ("?q=R4", &["r4"]),
        ("?q=CME/r1", &["r1"]),
        ("?status=active", &[]),
    ] {
        let page = admin.reads(&format!("/api/v1/repositories{query}")).await;
        assert_eq!(names(&page, "repositories"), expected, "{query}");
    }
    for (query, parameter) in [
        ("?limit=201", "limit"),
        ("?after=x", "after"),
        ("?status=x", "status"),
    ] {
        let (status, problem) = admin.refused(&format!("/api/v1/repositories{query}")).await;
        assert_eq!((status, &problem["parameter"]), (400, &parameter.into()));
    }
}

#[tokio::test]
async fn k3_what_a_project_shows_to_all_is_readable_from_every_other() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    for (name, level) in [("open", "organization"), ("closed", "private")] {
        let mut body = web(name);
        body["spec"]["level"] = level.into();
        let there = format!("/api/v1/repositories/{name}?project=payments");
        assert_eq!(admin.json("PUT", &there, &body).await.status, 201);
    }
    admin
        .json("PUT", "/api/v1/repositories/own", &web("own"))
        .await;
    let viewer = api.client(&site.token_of(AccessRole::Viewer, "default").await);
    eventually("the viewer is known", || async {
        (viewer.get("/api/v1/hosts").await.status == 200).then_some(())
    })
    .await;
    let all = viewer.reads("/api/v1/repositories").await;
    assert_eq!(names(&all, "repositories"), ["own", "open"]);
    let theirs = viewer.reads("/api/v1/repositories?project=payments").await;
    assert_eq!(names(&theirs, "repositories"), ["open"]);
    viewer
        .reads("/api/v1/repositories/open?project=payments")
        .await;
    let closed = viewer
        .refused("/api/v1/repositories/closed?project=payments")
        .await;
    let none = viewer
        .refused("/api/v1/repositories/none?project=payments")
        .await;
    let nowhere = viewer
        .refused("/api/v1/repositories/open?project=nowhere")
        .await;
    assert_eq!(closed.0, 404);
    assert_eq!(
        [&none, &nowhere],
        [&closed, &closed],
        "which of them is nobody's business"
    );
    assert_eq!(
        viewer.refused("/api/v1/repositories?project=nowhere").await,
        closed
    );
}
