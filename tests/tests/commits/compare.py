#!/usr/bin/env python3
"""Compares what `sluice commits list -o json` printed with what `git` says of the same repository.

    compare.py REPOSITORY TIPS LISTED

REPOSITORY is a bare repository, TIPS a file with one object id a line: everything that a branch or a tag ever pointed to.
LISTED is what was printed. Reads Git's own bytes (`git cat-file`, `git log --raw`) and knows nothing of Sluice but the
names of the fields that it prints. Prints every difference and ends with 1 if there is any.
"""

import base64
import json
import subprocess
import sys


def git(repository, *arguments, given=None):
    return subprocess.run(
        ["git", "-C", repository, *arguments], input=given, stdout=subprocess.PIPE, check=True
    ).stdout


def commits_of(repository, tips):
    """All commits that the tips lead to. Tags on trees and blobs lead to none."""
    kinds = git(repository, "cat-file", "--batch-check=%(objectname) %(objecttype)", given=tips)
    roots = []
    for line in kinds.decode().splitlines():
        name, kind = line.split()
        if kind == "tag":
            peeled = subprocess.run(
                ["git", "-C", repository, "rev-parse", "--quiet", "--verify", name + "^{commit}"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
            name, kind = peeled.stdout.decode().strip(), "commit" if peeled.returncode == 0 else "other"
        if kind == "commit":
            roots.append(name)
    return git(repository, "rev-list", "--stdin", given="\n".join(roots).encode()).split()


def person(line):
    """`Name <mail> time zone`, as the commit has it."""
    front, back = line.rsplit(b">", 1)
    name, mail = front.split(b"<", 1)
    time, zone = back.split()
    return (name[:-1] if name.endswith(b" ") else name, mail, int(time), zone)


def from_git(repository, shas):
    batch = git(repository, "cat-file", "--batch", given=b"\n".join(shas) + b"\n")
    found, at = {}, 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        sha, _, size = batch[at:end].split()
        raw = batch[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
        head, _, message = raw.partition(b"\n\n")
        if raw.startswith(b"\n", len(head)) is False and b"\n\n" not in raw:
            head, message = raw, b""
        fields = [line.split(b" ", 1) for line in head.split(b"\n") if line and not line.startswith(b" ")]
        values = lambda name: [value for key, *rest in fields if key == name for value in rest]
        found[sha.decode()] = {
            "tree": values(b"tree")[0].decode(),
            "parents": [parent.decode() for parent in values(b"parent")],
            "author": person(values(b"author")[0]),
            "committer": person(values(b"committer")[0]),
            "message": message,
            "paths": set(),
        }
    log = git(
        repository, "log", "--stdin", "--no-walk=unsorted", "--raw", "-z", "--no-renames", "--no-abbrev", "--root",
        "--diff-merges=first-parent", "--format=commit %H", given=b"\n".join(shas) + b"\n",
    )
    sha, status = None, None
    for part in log.split(b"\0"):
        part = part.removeprefix(b"\n")
        if status:
            found[sha]["paths"].add((status, part))
            status = None
        elif part.startswith(b"commit "):
            sha = part[7:].strip().decode()
        elif part.startswith(b":"):
            status = part[-1:].decode()
    return found


def exact(record, name):
    """The bytes of a text: `<name>Raw` has them in base64 where they are not UTF-8."""
    raw = record.get(name + "Raw")
    return base64.b64decode(raw) if raw else record.get(name, "").encode()


def told_person(record):
    return (
        exact(record, "name"), exact(record, "email"), int(record.get("time", 0)), record.get("zone", "").encode(),
    )


LETTERS = {"ADDED": "A", "MODIFIED": "M", "DELETED": "D", "TYPE_CHANGED": "T", "RENAMED": "R"}


def from_listing(file):
    found, twice = {}, []
    for line in open(file, encoding="utf-8"):
        commit = json.loads(line)["record"]["commit"]
        sha = commit["sha"]
        if sha in found:
            twice.append(sha)
        paths = commit.get("paths", {})
        if paths.get("extent") != "PATHS_EXTENT_KNOWN":
            raise SystemExit(f"{sha}: its paths are {paths.get('extent')}")
        found[sha] = {
            "tree": commit["tree"],
            "parents": commit.get("parents", []),
            "author": told_person(commit["author"]),
            "committer": told_person(commit["committer"]),
            "message": exact(commit, "message"),
            "paths": {
                (LETTERS[path["status"].removeprefix("PATH_STATUS_")], exact(path, "path"))
                for path in paths.get("paths", [])
            },
        }
    return found, twice


def main():
    repository, tips, listed = sys.argv[1:]
    shas = commits_of(repository, open(tips, "rb").read())
    ours, (theirs, twice) = from_git(repository, shas), from_listing(listed)
    wrong = [f"{sha} is listed twice" for sha in twice]
    wrong += [f"{sha} is in Git and not listed" for sha in ours.keys() - theirs.keys()]
    wrong += [f"{sha} is listed and not in Git" for sha in theirs.keys() - ours.keys()]
    for sha in ours.keys() & theirs.keys():
        wrong += [
            f"{sha} {name}: git says {value!r}, listed is {theirs[sha][name]!r}"
            for name, value in ours[sha].items() if value != theirs[sha][name]
        ]
    for line in wrong[:50]:
        print(line)
    print(f"{len(ours)} commits in Git, {len(theirs)} listed, {len(wrong)} differences")
    sys.exit(1 if wrong else 0)


main()
