//! A repository that has everything that repositories have.

use std::fmt::Write;

use super::{GitRepository, git_with_input};

/// Puts all of it into an empty repository.
pub fn everything(web: &GitRepository) {
    let (a, b) = ("100644 inline", "100755 inline");
    let person = |time: u64, zone: &str| format!("Ada Author <ada@example.test> {time} {zone}");
    let mut stream = String::new();
    let mut commit = |branch: &str, mark: u32, head: &str, message: &str, rest: &str| {
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\nmark :{mark}\n{head}data {}\n{message}\n{rest}\n",
            message.len()
        );
    };
    let by = |time: u64, zone: &str| format!("author {0}\ncommitter {0}\n", person(time, zone));
    let file = |mode: &str, path: &str, content: &str| {
        format!("M {mode} {path}\ndata {}\n{content}\n", content.len())
    };

    commit(
        "main",
        1,
        &by(1000, "+0100"),
        "first",
        &(file(a, "a.txt", "one\n") + &file(a, "d/e/f.txt", "deep\n")),
    );
    commit(
        "main",
        2,
        &by(2000, "-0000"),
        "second\n\nwith a body\n",
        &file(a, "a.txt", "two\n"),
    );
    commit(
        "main",
        3,
        &by(3000, "+1400"),
        "mode and link",
        &(file(b, "a.txt", "two\n") + &file("120000 inline", "link", "a.txt")),
    );
    commit(
        "main",
        4,
        &by(4000, "+0000"),
        "",
        "M 160000 1111111111111111111111111111111111111111 sub\n",
    );
    commit(
        "main",
        5,
        &by(5000, "+0000"),
        "link becomes file, file becomes folder",
        &format!(
            "{}D a.txt\n{}",
            file(a, "link", "now a file\n"),
            file(a, "a.txt/inside", "x\n")
        ),
    );
    commit("main", 6, &by(6000, "+0530"), "nothing changes", "");
    commit(
        "side",
        7,
        &by(2500, "+0000"),
        "side",
        &format!("from :2\n{}", file(a, "side.txt", "s\n")),
    );
    commit(
        "other",
        8,
        &by(2600, "+0000"),
        "other",
        &format!("from :2\n{}", file(a, "other.txt", "o\n")),
    );
    commit(
        "main",
        9,
        &by(7000, "+0000"),
        "merge",
        &format!("from :6\nmerge :7\n{}", file(a, "side.txt", "s\n")),
    );
    commit(
        "main",
        10,
        &by(8000, "+0000"),
        "octopus",
        &format!(
            "from :9\nmerge :7\nmerge :8\n{}{}",
            file(a, "other.txt", "o\n"),
            file(a, "more.txt", "m\n")
        ),
    );
    commit(
        "main",
        11,
        &by(100, "+0000"),
        "older than its parents",
        "from :10\nD d/e/f.txt\n",
    );
    commit(
        "root",
        12,
        &by(9000, "+0000"),
        "another root",
        &file(a, "z", "z\n"),
    );
    commit(
        "main",
        13,
        &by(9500, "+0000"),
        "two roots meet",
        "from :11\nmerge :12\n",
    );
    commit(
        "umlaut/größe",
        14,
        &by(9600, "+0000"),
        "größe, 世界",
        &format!(
            "from :13\n{}",
            file(a, "\"gr\\303\\266\\303\\237e/\\344\\270\\226.txt\"", "x\n")
        ),
    );
    commit(
        "bytes",
        15,
        &by(9700, "+0000"),
        "names that are no UTF-8",
        &format!(
            "from :13\n{}",
            file(a, "\"caf\\351/\\377\\n\\t.txt\"", "x\n")
        ),
    );
    stream += "tag v1\nfrom :5\ntagger Ada Author <ada@example.test> 9800 +0000\ndata 3\none\n";
    stream += "blob\nmark :20\ndata 4\nblob\n";
    stream += "reset refs/tags/light\nfrom :7\n\n";
    web.import(&stream);
    tags(web);
    odd_commits(web);
}

/// Tags on tags, on trees and on blobs.
fn tags(web: &GitRepository) {
    let tag = |name: &str, object: &str, kind: &str| {
        let text =
            format!("object {object}\ntype {kind}\ntag {name}\ntagger A <a@b> 1 +0000\n\nm\n");
        let oid = git_with_input(
            web.path(),
            &["hash-object", "-t", "tag", "-w", "--stdin"],
            text.as_bytes(),
        );
        web.point(&format!("refs/tags/{name}"), &oid);
        oid
    };
    let nested = tag("nested", &web.git(&["rev-parse", "refs/tags/v1"]), "tag");
    tag("nested-twice", &nested, "tag");
    let tree = web.git(&["rev-parse", "main^{tree}"]);
    let blob = git_with_input(
        web.path(),
        &["hash-object", "-w", "--stdin"],
        b"only a tag leads here",
    );
    tag("of-tree", &tree, "tree");
    tag("of-blob", &blob, "blob");
    web.point("refs/tags/light-tree", &tree);
    web.point("refs/tags/light-blob", &blob);
}

/// Commits that no tool of today would make, and that repositories have.
fn odd_commits(web: &GitRepository) {
    let tree = web.git(&["rev-parse", "main^{tree}"]);
    let parent = web.git(&["rev-parse", "main"]);
    let head = format!("tree {tree}\nparent {parent}\n");
    let by = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n";
    let odd: Vec<(&str, Vec<u8>)> = vec![
        ("latin", [head.as_bytes(), b"author J\xfcrgen <j@\xe9> 12 +0200\ncommitter A <a@b> 1 +0000\nencoding ISO-8859-1\n\ngr\xf6\xdfe\n"].concat()),
        ("no-message", format!("{head}{by}\n").into_bytes()),
        ("zone", format!("{head}author A <a@b> 12 +051800\ncommitter A <a@b> 1 -9999\n\nm").into_bytes()),
        ("empty-name", format!("{head}author  <> 12 +0000\ncommitter  <> 1 +0000\n\nm").into_bytes()),
        ("far-future", format!("{head}author A <a@b> 99999999999 +0000\ncommitter A <a@b> 99999999999 +0000\n\nm").into_bytes()),
        ("signed", format!("{head}{by}gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n \n def\nmergetag object {parent}\n type commit\n\nm").into_bytes()),
        ("unknown-header", format!("{head}{by}HG:extra x\nfoo bar\n\nm").into_bytes()),
    ];
    for (name, text) in odd {
        let arguments = [
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "--stdin",
        ];
        let oid = git_with_input(web.path(), &arguments, &text);
        web.point(&format!("refs/heads/odd/{name}"), &oid);
    }
}
