//! Every role against everybody else's rights (N24, S3): what this table says works, and the server refuses the rest.

mod rights;
mod table;

use std::time::Duration;

use sluice_bus::{
    Bus, Fleet, PublishError, RecordError, Records,
    roles::{ROLES, role},
};
use sluice_events::v1::Project;
use sluice_test_support::{Nats, eventually};

use self::table::Expected;
use crate::{admin, publish::message, raw::Raw};

const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let (nats, topology) = table::site().await;
    for expected in table::expected() {
        let mut raw = Raw::connect(&nats.connection(expected.role));
        compare(&expected, &mut raw, &topology);
    }
    // All of it was only tried: nothing is gone.
    let bus = nats.bus("bootstrap").await;
    let differences = sluice_bus::topology::differences(&bus, &topology)
        .await
        .unwrap();
    assert_eq!(differences, vec![]);
}

fn compare(expected: &Expected, raw: &mut Raw, topology: &sluice_bus::topology::Topology) {
    let role = expected.role;
    let (mut publishes, mut subscribes) = (Vec::new(), Vec::new());
    for subject in rights::publishable(topology) {
        if raw.may_publish(&subject) {
            publishes.push(subject);
        }
    }
    for subject in rights::subscribable(topology) {
        if raw.may_subscribe(&subject) {
            subscribes.push(subject);
        }
    }
    let sorted = |mut subjects: Vec<String>| {
        subjects.sort();
        subjects.dedup();
        subjects
    };
    publishes.sort();
    subscribes.sort();
    assert_eq!(
        publishes,
        sorted(expected.publishes(topology)),
        "{role} publishes"
    );
    assert_eq!(
        subscribes,
        sorted(expected.subscribes()),
        "{role} subscribes"
    );
}

#[test]
fn the_table_has_every_role() {
    let expected = table::expected();
    let expected: Vec<_> = expected.iter().map(|expected| expected.role).collect();
    let shipped = ROLES
        .iter()
        .map(|role| role.name)
        .filter(|name| *name != "bootstrap");
    let shipped: Vec<_> = shipped.chain(["worker"]).collect();
    assert_eq!(expected, shipped);
    assert!(role("gateway").is_some() && role("nobody").is_none());
}

#[tokio::test]
async fn a_refused_right_is_no_success() {
    let nats = Nats::start().await;
    let reader = nats.bus("reader").await;
    let answer = reader.publish(message("a"), PATIENCE).await;
    assert!(
        matches!(answer, Err(PublishError::Unknown(_))),
        "{answer:?}"
    );
    let record = Project {
        name: "a".into(),
        ..Project::default()
    };
    let put = Records::<Project>::new(&nats.bus("gateway").await, "projects")
        .put("a", &record, None)
        .await;
    assert!(matches!(put, Err(RecordError::Bus { .. })), "{put:?}");
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    for stream in ["SLUICE_GIT", "KV_sluice-projects"] {
        let stream = jetstream.get_stream(stream).await.unwrap();
        assert_eq!(stream.cached_info().state.messages, 0);
    }
}

#[tokio::test]
async fn whoever_follows_a_subject_cannot_acknowledge_in_the_streams_place() {
    // S22: the reply subject of what is published is seen by everybody who follows it.
    let nats = Nats::start().await;
    let mut reader = Raw::connect(&nats.connection("reader"));
    assert_eq!(reader.say("SUB sluice.v1.git.> 1"), Vec::<String>::new());
    let gateway = nats.bus("gateway").await;
    gateway
        .publish(message("a"), Duration::from_secs(3))
        .await
        .unwrap();
    eventually("the reader sees it", || {
        reader.listen();
        let replies = reader.replies.clone();
        async move { replies.first().cloned() }
    })
    .await;
    let reply = reader.replies[0].clone();
    assert!(reply.starts_with("_INBOX_gateway."), "{reply}");
    assert!(!reader.may_publish(&reply));
}

#[tokio::test]
async fn the_fleet_shows_and_answers_whoever_surveys_it() {
    let nats = Nats::start().await;
    let gateway: Bus = nats.bus("gateway").await;
    let fleet = Fleet::join(&gateway, "gateway", "1.2.3", "takes deliveries").await;
    assert!(fleet.is_some());
    let mut operator = Raw::connect(&nats.connection("operator"));
    assert_eq!(operator.say("SUB _INBOX_fleet.> 1"), Vec::<String>::new());
    for asked in ["$SRV.PING", "$SRV.INFO.sluice-gateway"] {
        let ask = format!("PUB {asked} _INBOX_fleet.a 0\r\n");
        eventually("the gateway answers", || {
            assert_eq!(operator.say(&ask), Vec::<String>::new());
            operator.listen();
            let answers = std::mem::take(&mut operator.received);
            let ours = |(_, answer): &(String, String)| {
                answer.contains("sluice-gateway") && answer.contains("1.2.3")
            };
            let answered = answers.iter().any(ours);
            async move { answered.then_some(()) }
        })
        .await;
    }
}
