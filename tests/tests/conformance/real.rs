//! Whole deliveries of real Gitea and Forgejo servers, with true signatures.
//!
//! Every one verifies byte for byte, is refused with any byte changed, says what a second reading finds, and tells the
//! same fact as the others of its push, be they another hook's or another kind's.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;
use sluice_providers::SecretKind;

use crate::{
    read,
    reading::{full_ref, id, reading},
    request::{Request, secret},
    say,
    table::{Row, rows},
    told::told,
};

/// What moved where in which step of the recording: everything that is said of it must be one fact.
type Move = (String, String, String, String);

#[derive(Default)]
struct Seen {
    deliveries: usize,
    refused: usize,
    /// The facts of each move, and the kinds of delivery that told of it.
    moves: BTreeMap<Move, (BTreeSet<String>, Vec<String>)>,
}

pub(crate) fn check(folder: &Path) {
    let mut seen = Seen::default();
    let (mut unknown, mut queries) = (0, 0);
    for row in rows(&folder.join("MANIFEST.tsv")) {
        let host = row.get("file").split(['-', '/']).next().unwrap();
        if sluice_providers::provider(host).is_none() {
            unknown += 1;
        } else if row.get("content_type") == "(GET query)" {
            queries += 1;
        } else {
            seen.check(folder, host, &row);
        }
    }
    let told_twice = seen.one_fact_for_each_move();
    say(&format!(
        "{} deliveries of real hosts verified and read, {} forged ones refused, {} moves of refs told of, {told_twice} of \
         them more than once; skipped: {unknown} of hosts without provider, {queries} by GET",
        seen.deliveries,
        seen.refused,
        seen.moves.len(),
    ));
}

impl Seen {
    fn check(&mut self, folder: &Path, host: &str, row: &Row) {
        let file = row.get("file");
        let hmac = secret(SecretKind::Hmac, row.get("secret"));
        let mut request = recorded(folder, host, file);
        let said = request
            .say(&hmac)
            .unwrap_or_else(|why| panic!("{file}: {why}"));
        let observation = said
            .observation
            .unwrap_or_else(|why| panic!("{file}: {why}"));
        let body = json(&request.sample.body, row.get("content_type"));
        let event = row.get("event_header");
        assert_eq!(told(&observation), reading(event, &body), "{file}");
        let moves = match event {
            "push" => body["before"] != body["after"],
            event => matches!(event, "create" | "delete"),
        };
        if moves {
            self.moved(file, row, &body, &said.facts);
        }
        self.deliveries += 1;
        self.refused += forged(&mut request, row);
    }

    fn moved(&mut self, file: &str, row: &Row, body: &Value, facts: &[String]) {
        let after = body["sha"].as_str().or_else(|| body["after"].as_str());
        let server = file.split('/').next().unwrap().to_owned();
        let step = format!(
            "{} in repository {}",
            row.get("what_was_done"),
            body["repository"]["id"]
        );
        let key = (server, step, full_ref(body), id(after.unwrap_or_default()));
        let (known, kinds) = self.moves.entry(key).or_default();
        known.extend(facts.iter().cloned());
        kinds.push(row.get("event_header").to_owned());
    }

    /// Returns how many moves were told of more than once.
    fn one_fact_for_each_move(&self) -> usize {
        let mut facts = BTreeSet::new();
        for (what, (known, kinds)) in &self.moves {
            assert_eq!(known.len(), 1, "{what:?} is told by {kinds:?}");
            let server = &what.0;
            let fact = known.iter().next();
            assert!(
                facts.insert((server, fact)),
                "{what:?} has the fact of another move"
            );
        }
        let several = |kinds: &&Vec<String>| kinds.len() > 1;
        self.moves
            .values()
            .map(|(_, kinds)| kinds)
            .filter(several)
            .count()
    }
}

fn recorded(folder: &Path, host: &str, file: &str) -> Request {
    let headers: Value =
        serde_json::from_slice(&read(&folder.join(format!("{file}.headers.json")))).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let headers = headers["headers"].as_array().unwrap().iter();
    let headers = headers.map(|header| (text(&header[0]).to_lowercase(), text(&header[1])));
    let body = read(&folder.join(format!("{file}.body")));
    Request::new(host, headers.collect(), body)
}

/// Tries the delivery with changed bytes, without its signature, and with another secret.
fn forged(request: &mut Request, row: &Row) -> usize {
    let file = row.get("file");
    let hmac = secret(SecretKind::Hmac, row.get("secret"));
    let last = request.sample.body.len() - 1;
    let positions = [
        0,
        1,
        last / 7,
        last / 3,
        last / 2,
        last - last / 5,
        last - 1,
        last,
    ];
    for position in positions {
        request.sample.body[position] ^= 1;
        assert!(
            request.say(&hmac).is_err(),
            "{file} with byte {position} changed"
        );
        request.sample.body[position] ^= 1;
    }
    let other = secret(SecretKind::Hmac, &format!("{}x", row.get("secret")));
    assert!(request.say(&other).is_err(), "{file} with another secret");
    request
        .sample
        .headers
        .retain(|(name, _)| !name.ends_with("-signature"));
    assert!(request.say(&hmac).is_err(), "{file} without signature");
    positions.len() + 2
}

/// The JSON of a body, by another way than the provider's.
fn json(body: &[u8], content_type: &str) -> Value {
    if content_type == "application/json" {
        return serde_json::from_slice(body).unwrap();
    }
    let form = url::form_urlencoded::parse(body);
    let fields: Vec<_> = form.filter(|(name, _)| name == "payload").collect();
    serde_json::from_str(&fields[0].1).unwrap()
}
