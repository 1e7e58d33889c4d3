//! The beginning of an object in a pack (gitformat-pack).

/// A delta against what stands that far before it.
pub(super) const OFFSET_DELTA: u8 = 6;

/// Most bytes of a kind and a size.
pub(super) const LONGEST: usize = 10;

/// How an entry begins.
pub(super) struct Head {
    pub(super) kind: u8,
    /// How many bytes there are when it is unpacked; of a delta, the delta's own.
    pub(super) size: u64,
    /// How many bytes the kind and the size take.
    pub(super) length: usize,
}

impl Head {
    /// Reads it.
    pub(super) fn read(entry: &[u8]) -> Option<Self> {
        let first = entry.first()?;
        let (kind, mut size) = ((first >> 4) & 7, u64::from(first & 15));
        let length = entry.iter().position(|byte| byte & 0x80 == 0)? + 1;
        for (number, byte) in entry.get(1..length)?.iter().enumerate() {
            let shift = u32::try_from(4 + 7 * number).ok()?;
            size |= u64::from(byte & 0x7f).checked_shl(shift)?;
        }
        Some(Self { kind, size, length })
    }
}

/// Reads how far before it the base of a delta stands, and how many bytes that takes.
pub(super) fn read_distance(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut distance = 0_u64;
    for (number, byte) in bytes.iter().enumerate().take(10) {
        distance = distance.checked_shl(7)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((distance, number + 1));
        }
        distance = distance.checked_add(1)?;
    }
    None
}

/// Writes the same.
pub(super) fn write_distance(mut distance: u64) -> Vec<u8> {
    let low = |distance: u64| (distance & 0x7f) as u8;
    let mut bytes = vec![low(distance)];
    distance >>= 7;
    while distance > 0 {
        distance -= 1;
        bytes.push(low(distance) | 0x80);
        distance >>= 7;
    }
    bytes.reverse();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        for (bytes, kind, size, length) in [
            (&[0x35][..], 3, 5, 1),
            (&[0xb5, 0x01, 0xff], 3, 21, 2),
            (&[0xef, 0xff, 0x7f], 6, (1 << 18) - 1, 3),
        ] {
            let head = Head::read(bytes).unwrap();
            assert_eq!((head.kind, head.size, head.length), (kind, size, length));
        }
        assert!(Head::read(&[]).is_none() && Head::read(&[0x80; 9]).is_none());
        assert!(Head::read(&[[0xff; 12].as_slice(), &[1]].concat()).is_none());
    }

    #[test]
    fn a_distance_is_read_as_it_was_written() {
        for distance in [
            1,
            127,
            128,
            129,
            16_511,
            16_512,
            2_113_663,
            2_113_664,
            1 << 40,
        ] {
            let bytes = write_distance(distance);
            assert_eq!(
                read_distance(&bytes),
                Some((distance, bytes.len())),
                "{distance}"
            );
        }
        assert_eq!(write_distance(128), [0x80, 0]);
        assert_eq!(read_distance(&[0x80; 20]), None);
    }
}
