//! The pack in a remote's answer.

use std::io::{Read, Write};

use sluice_git::{GitError, problem, scrub::Scrub};

use super::{
    broken,
    pkt::{Pkt, Pkts, text},
    v0::refused,
};

/// Passes the pack of an answer on, and nothing else. Of that many bytes at most.
pub(crate) fn pack(answer: impl Read, to: &mut dyn Write, longest: u64) -> Result<(), GitError> {
    let mut pkts = Pkts::new(answer, longest);
    let mut began = false;
    loop {
        let line = match pkts.next()? {
            Pkt::Line(line) => line,
            Pkt::Pack => return bare(pkts.into_inner(), to, longest),
            // Between what is known on both sides and the pack.
            Pkt::Flush | Pkt::Delimiter if !began => continue,
            Pkt::Flush => return Ok(()),
            Pkt::Delimiter | Pkt::End => {
                return Err(problem!(Network, "the remote broke off amid the pack"));
            }
        };
        match line.split_first() {
            Some((1, data)) => {
                began = true;
                to.write_all(data).map_err(broken::problem)?;
            }
            // What it wants people to see.
            Some((2, _)) => {}
            Some((3, said)) => {
                let said = Scrub::default().text(said);
                return Err(problem!(Remote, "the remote gave up: {said}"));
            }
            _ if began => {
                return Err(problem!(
                    Corrupt,
                    "the remote's answer is broken amid the pack"
                ));
            }
            // `ACK …`, `NAK`; in version 2 the names of sections.
            _ => match text(line) {
                said if said.starts_with(b"ERR ") => {
                    return Err(refused(said.get(4..).unwrap_or_default()));
                }
                said if said.starts_with(b"ACK ") || said == b"NAK" || said == b"packfile" => {}
                b"acknowledgments" | b"ready" => {}
                said if said.starts_with(b"shallow") => {
                    return Err(problem!(
                        Unsupported,
                        "the remote has only a part of the history (it is a shallow clone)"
                    ));
                }
                _ => {
                    return Err(problem!(
                        Corrupt,
                        "the remote's answer is none that Git's protocol has"
                    ));
                }
            },
        }
    }
}

/// A pack that comes as it is, from remotes that know no better.
fn bare(answer: impl Read, to: &mut dyn Write, longest: u64) -> Result<(), GitError> {
    to.write_all(b"PACK").map_err(broken::problem)?;
    let copied = std::io::copy(&mut answer.take(longest), to).map_err(broken::problem)?;
    match copied == longest {
        true => Err(problem!(
            Limit,
            "the remote's answer is longer than it may be"
        )),
        false => Ok(()),
    }
}
