//! `Link` headers (RFC 8288), as far as lists that come in pages use them.

/// Where the next page is, as it is written.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        // Its parameters go to the next target; commas in quotes there are not used by anybody.
        let parameters = after.split('<').next().unwrap_or_default();
        if parameters.split([';', ',']).any(is_next) {
            return Some(target);
        }
        rest = after;
    }
    None
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    let mut relations = value.split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|one| one.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_others() {
        for (header, expected) in [
            (
                r#"<https://a/?page=2>; rel="next""#,
                Some("https://a/?page=2"),
            ),
            (
                r#"<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next", <https://a/?page=9>; rel="last""#,
                Some("https://a/?page=3"),
            ),
            (r#"<a>; title="x"; REL=next"#, Some("a")),
            (r#"<a>; rel="last next""#, Some("a")),
            (r#"<a>; rel="nextish""#, None),
            ("<a", None),
            ("", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_there_is_a_part_of_it_or_nothing(header in "[<>;,=\"a-z/ ]{0,60}") {
            if let Some(next) = next(&header) {
                let target = format!("<{next}>");
                prop_assert!(header.contains(&target));
            }
        }
    }
}
