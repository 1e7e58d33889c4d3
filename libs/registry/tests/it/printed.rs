//! Whatever a record holds, what is printed of it reads as it was.

use proptest::prelude::*;
use sluice_events::v1;
use sluice_registry::{Manifest, Record, parse, render};

use crate::samples::certificate;

/// Texts as people write them, and as they do not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        "\\PC{1,12}",
        Just("yes".into()),
        Just("0123".into()),
        Just("~".into()),
        Just("- a: b # c".into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_record_that_is_printed_reads_as_it_was(
        (name, user, id, branch) in (text(), text(), text(), text()),
        ca in prop_oneof![Just(String::new()), Just(certificate(7)), text()],
        kind in 1..4,
        mirror in 1..4,
        days in 0..4000_u32,
        set in prop_oneof![Just(String::new()), text()],
        seconds in prop::option::of(0..4_000_000_000_i64),
    ) {
        let records = [
            Record::Host(v1::Host {
                name: name.clone(), provider: user.clone(), url: id.clone(), ca,
                ssh_url: branch.clone(), ssh_host_keys: vec![user.clone(), id.clone()],
                private_addresses: kind == 1, api_url: branch.clone(), calls_per_hour: days, shares: [(user.clone(), days)].into(), set: set.clone(),
            }),
            Record::Credential(v1::Credential {
                name: name.clone(), project: id.clone(), host: branch.clone(), kind, user: user.clone(),
                expires_at: seconds.map(sluice_events::Timestamp::from_seconds), ..Default::default()
            }),
            Record::Repository(v1::RegisteredRepository {
                name: name.clone(), project: user.clone(), host: id.clone(), full_name: branch.clone(),
                url: user, branch: branch.clone(), credential: name, mirror, host_id: id, title: branch, webhook: kind,
                shared_endpoint: String::new(),
                level: 1 + mirror % 2, suspended: String::new(), import: String::new(), webhook_days: days, set,
            }),
        ];
        let manifests: Vec<_> = records.iter().map(Manifest::from).collect();
        let printed = render(&manifests).unwrap();
        let read = parse(printed.as_bytes()).unwrap_or_else(|problems| panic!("{problems}\n{printed}"));
        for (one, other) in manifests.iter().zip(&read) {
            prop_assert_eq!(format!("{:?}", one.spec), format!("{:?}", other.spec), "{}", printed);
        }
        let json = serde_json::to_string(&manifests[2]).unwrap();
        prop_assert_eq!(format!("{:?}", manifests[2].spec), format!("{:?}", parse(json.as_bytes()).unwrap()[0].spec));
    }
}
