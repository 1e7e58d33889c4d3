//! `sluice events tail`.

use std::{collections::BTreeMap, io::Write, time::Duration};

use anyhow::Context;
use sluice_bus::{Bus, StoredMessage};
use sluice_daemon::{Invocation, escape};
use sluice_events::families::FAMILIES;

use crate::{
    arguments::{Format, Tail},
    find::{self, Actor},
};

/// How often it is looked for events if no wake-up comes.
const LOOK: Duration = Duration::from_secs(1);

/// Prints events as they are stored, for ever or for as many as wanted. Nothing is missed and nothing comes twice.
pub(super) async fn run(arguments: Tail, invocation: &Invocation) -> anyhow::Result<()> {
    let family = arguments.subject.split('.').nth(2).unwrap_or_default();
    let known = FAMILIES
        .iter()
        .find(|known| known.name == family)
        .with_context(|| {
            let names: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
            format!(
                "`{}` names no family; begin with sluice.v1. and one of {}",
                arguments.subject,
                names.join(", ")
            )
        })?;
    let actor = if family == "git" {
        Actor::Reader
    } else {
        Actor::Operator
    };
    let bus = find::system(&arguments.reach, actor, invocation).await?.bus;
    // Woken before it is looked where the stream ends, so that nothing falls in between.
    let mut wake = bus.wake(&arguments.subject).await?;
    let mut next = match arguments.from {
        Some(sequence) => sequence.max(1),
        None => bus
            .last_message(known.stream, &arguments.subject)
            .await?
            .map_or(1, |last| last.sequence + 1),
    };
    let mut left = arguments.count.unwrap_or(u64::MAX);
    while left > 0 {
        let messages = read(&bus, known.stream, &arguments.subject, next).await;
        for message in messages
            .iter()
            .take(usize::try_from(left).unwrap_or(usize::MAX))
        {
            print(message, known.stream, arguments.output)?;
            next = message.sequence + 1;
            left -= 1;
        }
        if messages.is_empty() {
            // Whether woken or not: it looks again.
            let _ = tokio::time::timeout(LOOK, wake.next()).await;
        }
    }
    Ok(())
}

/// What is there, or nothing while the bus is away.
async fn read(bus: &Bus, stream: &str, subject: &str, from: u64) -> Vec<StoredMessage> {
    bus.read_forward(stream, subject, from)
        .await
        .unwrap_or_else(|error| {
            eprintln!("waiting: {}", escape::terminal(&error.to_string()));
            Vec::new()
        })
}

fn print(message: &StoredMessage, stream: &str, format: Format) -> anyhow::Result<()> {
    let data: serde_json::Value = serde_json::from_slice(&message.payload).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if format == Format::Table {
        let header = |name| message.header(name).unwrap_or_default();
        let (time, trust) = (header("ce-time"), header("ce-sluicetrust"));
        let text = format!("{time}  {trust:<6}  {}", message.subject);
        writeln!(out, "{}", escape::terminal(&text))?;
    } else if format == Format::Name {
        let id = message.header("ce-id").unwrap_or_default();
        writeln!(out, "{}", escape::terminal(id))?;
    } else {
        let headers: BTreeMap<_, _> = message.headers().collect();
        let line = serde_json::json!({
            "subject": message.subject, "stream": stream, "sequence": message.sequence, "headers": headers, "data": data,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
