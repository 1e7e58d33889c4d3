//! What became of a repository between two readings, and what of it no event told.
//!
//! As with refs, what lies between two readings is told as the one change that it comes to, and what events told of it is
//! left out: they lead from somewhere to where it is now, and only what lies before them is missing.

use sluice_events::{
    field,
    v1::{FieldChange, RepositoryAction, RepositoryEvent, RepositoryReading},
};

/// What happened, oldest first as far as that is known; `told` are the events about it since it was `known`, oldest first.
pub(crate) fn missed(
    known: &RepositoryReading,
    told: &[RepositoryEvent],
    now: &RepositoryReading,
) -> Vec<RepositoryEvent> {
    let fields = [
        field::FULL_NAME,
        field::VISIBILITY,
        field::DEFAULT_BRANCH,
        field::ARCHIVED,
    ];
    let missed = fields.into_iter().filter_map(|field| {
        let [from, to] = [known, now].map(|reading| value(reading, field));
        if from.is_empty() || to.is_empty() {
            // Not said, or an empty repository's default branch.
            return None;
        }
        let end = begin(field, &from, told, to.clone());
        let is_taken = field == field::FULL_NAME && from == to && is_anothers(known, now);
        (from != end || is_taken).then(|| event(field, from, end, known, now))
    });
    missed.collect()
}

/// A field of a repository as events have it; empty if it is not known.
fn value(reading: &RepositoryReading, field: &str) -> String {
    match field {
        field::FULL_NAME => reading.full_name.clone(),
        field::VISIBILITY => reading.visibility().word().to_owned(),
        field::DEFAULT_BRANCH => reading.default_branch.clone(),
        _ => reading.archived.to_string(),
    }
}

/// Where the told changes begin that lead to where the field is `now`, going back no further than to where it is known to
/// have been. One that does not say where it came from came from there.
fn begin(field: &str, known: &str, told: &[RepositoryEvent], now: String) -> String {
    let changes = told.iter().filter_map(RepositoryEvent::change);
    let mut left: Vec<_> = changes.filter(|change| change.field == field).collect();
    let mut here = now;
    while here != known {
        let leads_here = |change: &&FieldChange| change.to.as_deref() == Some(&here);
        let Some(last) = left.iter().rposition(leads_here) else {
            break;
        };
        let from = left.remove(last).from.as_deref();
        here = from.unwrap_or(known).to_owned();
    }
    here
}

fn is_anothers(known: &RepositoryReading, now: &RepositoryReading) -> bool {
    known.owner_id != now.owner_id && !known.owner_id.is_empty() && !now.owner_id.is_empty()
}

fn event(
    field: &str,
    from: String,
    to: String,
    known: &RepositoryReading,
    now: &RepositoryReading,
) -> RepositoryEvent {
    let owner = |name: &str| name.rsplit_once('/').unwrap_or_default().0.to_owned();
    let change = |field: &str, from: String, to: String| FieldChange {
        field: field.to_owned(),
        from: Some(from),
        to: Some(to),
    };
    let (old_owner, new_owner) = (owner(&from), owner(&to));
    // Whose it is, is known of where it is now; on the way there the names say it.
    let transferred = match to == now.full_name {
        true => is_anothers(known, now),
        false => old_owner != new_owner,
    };
    let action = match field {
        field::FULL_NAME if transferred => RepositoryAction::Transferred,
        field::FULL_NAME => RepositoryAction::Renamed,
        field::VISIBILITY => RepositoryAction::VisibilityChanged,
        field::DEFAULT_BRANCH => RepositoryAction::DefaultBranchChanged,
        _ if to == "true" => RepositoryAction::Archived,
        _ => RepositoryAction::Unarchived,
    };
    let mut changed = vec![change(field, from, to)];
    if action == RepositoryAction::Transferred {
        changed.push(change(field::OWNER, old_owner, new_owner));
    }
    RepositoryEvent {
        action: action.into(),
        changed,
        ..RepositoryEvent::default()
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::Visibility;

    use super::*;

    /// `acme/web` of owner 1 with `main`, changed by a word.
    fn reading(word: &str) -> RepositoryReading {
        let mut reading = RepositoryReading {
            host_id: "42".into(),
            full_name: "acme/web".into(),
            owner_id: "1".into(),
            default_branch: "main".into(),
            visibility: Visibility::Private.into(),
            archived: false,
        };
        match word {
            "" => {}
            "archived" => reading.archived = true,
            "public" => reading.visibility = Visibility::Public.into(),
            "unseen" => reading.visibility = Visibility::Unspecified.into(),
            "empty" => reading.default_branch.clear(),
            "taken" => reading.owner_id = "2".into(),
            name if name.contains('/') => {
                reading.full_name = name.into();
                let owner = if name.starts_with("acme/") { "1" } else { "2" };
                reading.owner_id = owner.into();
            }
            branch => reading.default_branch = branch.into(),
        }
        reading
    }

    fn lines(events: &[RepositoryEvent]) -> Vec<String> {
        let line = events.iter().map(|event| {
            let change = event.change().unwrap();
            let value = |value: &Option<String>| value.clone().unwrap_or("?".into());
            let (from, to) = (value(&change.from), value(&change.to));
            format!("{} {from} {to}", event.action().word())
        });
        line.collect()
    }

    /// Events, as `<action> <from> <to>` with `?` for what is not said, separated by commas.
    fn told(text: &str) -> Vec<RepositoryEvent> {
        let events = text.split(", ").filter(|text| !text.is_empty());
        let event = |text: &str| {
            let words: Vec<_> = text.split(' ').collect();
            let mut actions = (1..).map_while(|number| RepositoryAction::try_from(number).ok());
            let action = actions.find(|action| action.word() == words[0]).unwrap();
            let change = FieldChange {
                field: action.field().unwrap().into(),
                from: (words[1] != "?").then(|| words[1].into()),
                to: Some(words[2].into()),
            };
            RepositoryEvent {
                action: action.into(),
                changed: vec![change],
                ..RepositoryEvent::default()
            }
        };
        events.map(event).collect()
    }

    fn check(known: &str, events: &str, now: &str, expected: &[&str]) {
        let found = missed(&reading(known), &told(events), &reading(now));
        assert_eq!(lines(&found), expected, "{known} [{events}] {now}");
    }

    #[test]
    fn what_nobody_told_is_missed_and_nothing_else() {
        check("", "", "", &[]);
        check("", "", "acme/site", &["renamed acme/web acme/site"]);
        check("", "", "evil/web", &["transferred acme/web evil/web"]);
        check("", "", "archived", &["archived false true"]);
        check("archived", "", "", &["unarchived true false"]);
        check("", "", "public", &["visibility_changed private public"]);
        check("", "", "next", &["default_branch_changed main next"]);
        check("", "renamed acme/web acme/site", "acme/site", &[]);
        check("", "archived ? true", "archived", &[]);
        check("", "visibility_changed ? public", "public", &[]);
    }

    #[test]
    fn what_lies_before_what_was_told_is_missed() {
        check(
            "",
            "transferred acme/site evil/site",
            "evil/site",
            &["renamed acme/web acme/site"],
        );
        check(
            "",
            "renamed acme/web acme/site, transferred acme/site evil/site",
            "evil/site",
            &[],
        );
        // Whichever came first.
        check(
            "",
            "transferred acme/site evil/site, renamed acme/web acme/site",
            "evil/site",
            &[],
        );
        // Something else happened after what was told.
        check(
            "",
            "renamed acme/web acme/site",
            "acme/shop",
            &["renamed acme/web acme/shop"],
        );
        // What is told of another field explains nothing.
        check(
            "",
            "archived false true",
            "public",
            &["visibility_changed private public"],
        );
    }

    #[test]
    fn s26_a_name_that_is_somebody_elses_now_is_told() {
        check("", "", "taken", &["transferred acme/web acme/web"]);
        check("taken", "", "taken", &[]);
    }

    #[test]
    fn what_the_host_does_not_say_has_not_changed() {
        check("", "", "unseen", &[]);
        check("unseen", "", "public", &[]);
        check("", "", "empty", &[]);
        check("empty", "", "", &[]);
    }

    #[test]
    fn a_transfer_says_whose_it_was() {
        let found = missed(&reading(""), &[], &reading("platform/team/web"));
        let owner = &found[0].changed[1];
        assert_eq!(owner.field, "owner");
        assert_eq!(owner.from.as_deref(), Some("acme"));
        assert_eq!(owner.to.as_deref(), Some("platform/team"));
    }
}
