//! What someone probably meant.

/// The candidate that is nearest to a name, if one is near enough to be a slip of the hand.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let near_enough = (name.len() / 3).max(2);
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= near_enough)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters must be added, dropped or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, from) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&to) {
            let here = (diagonal + usize::from(from != *to))
                .min(left + 1)
                .min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_characters() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("addr", "adr", 1),
            ("öl", "ol", 1),
        ] {
            assert_eq!(distance(from, to), expected, "{from} → {to}");
        }
    }

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let names = ["hooks-addr", "admin", "log-format"];
        let cases = [
            ("hook-addr", Some("hooks-addr")),
            ("logformat", Some("log-format")),
            ("replicas", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, names.into_iter()), expected);
        }
    }
}
