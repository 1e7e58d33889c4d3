//! An observation in one line, so that other readings of the same body can be compared with it.

use sluice_events::v1::{ChangeEvent, ChangeSide, RefEvent, RepositoryEvent};
use sluice_providers::{Happening, Observation};

pub(crate) fn told(observation: &Observation) -> String {
    let happenings: Vec<_> = observation.happenings.iter().map(happening).collect();
    let repository = observation.repository.as_ref();
    let repository = repository.map(|repo| format!("{} {}", repo.host_id, repo.full_name));
    format!(
        "{}: {}",
        repository.as_deref().unwrap_or("-"),
        happenings.join(" and ")
    )
}

fn happening(happening: &Happening) -> String {
    match happening {
        Happening::Ref(event) => moved(event),
        Happening::Change(event) => change(event),
        Happening::Repository(event) => became(event),
        Happening::Ping(event) => by("ping", event.actor.as_ref().map(|actor| &actor.login)),
        Happening::Other(event) => by("other", event.actor.as_ref().map(|actor| &actor.login)),
    }
}

fn moved(event: &RefEvent) -> String {
    let line = format!(
        "{} {} {}..{}",
        word(event.change().as_str_name(), "REF_CHANGE_"),
        event.r#ref,
        event.before.as_deref().unwrap_or("-"),
        event.after.as_deref().unwrap_or("-"),
    );
    by(&line, event.actor.as_ref().map(|actor| &actor.login))
}

fn change(event: &ChangeEvent) -> String {
    let side = |side: &Option<ChangeSide>| {
        let side = side.clone().unwrap_or_default();
        let sha = side.sha.unwrap_or_default();
        format!("{} {} {sha}", side.repository, side.branch)
    };
    let line = format!(
        "{} #{} {:?} {}, {} into {}, merge {}",
        word(event.action().as_str_name(), "CHANGE_ACTION_"),
        event.number,
        event.title,
        word(event.state().as_str_name(), "CHANGE_STATE_"),
        side(&event.source),
        side(&event.target),
        event.merge_commit.as_deref().unwrap_or("-"),
    );
    by(&line, event.actor.as_ref().map(|actor| &actor.login))
}

fn became(event: &RepositoryEvent) -> String {
    let changed = event.changed.iter().map(|change| {
        let value = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
        let (from, to) = (value(&change.from), value(&change.to));
        format!(" {} {from}..{to}", change.field)
    });
    let action = word(event.action().as_str_name(), "REPOSITORY_ACTION_");
    let line = format!("repository {action}{}", changed.collect::<String>());
    by(&line, event.actor.as_ref().map(|actor| &actor.login))
}

fn by(line: &str, login: Option<&String>) -> String {
    format!("{line} by {}", login.map_or("-", String::as_str))
}

/// The name of an enum's value without the enum's.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap().to_lowercase()
}
