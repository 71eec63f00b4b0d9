#!/usr/bin/python3
"""Copies every binlog file below a directory, also out of zip files, into another directory: collect_binlogs.py FROM INTO

The name of a copy is its path with "_" between the parts. Of files with the same content only the first is kept.
"""

import hashlib
import sys
import zipfile
from pathlib import Path

MAGIC = (b"\xfebin", b"\xfdbin")  # the second: encrypted


def zipped(path, relative):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as stream:
                    head = stream.read(4)
                    if head in MAGIC:
                        yield f"{relative}/{member.filename}", head + stream.read()


def binlogs(top):
    """(name, content) of each binlog file."""
    for path in sorted(top.rglob("*")):
        if not path.is_file():
            continue
        relative = path.relative_to(top)
        if path.suffix == ".zip":
            yield from zipped(path, relative)
            continue
        with path.open("rb") as stream:
            head = stream.read(4)
            if head in MAGIC:
                yield str(relative), head + stream.read()


def main(source, target):
    seen = set()
    target.mkdir(parents=True, exist_ok=True)
    for name, content in binlogs(source):
        digest = hashlib.sha256(content).digest()
        if digest not in seen:
            seen.add(digest)
            (target / name.replace("/", "_")).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
