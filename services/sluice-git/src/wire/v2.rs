//! Version 2: the remote lists only the refs that are asked for (gitprotocol-v2). At the big hosts that leaves out the
//! refs of all changes, which are most.

use std::io::Read;

use sluice_git::{GitError, Oid, problem};

use super::{
    AGENT,
    listing::{Listing, check_format, oid},
    pkt::{Pkt, Pkts, text, write},
    v0::refused,
};

/// What a remote can, in version 2.
#[derive(Debug, Default)]
pub(crate) struct Can {
    unborn: bool,
    agent: bool,
    format: bool,
}

/// Reads what it can, behind the line `version 2`.
pub(crate) fn read_capabilities<R: Read>(pkts: &mut Pkts<R>) -> Result<Can, GitError> {
    let mut can = Can::default();
    loop {
        match pkts.next()? {
            Pkt::Line(line) => {
                let line = String::from_utf8_lossy(text(line));
                if let Some(said) = line.strip_prefix("ERR ") {
                    return Err(refused(said.as_bytes()));
                }
                if let Some(format) = line.strip_prefix("object-format=") {
                    check_format(format)?;
                    can.format = true;
                }
                can.agent |= line.starts_with("agent=");
                can.unborn |= line
                    .strip_prefix("ls-refs=")
                    .is_some_and(|features| features.contains("unborn"));
            }
            Pkt::Flush => return Ok(can),
            _ => return Err(problem!(Network, "the remote broke off amid what it can")),
        }
    }
}

/// What asks for the branches, the tags and HEAD.
pub(crate) fn list(can: &Can) -> Vec<u8> {
    let mut request = command(can, "ls-refs");
    let unborn = if can.unborn {
        ["unborn\n"].as_slice()
    } else {
        &[]
    };
    let asked = [
        "peel\n",
        "symrefs\n",
        "ref-prefix HEAD\n",
        "ref-prefix refs/heads/\n",
        "ref-prefix refs/tags/\n",
    ];
    for line in asked.iter().chain(unborn) {
        write(&mut request, line);
    }
    request.extend_from_slice(b"0000");
    request
}

/// Reads them.
pub(crate) fn read_refs<R: Read>(pkts: &mut Pkts<R>) -> Result<Listing, GitError> {
    let mut listing = Listing::default();
    loop {
        let line = match pkts.next()? {
            Pkt::Line(line) => text(line),
            Pkt::Flush => return Ok(listing.finish()),
            _ => {
                return Err(problem!(
                    Network,
                    "the remote broke off amid its list of refs"
                ));
            }
        };
        if let Some(said) = line.strip_prefix(b"ERR ") {
            return Err(refused(said));
        }
        let mut words = line.split(|&byte| byte == b' ');
        let (id, name) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let mut peeled = None;
        for attribute in words {
            if let Some(target) = attribute
                .strip_prefix(b"symref-target:")
                .filter(|_| name == b"HEAD")
            {
                listing.take_head(target);
            }
            if let Some(id) = attribute.strip_prefix(b"peeled:") {
                peeled = oid(id)?;
            }
        }
        if id != b"unborn"
            && let Some(id) = oid(id)?
        {
            listing.take(name, id, peeled)?;
        }
    }
}

/// What asks for a pack.
pub(crate) fn fetch(can: &Can, wants: &[Oid], haves: &[Oid]) -> Vec<u8> {
    let mut request = command(can, "fetch");
    for option in ["thin-pack\n", "no-progress\n", "ofs-delta\n"] {
        write(&mut request, option);
    }
    for want in wants {
        write(&mut request, format!("want {want}\n"));
    }
    for have in haves {
        write(&mut request, format!("have {have}\n"));
    }
    write(&mut request, "done\n");
    request.extend_from_slice(b"0000");
    request
}

fn command(can: &Can, name: &str) -> Vec<u8> {
    let mut request = Vec::new();
    write(&mut request, format!("command={name}"));
    if can.agent {
        write(&mut request, format!("agent={AGENT}"));
    }
    if can.format {
        write(&mut request, "object-format=sha1");
    }
    request.extend_from_slice(b"0001");
    request
}
