//! Stored events over HTTP.

use serde_json::Value;
use sluice_events::Timestamp;

use crate::{client::Client, server::Api, site::Site};

async fn stored() -> (Site, Api, Client) {
    let (site, api, client) = Site::with_api().await;
    for (number, (full_name, what)) in [
        ("acme/web", "branch.created.default.main"),
        ("acme/web", "branch.updated.default.main"),
        ("acme/web", "branch.updated.other.a.b"),
        ("acme/web", "tag.created.other.v1"),
        ("acme/api", "branch.updated.default.main"),
        ("acme/api", "change.merged"),
        ("umbrella/a/b", "ping.received"),
    ]
    .into_iter()
    .enumerate()
    {
        // The last token alone may have a dot in it.
        let what: Vec<_> = what.splitn(4, '.').collect();
        let number = number as u64 + 1;
        match what.as_slice() {
            [name, action, standing, short] => {
                let short = short.replace('.', "-");
                let what = format!("{name}.{action}.{standing}.{short}");
                site.event("default", full_name, &what, number).await;
            }
            other => {
                site.event("default", full_name, &other.join("."), number)
                    .await
            }
        }
    }
    site.event("payments", "acme/web", "ping.received", 8).await;
    (site, api, client)
}

fn ids(page: &Value) -> Vec<u64> {
    let events = page["events"].as_array().unwrap();
    let id = |event: &Value| event["event"]["id"].as_str().unwrap().parse().unwrap();
    events.iter().map(id).collect()
}

#[tokio::test]
async fn an_event_is_shown_as_cloudevents_say() {
    let (_site, _api, client) = stored().await;
    let page = client.reads("/api/v1/events?limit=1").await;
    let shown = &page["events"][0];
    assert_eq!(shown["sequence"], 1);
    let event = shown["event"].as_object().unwrap();
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "1"),
        ("source", "https://github.com/acme/web"),
        ("type", "dev.sluice.git.branch.created.v1"),
        ("subject", "refs/heads/für\u{1b}"),
        ("time", "2023-11-14T22:13:20Z"),
        ("datacontenttype", "application/json"),
        ("sluiceproject", "default"),
        ("sluicetrust", "signed"),
        ("sluicedelivery", "d-1"),
    ] {
        assert_eq!(event[name], value);
    }
    assert_eq!(event["data"]["ref"], "refs/heads/main");
    assert!(event["sluicefact"].is_string() && !event.contains_key("sluiceoperation"));
}

#[tokio::test]
async fn only_what_is_wanted_is_shown() {
    let (_site, _api, client) = stored().await;
    for (query, expected) in [
        ("", &[1, 2, 3, 4, 5, 6, 7, 8][..]),
        ("?project=default", &[1, 2, 3, 4, 5, 6, 7]),
        ("?repository=acme/web", &[1, 2, 3, 4, 8]),
        ("?repository=umbrella/a/b", &[7]),
        ("?repository=umbrella/a", &[]),
        ("?host=github&kind=branch", &[1, 2, 3, 5]),
        ("?host=gitlab", &[]),
        ("?kind=branch.updated", &[2, 3, 5]),
        ("?kind=change.merged", &[6]),
        ("?kind=change", &[6]),
        ("?ref=refs/heads/main", &[1, 2, 5]),
        ("?ref=refs/heads/main&kind=branch.created", &[1]),
        ("?ref=refs/tags/v1&repository=acme/web", &[4]),
        ("?since=2020-01-01T00:00:00Z", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("?since=1969-01-01T00:00:00Z", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("?since=2999-01-01T00:00:00Z", &[]),
        ("?project=payments", &[8]),
    ] {
        let page = client.reads(&format!("/api/v1/events{query}")).await;
        assert_eq!(ids(&page), expected, "{query}");
        assert!(page.get("next").is_none(), "{query}");
    }
}

#[tokio::test]
async fn a_time_is_when_it_was_stored() {
    let (site, _api, client) = Site::with_api().await;
    for number in 1..=3 {
        site.event("default", "acme/web", "ping.received", number)
            .await;
    }
    let now = Timestamp::now();
    let path = format!("/api/v1/events?since={now}");
    assert_eq!(ids(&client.reads(&path).await), Vec::<u64>::new());
    for number in 4..=6 {
        site.event("default", "acme/web", "ping.received", number)
            .await;
    }
    assert_eq!(ids(&client.reads(&path).await), [4, 5, 6]);
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let (site, _api, client) = stored().await;
    for query in ["kind=branch", "kind=branch&since=2020-01-01T00:00:00Z"] {
        let first = client
            .reads(&format!("/api/v1/events?{query}&limit=2"))
            .await;
        assert_eq!(ids(&first), [1, 2]);
        let next = first["next"].as_str().unwrap();
        let second = client
            .reads(&format!("/api/v1/events?{query}&limit=2&after={next}"))
            .await;
        assert_eq!(ids(&second), [3, 5]);
        assert!(second.get("next").is_none());
    }
    // Whoever has seen everything asks again behind it.
    let none = client.reads("/api/v1/events?after=8").await;
    assert_eq!(ids(&none), Vec::<u64>::new());
    site.event("default", "acme/web", "ping.received", 9).await;
    assert_eq!(ids(&client.reads("/api/v1/events?after=8").await), [9]);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let (_site, _api, client) = stored().await;
    for (query, parameter) in [
        ("limit=1001", "limit"),
        ("after=-1", "after"),
        ("since=now", "since"),
        ("kind=push", "kind"),
        ("kind=branch.%3E", "kind"),
        ("ref=main", "ref"),
        ("ref=refs/tags/v1&kind=branch", "ref"),
        ("subject=sluice.v1.%3E", "subject"),
    ] {
        let (status, problem) = client.refused(&format!("/api/v1/events?{query}")).await;
        assert_eq!(
            (status, &problem["parameter"]),
            (400, &parameter.into()),
            "{query}"
        );
    }
    let (status, problem) = client.refused("/api/v1/events?repository=none").await;
    assert_eq!((status, &problem["parameter"]), (404, &"repository".into()));
}

#[tokio::test]
async fn wildcards_in_what_is_asked_are_letters() {
    let (_site, _api, client) = stored().await;
    for query in [
        "host=*",
        "host=%3E",
        "repository=*/*",
        "repository=acme/%3E",
        "ref=refs/heads/*",
    ] {
        let page = client.reads(&format!("/api/v1/events?{query}")).await;
        assert_eq!(ids(&page), Vec::<u64>::new(), "{query}");
    }
}
