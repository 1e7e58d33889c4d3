//! What stands behind the `?`, checked: every parameter is known, given once, and of bounded length.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use percent_encoding::percent_decode_str;
use sluice_events::Timestamp;

use crate::{
    operations::parameters::{Parameter, Shape},
    problem::Problem,
};

/// Longest query as a whole, in bytes.
const LONGEST: usize = 16 * 1024;

/// Longest value, in bytes.
const LONGEST_VALUE: usize = 4096;

/// The parameters of a request.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// Reads a query in which only these may stand. One that is empty counts as left out.
    pub(crate) fn read(query: &str, known: &[&'static Parameter]) -> Result<Self, Problem> {
        if query.len() > LONGEST {
            let detail = format!("a query has {LONGEST} bytes at most");
            return Err(Problem::new(StatusCode::URI_TOO_LONG, detail));
        }
        let mut parameters = BTreeMap::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = decoded(name).unwrap_or_default();
            let found = known.iter().find(|known| known.name == name);
            let parameter = found.ok_or_else(|| unknown(&name, known))?;
            let name = parameter.name;
            let value = decoded(value)
                .ok_or_else(|| Problem::parameter(name, "it is no UTF-8, percent-encoded"))?;
            if value.len() > LONGEST_VALUE {
                let detail = format!("it has {LONGEST_VALUE} bytes at most");
                return Err(Problem::parameter(name, detail));
            }
            if let Shape::Word(words) = parameter.shape
                && !value.is_empty()
                && words.kind(&value).is_none()
            {
                let detail = format!("it is one of {}", words.all());
                return Err(Problem::parameter(name, detail));
            }
            if parameters.insert(name, value).is_some() {
                return Err(Problem::parameter(name, "it stands there twice"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// Whether it is given and says anything but no.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value != "false")
    }

    /// All that are given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether something is wanted; not if nothing is said.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::parameter(name, "it is true or false")),
        }
    }

    /// A text, if it is given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text; empty if it is not given.
    pub(crate) fn or_empty(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// A time, if it is given.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let read = |text| {
            let time = Timestamp::parse(text);
            time.ok_or_else(|| {
                Problem::parameter(
                    name,
                    "it is no time, expected one like 2026-01-31T12:00:00Z",
                )
            })
        };
        self.text(name).map(read).transpose()
    }

    /// How many are wanted: 1 to `most`.
    pub(crate) fn limit(&self, usual: u32, most: u32) -> Result<u32, Problem> {
        let Some(text) = self.text("limit") else {
            return Ok(usual);
        };
        // Digits alone: a parser would take a sign as well.
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        let number = number.filter(|number| (1..=most).contains(number));
        number
            .ok_or_else(|| Problem::parameter("limit", format!("it is a number from 1 to {most}")))
    }

    /// A number that only grows, if it is given.
    pub(crate) fn sequence(&self, name: &str) -> Result<Option<u64>, Problem> {
        let read = |text: &str| {
            let digits = text.bytes().all(|digit| digit.is_ascii_digit());
            let number = text.parse().ok().filter(|_| digits);
            number.ok_or_else(|| Problem::parameter(name, "give what a page has as `next`"))
        };
        self.text(name).map(read).transpose()
    }

    /// The beginning of a sha, if it is given.
    pub(crate) fn sha(&self, name: &str) -> Result<String, Problem> {
        self.text(name)
            .map_or(Ok(String::new()), |text| sha(name, text))
    }
}

/// None of the parameters that there are.
fn unknown(name: &str, known: &[&'static Parameter]) -> Problem {
    let shown: String = name.chars().take(80).collect();
    let known: Vec<_> = known.iter().map(|known| known.name).collect();
    let detail = match known.is_empty() {
        true => "there is no such parameter".to_owned(),
        false => format!("there is no such parameter; there are {}", known.join(", ")),
    };
    Problem::parameter(&shown, detail)
}

/// The beginning of a sha.
pub(crate) fn sha(name: &str, text: &str) -> Result<String, Problem> {
    let hexadecimal = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    match hexadecimal && (4..=64).contains(&text.len()) {
        true => Ok(text.to_owned()),
        false => Err(Problem::parameter(
            name,
            "it has 4 to 64 hexadecimal digits",
        )),
    }
}

/// As forms encode: percent, and `+` for a blank.
fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::parameters::{AFTER_SEQUENCE, LIMIT, SHA, SINCE, TEXT};

    fn read(query: &str) -> Result<Parameters, Problem> {
        Parameters::read(query, &[&TEXT, &LIMIT, &SINCE, &SHA, &AFTER_SEQUENCE])
    }

    #[test]
    fn values_are_decoded_and_empty_ones_are_left_out() {
        let parameters = read("text=a+b%2Bc%C3%BC&limit=&&sha").unwrap();
        assert_eq!(parameters.text("text"), Some("a b+cü"));
        assert_eq!(parameters.text("limit"), None);
        assert_eq!(parameters.limit(50, 1000), Ok(50));
        assert_eq!(parameters.sha("sha"), Ok(String::new()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |query: &str| {
            let read = read(query).and_then(|parameters| {
                parameters.limit(50, 1000)?;
                parameters.time("since")?;
                parameters.sequence("after")?;
                parameters.sha("sha").map(drop)
            });
            read.unwrap_err()
        };
        for (query, name) in [
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=-1", "limit"),
            ("limit=%2B1", "limit"),
            ("since=yesterday", "since"),
            ("sha=abc", "sha"),
            ("sha=xyzw", "sha"),
            ("after=x", "after"),
            ("text=a&text=b", "text"),
            ("text=%FF", "text"),
            ("Text=a", "Text"),
            ("%00=a", "\0"),
            ("limits=1", "limits"),
        ] {
            let expected = Problem::parameter(name, wrong(query).to_string());
            assert_eq!(wrong(query), expected, "{query}");
        }
        let long = format!("text={}", "x".repeat(LONGEST_VALUE + 1));
        assert_eq!(
            wrong(&long),
            Problem::parameter("text", "it has 4096 bytes at most")
        );
        let longer = "x".repeat(LONGEST + 1);
        assert_eq!(
            wrong(&longer),
            Problem::new(StatusCode::URI_TOO_LONG, "a query has 16384 bytes at most")
        );
    }
}
