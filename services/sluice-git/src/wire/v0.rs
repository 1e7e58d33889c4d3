//! Version 0: the remote begins with all its refs (gitprotocol-pack).

use std::io::Read;

use sluice_git::{GitError, problem, scrub::Scrub};

use super::{
    AGENT,
    listing::{Listing, check_format, oid},
    pkt::{Pkt, Pkts, text, write},
};
use sluice_git::Oid;

/// Reads the refs. `first` is a line that was read already.
pub(crate) fn read_refs<R: Read>(
    pkts: &mut Pkts<R>,
    first: Option<Vec<u8>>,
) -> Result<Listing, GitError> {
    let mut listing = Listing::default();
    let mut held = first;
    let mut began = false;
    loop {
        let line = match held.take() {
            Some(line) => line,
            None => match pkts.next()? {
                Pkt::Line(line) => line.to_vec(),
                Pkt::Flush => return Ok(listing.finish()),
                Pkt::End if began => {
                    return Err(problem!(
                        Network,
                        "the remote broke off amid its list of refs"
                    ));
                }
                _ => {
                    return Err(problem!(
                        Corrupt,
                        "the remote does not speak Git's protocol"
                    ));
                }
            },
        };
        let line = text(&line);
        if let Some(said) = line.strip_prefix(b"ERR ") {
            return Err(refused(said));
        }
        if line.starts_with(b"shallow ") {
            return Err(problem!(
                Unsupported,
                "the remote has only a part of the history (it is a shallow clone)"
            ));
        }
        if line == b"version 1" {
            continue;
        }
        let (line, capabilities) = match line.iter().position(|&byte| byte == 0) {
            Some(at) if !began => line.split_at(at),
            _ => (line, [].as_slice()),
        };
        if !began {
            take_capabilities(&mut listing, capabilities)?;
            began = true;
        }
        let Some((id, name)) = line
            .split_at_checked(40)
            .filter(|(_, name)| name.starts_with(b" "))
        else {
            let id = line.split(|&byte| byte == b' ').next().unwrap_or_default();
            oid(id)?;
            return Err(problem!(Corrupt, "the remote's list of refs is broken"));
        };
        // An empty repository has a line of zeros, for what it can.
        if let (Some(id), Some(name)) = (oid(id)?, name.get(1..)) {
            listing.take(name, id, None)?;
        }
    }
}

fn take_capabilities(listing: &mut Listing, capabilities: &[u8]) -> Result<(), GitError> {
    let capabilities =
        String::from_utf8_lossy(capabilities.strip_prefix(b"\0").unwrap_or_default()).into_owned();
    for capability in capabilities.split_whitespace() {
        if let Some(format) = capability.strip_prefix("object-format=") {
            check_format(format)?;
        }
        if let Some(target) = capability.strip_prefix("symref=HEAD:") {
            listing.take_head(target.as_bytes());
        }
        listing.can.push(capability.to_owned());
    }
    Ok(())
}

/// What asks for a pack: everything that is had is said at once, and the remote answers with the pack.
pub(crate) fn request(can: &[String], wants: &[Oid], haves: &[Oid]) -> Vec<u8> {
    let ask = [
        "multi_ack_detailed",
        "side-band-64k",
        "thin-pack",
        "ofs-delta",
        "no-progress",
    ];
    let mut capabilities: Vec<_> = ask
        .into_iter()
        .filter(|ask| can.iter().any(|can| can == ask))
        .map(str::to_owned)
        .collect();
    if can.iter().any(|can| can.starts_with("agent=")) {
        capabilities.push(format!("agent={AGENT}"));
    }
    let mut request = Vec::new();
    for (number, want) in wants.iter().enumerate() {
        match number {
            0 => write(
                &mut request,
                format!("want {want} {}\n", capabilities.join(" ")),
            ),
            _ => write(&mut request, format!("want {want}\n")),
        }
    }
    request.extend_from_slice(b"0000");
    for have in haves {
        write(&mut request, format!("have {have}\n"));
    }
    write(&mut request, "done\n");
    request
}

/// What a remote says instead of an answer.
pub(crate) fn refused(said: &[u8]) -> GitError {
    let shown = Scrub::default().text(said);
    let lower = shown.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match lower.as_str() {
        _ if has(&[
            "not found",
            "does not exist",
            "no such",
            "not appear to be a git",
            "not exported",
        ]) =>
        {
            problem!(
                NotFound,
                "the remote has no such repository, or does not show it: {shown}"
            )
        }
        _ if has(&[
            "denied",
            "unauthorized",
            "not authorized",
            "authentication",
            "forbidden",
            "permission",
        ]) =>
        {
            problem!(Credential, "the remote does not let us in: {shown}")
        }
        _ => problem!(Remote, "the remote refuses: {shown}"),
    }
}
