//! The record of a commit.

use sluice_events::v1::{ChangedPaths, CommitRecord, CommitSignature};
use sluice_git::Oid;

use super::{Headers, person::person};

/// Most bytes of a message.
const LONGEST_MESSAGE: usize = 256 << 10;

/// Most parents that are told. Git's own octopuses have fewer.
const MOST_PARENTS: usize = 1000;

/// What a commit says.
pub(crate) fn record(oid: Oid, commit: &[u8], paths: ChangedPaths) -> CommitRecord {
    let headers = Headers::read(commit);
    let message = cut(headers.message);
    CommitRecord {
        sha: oid.to_string(),
        parents: headers
            .parents
            .iter()
            .take(MOST_PARENTS)
            .map(Oid::to_string)
            .collect(),
        tree: tree_of(&headers)
            .map(|tree| tree.to_string())
            .unwrap_or_default(),
        author: Some(person(headers.author)),
        committer: Some(person(headers.committer)),
        message: lossy(message),
        message_raw: raw(message),
        message_truncated: message.len() < headers.message.len(),
        encoding: String::from_utf8_lossy(headers.encoding)
            .chars()
            .take(64)
            .collect(),
        signature: signature(headers.signature).into(),
        paths: Some(paths),
    }
}

/// A commit's tree.
pub(super) fn tree_of(headers: &Headers<'_>) -> Option<Oid> {
    Oid::parse(std::str::from_utf8(headers.tree).ok()?)
}

/// The text; what is not UTF-8 is replaced.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes, where the text does not say everything.
pub(crate) fn raw<B: From<Vec<u8>>>(bytes: &[u8]) -> B {
    match std::str::from_utf8(bytes) {
        Ok(_) => Vec::new().into(),
        Err(_) => bytes.to_vec().into(),
    }
}

/// The beginning of a message that is too long, without half a character at its end.
fn cut(message: &[u8]) -> &[u8] {
    let Some(start) = message
        .get(..LONGEST_MESSAGE)
        .filter(|start| start.len() < message.len())
    else {
        return message;
    };
    match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_none() => {
            start.get(..error.valid_up_to()).unwrap_or(start)
        }
        _ => start,
    }
}

fn signature(signature: &[u8]) -> CommitSignature {
    let begins = |what: &str| signature.starts_with(what.as_bytes());
    match signature {
        [] => CommitSignature::Unspecified,
        _ if begins("-----BEGIN PGP ") => CommitSignature::Openpgp,
        _ if begins("-----BEGIN SSH SIGNATURE") => CommitSignature::Ssh,
        _ if begins("-----BEGIN SIGNED MESSAGE") => CommitSignature::X509,
        _ => CommitSignature::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(commit: &[u8]) -> CommitRecord {
        record(
            Oid::from_bytes(&[1; 20]).unwrap(),
            commit,
            ChangedPaths::default(),
        )
    }

    #[test]
    fn odd_commits_are_read_as_far_as_they_go() {
        for commit in [
            b"".as_slice(),
            b"\n",
            b"tree",
            b"tree x\nparent y\n",
            b"\xff\xfe",
            b"author\ncommitter\n\n",
        ] {
            assert_eq!(read(commit).parents, Vec::<String>::new());
        }
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let odd = format!(
            "tree {one}\nparent {two}\nauthor A <a> 1 +0000\nauthor B <b> 2 +0000\nparent {one}\nencoding x\nfoo\n \n\nm\n\nn\n"
        );
        let record = read(odd.as_bytes());
        assert_eq!((record.tree, record.parents), (one, vec![two]));
        assert_eq!(
            (
                record.author.unwrap().name.as_str(),
                record.encoding.as_str()
            ),
            ("A", "x")
        );
        assert_eq!(record.message, "m\n\nn\n");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let commit = format!("tree x\n\na{}", "é".repeat(LONGEST_MESSAGE));
        let record = read(commit.as_bytes());
        assert!(record.message_truncated && record.message_raw.is_empty());
        assert_eq!(record.message.len(), LONGEST_MESSAGE - 1);
        let whole = format!("tree x\n\n{}", "a".repeat(LONGEST_MESSAGE));
        assert!(!read(whole.as_bytes()).message_truncated);
    }

    #[test]
    fn kinds_of_signatures_are_told_apart() {
        for (begin, kind) in [
            ("-----BEGIN PGP SIGNATURE-----", CommitSignature::Openpgp),
            ("-----BEGIN SSH SIGNATURE-----", CommitSignature::Ssh),
            ("-----BEGIN SIGNED MESSAGE-----", CommitSignature::X509),
            ("what", CommitSignature::Other),
        ] {
            let commit = format!("tree x\ngpgsig {begin}\n abc\n\nm");
            assert_eq!(read(commit.as_bytes()).signature(), kind);
        }
    }
}
