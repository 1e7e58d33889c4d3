//! Packet lines: four hexadecimal digits of length, then that many bytes, themselves included.

use std::io::Read;

use sluice_git::{GitError, problem};

use super::broken;

/// What stands between two lengths.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pkt<'a> {
    /// Bytes, without the line break that texts end in.
    Line(&'a [u8]),
    /// `0000`: the end of a part.
    Flush,
    /// `0001`: the end of a section, in version 2.
    Delimiter,
    /// The remote is at its end.
    End,
    /// `PACK`: no packet line at all, but a pack that comes as it is.
    Pack,
}

/// Reads packet lines.
pub(crate) struct Pkts<R> {
    reading: R,
    buffer: Vec<u8>,
    /// How many bytes may still come.
    left: u64,
}

impl<R: Read> Pkts<R> {
    /// Of that many bytes at most.
    pub(crate) fn new(reading: R, longest: u64) -> Self {
        Self {
            reading,
            buffer: Vec::new(),
            left: longest,
        }
    }

    /// The next.
    pub(crate) fn next(&mut self) -> Result<Pkt<'_>, GitError> {
        let mut length = [0; 4];
        match self.fill(&mut length)? {
            0 => return Ok(Pkt::End),
            4 => {}
            _ => return Err(broken::problem(std::io::ErrorKind::UnexpectedEof.into())),
        }
        if &length == b"PACK" {
            return Ok(Pkt::Pack);
        }
        // Marks and empty lines count, too, or there could be any number of them.
        self.take(4)?;
        let digits = std::str::from_utf8(&length)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let length = digits.and_then(|text| u16::from_str_radix(text, 16).ok());
        let length = match length {
            Some(0) => return Ok(Pkt::Flush),
            Some(1) => return Ok(Pkt::Delimiter),
            // `0002` is the end of an answer, where connections have no other.
            Some(2) => return Ok(Pkt::End),
            Some(length @ 4..) => usize::from(length) - 4,
            _ => {
                return Err(problem!(
                    Corrupt,
                    "the remote does not speak Git's protocol"
                ));
            }
        };
        self.take(length as u64)?;
        self.buffer.resize(length, 0);
        self.reading
            .read_exact(&mut self.buffer)
            .map_err(broken::problem)?;
        Ok(Pkt::Line(&self.buffer))
    }

    fn take(&mut self, bytes: u64) -> Result<(), GitError> {
        let left = self.left.checked_sub(bytes);
        let over = || problem!(Limit, "the remote's answer is longer than it may be");
        self.left = left.ok_or_else(over)?;
        Ok(())
    }

    /// What comes behind the packet lines.
    pub(crate) fn into_inner(self) -> R {
        self.reading
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, GitError> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reading.read(rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken::problem(error)),
            }
        }
        Ok(filled)
    }
}

/// A text without the line break at its end.
pub(crate) fn text(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// Writes a line.
pub(crate) fn write(to: &mut Vec<u8>, line: impl AsRef<[u8]>) {
    let line = line.as_ref();
    to.extend_from_slice(format!("{:04x}", line.len() + 4).as_bytes());
    to.extend_from_slice(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut pkts = Pkts::new(bytes, 100);
        let mut found = Vec::new();
        loop {
            match pkts.next() {
                Ok(Pkt::End) => return found,
                Ok(pkt) => found.push(format!("{pkt:?}")),
                Err(error) => {
                    found.push(format!("{:?}", error.problem));
                    return found;
                }
            }
        }
    }

    #[test]
    fn lines_and_marks_are_told_apart() {
        assert_eq!(
            all(b"0006a\n00000001PACK"),
            ["Line([97, 10])", "Flush", "Delimiter", "Pack"]
        );
        assert_eq!(all(b"0004"), ["Line([])"]);
    }

    #[test]
    fn what_is_none_is_an_error() {
        for (bytes, problem) in [
            (b"0003".as_slice(), "Corrupt"),
            (b"<htm", "Corrupt"),
            (b"+00a", "Corrupt"),
            (b"00", "Network"),
            (b"0009abc", "Network"),
            (b"ffffabc", "Limit"),
            (&b"0000".repeat(26)[..], "Limit"),
            (&b"0004".repeat(26), "Limit"),
        ] {
            let found = all(bytes);
            assert_eq!(found.last().unwrap(), problem, "{bytes:?}");
        }
    }
}
