//! Messages one after the other on a pipe, each behind its length as protobuf writes it.

use std::io::{self, Read, Write};

use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// Most bytes of a frame. The largest is a commit with its message and paths, far below it.
pub const MAX_FRAME: u64 = 16 << 20;

/// Most bytes of a job. A million refs are some 80 MiB.
pub const MAX_JOB: u64 = 256 << 20;

/// Writes a message.
pub fn write(to: &mut impl Write, message: &impl Message) -> io::Result<()> {
    to.write_all(&message.encode_length_delimited_to_vec())
}

/// Reads a message; none at the end.
///
/// # Errors
/// If the other side ended amid a message, or it is none, or longer than that.
pub fn read<M: Message + Default>(from: &mut impl Read, longest: u64) -> io::Result<Option<M>> {
    let mut length = Length::default();
    let mut byte = [0];
    while !length.done {
        match from.read(&mut byte)? {
            0 if length.read == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => length.take(byte[0])?,
        }
    }
    let mut body = Zeroizing::new(vec![0; length.within(longest)?]);
    from.read_exact(&mut body)?;
    decode(&body).map(Some)
}

/// The same without blocking.
///
/// # Errors
/// As [`read`].
pub async fn read_async<M: Message + Default>(
    from: &mut (impl AsyncRead + Unpin),
    longest: u64,
) -> io::Result<Option<M>> {
    let mut length = Length::default();
    let mut byte = [0];
    while !length.done {
        match from.read(&mut byte).await? {
            0 if length.read == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => length.take(byte[0])?,
        }
    }
    let mut body = vec![0; length.within(longest)?];
    from.read_exact(&mut body).await?;
    decode(&body).map(Some)
}

fn decode<M: Message + Default>(body: &[u8]) -> io::Result<M> {
    M::decode(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// A length that comes byte by byte.
#[derive(Default)]
struct Length {
    value: u64,
    read: u32,
    done: bool,
}

impl Length {
    fn take(&mut self, byte: u8) -> io::Result<()> {
        if self.read >= 9 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.value |= u64::from(byte & 0x7f) << (7 * self.read);
        self.read += 1;
        self.done = byte & 0x80 == 0;
        Ok(())
    }

    fn within(&self, longest: u64) -> io::Result<usize> {
        let length = usize::try_from(self.value)
            .ok()
            .filter(|_| self.value <= longest);
        length
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a message that is too long"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Problem, Ref};

    #[tokio::test]
    async fn what_is_written_is_read() {
        let message = Ref {
            name: vec![b'a'; 300],
            ..Ref::default()
        };
        let mut pipe = Vec::new();
        write(&mut pipe, &message).unwrap();
        write(&mut pipe, &Ref::default()).unwrap();
        let (mut sync, mut not) = (&*pipe, &*pipe);
        for expected in [Some(message), Some(Ref::default()), None] {
            assert_eq!(read::<Ref>(&mut sync, 1000).unwrap(), expected);
            assert_eq!(read_async::<Ref>(&mut not, 1000).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn what_is_cut_or_too_long_or_no_message_is_an_error() {
        for bytes in [
            &[200, 1, 7][..],
            &[0x80],
            &[0xff; 20],
            &[255, 255, 255, 255, 15],
            &[2, 0xff, 0xff],
        ] {
            assert!(read::<Problem>(&mut &*bytes, 1000).is_err(), "{bytes:?}");
            assert!(
                read_async::<Problem>(&mut &*bytes, 1000).await.is_err(),
                "{bytes:?}"
            );
        }
    }
}
