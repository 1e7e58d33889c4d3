use std::io::{self, Read};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;

fn names(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.canary.as_str()).collect()
}

#[test]
fn a_canary_is_found_in_each_of_its_forms_and_called_by_it() {
    let canary = Canary::new("one");
    let search = Search::of([&canary, &Canary::new("other")]);
    for (form, text) in canary.disguises() {
        let around = [b"before ".as_slice(), &text, b" after"].concat();
        let found = search.bytes(&around);
        assert_eq!(names(&found), ["one"], "{form}");
        // Where no digit tells the two alphabets apart, it is said to be in the first.
        assert!(form.starts_with(found[0].form), "{form}: {found:?}");
    }
}

#[test]
fn base64_is_found_wherever_it_begins_and_whatever_it_is_padded_with() {
    let canary = Canary::new("one");
    let search = Search::of([&canary]);
    for before in 0..7 {
        for after in 0..4 {
            let text = format!(
                "{}{}{}",
                "é:^".repeat(before),
                canary.value(),
                "~".repeat(after)
            );
            let padded = BASE64_STANDARD.encode(&text);
            assert_eq!(names(&search.bytes(padded.as_bytes())), ["one"]);
            let shifted = BASE64_STANDARD.encode([&vec![b'x'; before], text.as_bytes()].concat());
            assert_eq!(names(&search.bytes(shifted.as_bytes())), ["one"]);
            let url = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(&text);
            assert_eq!(names(&search.bytes(url.as_bytes())), ["one"]);
        }
    }
}

#[test]
fn half_of_a_canary_is_a_canary() {
    let canary = Canary::within("one", "ghp_", "/+\"");
    let search = Search::of([&canary]);
    let core = canary.value().trim_start_matches("ghp_");
    let (first, second) = core.split_at(LENGTH / 2);
    for half in [first, second] {
        assert_eq!(names(&search.bytes(half.as_bytes())), ["one"]);
        assert_eq!(names(&search.bytes(hex::encode(half).as_bytes())), ["one"]);
    }
    assert_eq!(search.bytes(b"ghp_"), []);
}

#[test]
fn encoders_that_change_single_characters_hide_nothing() {
    let canary = Canary::within("one", "a b/", "+\"é\n");
    let search = Search::of([&canary]);
    let json = serde_json::to_string(canary.value()).unwrap();
    let debug = format!("{:?}", canary.value());
    let bytes = format!("{:?}", canary.value().as_bytes());
    for text in [json, debug, bytes] {
        assert_eq!(names(&search.bytes(text.as_bytes())), ["one"], "{text}");
    }
}

/// Gives a few bytes at a time.
struct Drops<'b>(&'b [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        let (now, rest) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = rest;
        Ok(length)
    }
}

#[test]
fn what_lies_across_two_reads_is_found() {
    let canary = Canary::new("one");
    let search = Search::of([&canary]);
    let text = format!(
        "{}{}{}",
        "x".repeat(70_000),
        canary.value(),
        "y".repeat(70_000)
    );
    for size in [1, 7, 4096, 70_010, 200_000] {
        let found = search.reader(Drops(text.as_bytes(), size)).unwrap();
        assert_eq!(names(&found), ["one"], "{size}");
    }
    let without = text.replace(canary.value(), "");
    assert_eq!(search.reader(Drops(without.as_bytes(), 7)).unwrap(), []);
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_found_says_no_secret() {
    let (one, other) = (Canary::new("one"), Canary::new("other"));
    let search = Search::of([&one]);
    assert_eq!(search.bytes(other.value().as_bytes()), []);
    let found = search.bytes(one.value().as_bytes());
    assert_eq!(search.bytes(format!("{found:?} {one:?}").as_bytes()), []);
}

#[test]
fn a_secret_of_any_bytes_is_found_as_it_is_and_encoded() {
    let key: Vec<u8> = (0..32).map(|byte| byte * 7 + 3).collect();
    let canary = Canary::made("a key", &key);
    let search = Search::of([&canary]);
    for text in [
        key.clone(),
        hex::encode(&key).into_bytes(),
        BASE64_STANDARD.encode(&key).into_bytes(),
    ] {
        assert_eq!(names(&search.bytes(&text)), ["a key"]);
    }
}
