//! `sluice keys reseal`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use sluice_bus::Bus;
use sluice_daemon::{Invocation, escape};
use sluice_declared::{Author, Declared};
use sluice_registry::{KeyClass, OpeningKeys, SealingKey, Snapshot};

use super::moving::{Moved, Moving};
use crate::{
    arguments::{Format, keys::Reseal},
    commands::{SERVICE, print},
    find::{self, Actor, System},
    key_folder::KeyFolder,
};

/// Moves what is sealed to old keys to the new one; exit code 1 if something is left.
pub(super) async fn run(arguments: &Reseal, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let classes = classes(arguments, &system)?;
    let declared = Declared::read(&system.bus).await?;
    let mut all = Vec::new();
    for moving in &classes {
        let moved = one(&system.bus, &declared.snapshot, moving, arguments.dry_run).await?;
        if arguments.output == Format::Table {
            say(&moved, arguments.dry_run)?;
        }
        all.push(moved);
    }
    if let Some(text) = print::structured(&all, arguments.output, || {
        all.iter().map(|moved| moved.class.to_owned()).collect()
    })? {
        print::say(&text)?;
    }
    system.bus.drain().await;
    Ok(if all.iter().all(Moved::is_whole) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is to be moved, by which keys: those that are named, else those of the data folder.
fn classes(arguments: &Reseal, system: &System) -> anyhow::Result<Vec<Moving>> {
    let class = arguments.class.map(|class| class.class());
    if let (Some(class), Some(new)) = (class, &arguments.new_pub) {
        return Ok(vec![Moving {
            class,
            opening: OpeningKeys::load(class, &arguments.old_key)?,
            sealing: SealingKey::load(class, new)?,
        }]);
    }
    let Some(folder) = &system.folder else {
        bail!(
            "name the keys: --class, --old-key and --new-pub; they are known on a data folder alone"
        );
    };
    let keys = KeyFolder::of_data(folder);
    let all = KeyClass::ALL.into_iter();
    let wanted = all
        .filter(|class| class.bucket().is_some())
        .filter(|one| class.is_none_or(|class| class == *one));
    wanted
        .map(|class| {
            Ok(Moving {
                class,
                opening: OpeningKeys::load(class, &keys.opening(class)?)?,
                sealing: SealingKey::load(class, &keys.public(class))?,
            })
        })
        .collect()
}

async fn one(
    bus: &Bus,
    records: &Snapshot,
    moving: &Moving,
    dry_run: bool,
) -> anyhow::Result<Moved> {
    let decided = moving.decide(bus, records).await?;
    if dry_run || !decided.changes_something() {
        return Ok(moving.rehearse(decided));
    }
    // First: what nobody could find afterwards is not done.
    let author = Author::new(SERVICE, Actor::Operator.role())?;
    let object = format!("{} to the key {}", moving.class.name(), moving.sealing.id());
    let noted = author.note(bus, "keys.reseal", "", &object, None).await;
    noted.context("cannot note who changes it, so nothing is moved")?;
    moving.carry_out(bus, decided).await
}

/// How many, and the names of those that are left; never a value.
fn say(moved: &Moved, dry_run: bool) -> anyhow::Result<()> {
    let mut text = format!(
        "{}, to the key {}: {} {}, {} skipped (sealed to it already), {} changed meanwhile, {} cannot be opened\n",
        moved.class,
        moved.key,
        moved.moved,
        if dry_run { "would be moved" } else { "moved" },
        moved.skipped,
        moved.changed.len(),
        moved.unopened.len(),
    );
    for what in &moved.changed {
        text += &format!(
            "  {}: changed meanwhile; run it again\n",
            escape::terminal(what)
        );
    }
    for left in &moved.unopened {
        let line = format!("{}: {}", left.what, left.why);
        text += &format!("  {}\n", escape::terminal(&line));
    }
    print::say(&text)?;
    Ok(())
}
