//! Texts that are accepted, and those that are not.

use super::*;

fn check<T: PartialEq + std::fmt::Debug>(
    parse: fn(&str) -> Result<T, String>,
    good: &[(&str, T)],
    bad: &[&str],
) {
    for (text, value) in good {
        assert_eq!(parse(text).as_ref(), Ok(value), "{text}");
    }
    for text in bad {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn addresses() {
    let addr_of = |text: &str| text.parse::<SocketAddr>().unwrap();
    check(
        addr,
        &[
            ("127.0.0.1:80", addr_of("127.0.0.1:80")),
            ("[::1]:80", addr_of("[::1]:80")),
            (":8080", addr_of("0.0.0.0:8080")),
            ("localhost:0", addr_of("127.0.0.1:0")),
        ],
        &[
            "",
            "foo",
            "8080",
            "127.0.0.1",
            ":",
            ":65536",
            "example.com:80",
            "::1:80",
        ],
    );
    assert_eq!(
        addr("foo").unwrap_err(),
        "`foo` is not an address, expected host:port"
    );
}

#[test]
fn durations() {
    let ms = Duration::from_millis;
    check(
        duration,
        &[
            ("0", ms(0)),
            ("250ms", ms(250)),
            ("8s", ms(8000)),
            ("1h30m", ms(5_400_000)),
            ("1d1ms", ms(86_400_001)),
        ],
        &[
            "",
            "8",
            "s",
            "1.5s",
            "-1s",
            "8 s",
            "8S",
            "1m1h",
            "1s1s",
            "99999999999999999999s",
            "9999999999999999d",
        ],
    );
}

#[test]
fn sizes() {
    check(
        bytes,
        &[
            ("0", 0),
            ("512", 512),
            ("512B", 512),
            ("10kB", 10_000),
            ("64KiB", 65_536),
            ("25MiB", 26_214_400),
        ],
        &[
            "",
            "MiB",
            "1.5MiB",
            "25mib",
            "25 MiB",
            "-1",
            "99999999999GiB",
        ],
    );
}

#[test]
fn yes_and_no() {
    check(
        bool,
        &[
            ("true", true),
            ("TRUE", true),
            ("1", true),
            ("off", false),
            ("no", false),
        ],
        &["", "maybe", "2"],
    );
}

#[test]
fn an_url_needs_a_host_and_is_not_repeated() {
    assert_eq!(url("https://a.example/x").unwrap().path(), "/x");
    for text in ["", "a.example", "mailto:a@b", "postgres://user:hunter2@:x"] {
        let why = url(text).unwrap_err();
        assert!(
            why.starts_with("is not a URL") && !why.contains("hunter2"),
            "{why}"
        );
    }
    assert_eq!(some_url().scheme(), "http");
}

#[test]
fn lists_and_choices() {
    assert_eq!(list(" a, b,,c "), ["a", "b", "c"]);
    assert!(list(" ").is_empty());
    assert_eq!(choice("json", &["auto", "json"]), Ok("json"));
    assert_eq!(
        choice("xml", &["auto", "json"]).unwrap_err(),
        "`xml` is not known, expected auto or json"
    );
}
