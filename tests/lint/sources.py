#!/usr/bin/python3
"""What a compiler does not hold: the layers, the headers of the two worlds, versions, file names, addresses.

Prints each violation as file:line: reason, and ends with 1 where there was one.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# What a layer may include beside itself. A layer of the core or of bgworker is its folder, any other the first folder.
CORE = {
    "base": set(),
    "types": {"base"},
    "binlog": {"types", "base"},
    "ddl": {"types", "base"},
    "route": {"ddl", "binlog", "types", "base"},
    "batch": {"route", "ddl", "binlog", "types", "base"},
}
BGWORKER = {
    "catalog": set(),
    "worker": {"catalog"},
    "source": {"worker", "catalog"},
    "target": {"source", "worker", "catalog"},
    "load": {"target", "source", "worker", "catalog"},
    "reload": {"load", "target", "source", "worker", "catalog"},
    "stream": {"reload", "load", "target", "source", "worker", "catalog"},
    "precheck": {"target", "source", "worker", "catalog"},
    "control": {"precheck", "source", "worker", "catalog"},
    "task": {"precheck", "stream", "reload", "load", "target", "source", "worker", "catalog"},
    "launcher": {"worker", "catalog"},
}
ALL_OF_CORE = {f"core/{name}" for name in CORE}
LAYERS = {
    **{f"core/{name}": {f"core/{below}" for below in belows} for name, belows in CORE.items()},
    "source": ALL_OF_CORE,
    "pg": ALL_OF_CORE,
    "fdw": ALL_OF_CORE | {"pg", "source"},
    "apply": ALL_OF_CORE | {"pg"},
    **{f"bgworker/{name}": {f"bgworker/{below}" for below in belows} | ALL_OF_CORE | {"apply", "fdw", "source", "pg"}
       for name, belows in BGWORKER.items()},
    "tests": ALL_OF_CORE,
    "bench": ALL_OF_CORE,
}
# Those that talk to the backend; every other layer has to do without PostgreSQL's headers.
BACKEND = {"pg", "fdw", "apply"} | {f"bgworker/{name}" for name in BGWORKER}
COMPAT = "src/pg/compat/"

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
VERSION_IF = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b.*\b(PG|GP)_(VERSION|MAJORVERSION)")
MYSQL_HEADER = re.compile(r"^(mysql\.h|errmsg\.h|mysqld_error\.h|ma_\w+\.h|(mysql|mariadb)/.*)$")
POSTGRES_HEADER = re.compile(r"^(postgres(_ext|_fe)?\.h|c\.h)$")
# An address, or a host's name by its ending: packages and servers come from where the user's machine gets them.
ADDRESS = re.compile(r"\b(?:https?|ftps?|git|ssh)://|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev)\b",
                     re.IGNORECASE)
FOLDERS = ("src", "bgworker", "sql", "expected", "tests", "scripts", "docs", "bench", ".ci")
NOT_OURS = ("tests/data/", "tests/fuzz/corpus/")  # what real servers sent, and inputs made of it


def layer_of(path):
    """The layer of a file, by its path from the top; None: not part of the rules."""
    parts = path.split("/")
    if parts[0] == "src":
        parts = parts[1:]
    if parts[0] in ("core", "bgworker"):
        return "/".join(parts[:2])
    return parts[0] if parts[0] in LAYERS else None


def read(path):
    return (TOP / path).read_text(encoding="utf-8", errors="replace").splitlines()


def code_files():
    return sorted(str(path.relative_to(TOP)) for folder in ("src", "bgworker", "tests", "bench")
                  for path in (TOP / folder).rglob("*") if path.suffix in (".cpp", ".hpp"))


def text_files():
    found = [path for path in TOP.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (TOP / folder).rglob("*") if path.is_file()]
    names = sorted(str(path.relative_to(TOP)) for path in found)
    return [name for name in names
            if not name.startswith(NOT_OURS) and "__pycache__" not in name and is_text(TOP / name)]


def is_text(path):
    with open(path, "rb") as file:
        return b"\0" not in file.read(4096)


def resolve(path, name):
    """The project's file that `path` means by #include "name", or None where it is somebody else's."""
    beside = (TOP / path).parent
    for folder in (beside, TOP / "src", TOP, TOP / "tests"):
        if (folder / name).is_file():
            return str((folder / name).resolve().relative_to(TOP))
    return None


def check_header(path, name, quoted, layer):
    """An #include of a file that is not the project's."""
    if MYSQL_HEADER.match(name) and layer != "source":
        return f"{name} belongs to src/source"
    if POSTGRES_HEADER.match(name) and not path.startswith(COMPAT):
        return f"{name} belongs to {COMPAT}"
    if quoted and layer not in BACKEND and not (layer == "source" and MYSQL_HEADER.match(name)):
        return f'"{name}" is no file of this project, and {layer} knows no other'
    return None


def check_include(path, name, quoted):
    layer = layer_of(path)
    target = resolve(path, name) if quoted else None
    if target is None:
        return check_header(path, name, quoted, layer)
    other = layer_of(target)
    if other == layer or other in LAYERS.get(layer, ()):
        return None
    return f"{layer} must not include {other} ({name})"


def check_layers():
    for path in code_files():
        for number, line in enumerate(read(path), 1):
            found = INCLUDE.match(line)
            complaint = found and check_include(path, found.group(2), found.group(1) == '"')
            if complaint:
                yield f"{path}:{number}: {complaint}"


def check_versions():
    for path in code_files():
        if path.startswith(COMPAT):
            continue
        for number, line in enumerate(read(path), 1):
            if VERSION_IF.match(line):
                yield f"{path}:{number}: a condition on the server's version outside {COMPAT}"


def check_basenames():
    """PGXS names dependency files by the basename alone."""
    paths = defaultdict(list)
    for path in code_files():
        if path.startswith(("src/", "bgworker/")) and path.endswith(".cpp"):
            paths[path.rsplit("/", 1)[-1]].append(path)
    for name, same in paths.items():
        if len(same) > 1:
            yield f"{same[1]}:1: the name {name} is taken by {same[0]}"


def check_addresses():
    for path in text_files():
        for number, line in enumerate(read(path), 1):
            found = ADDRESS.search(line)
            if found:
                yield f"{path}:{number}: names an address: {found.group(0)}"


def main():
    violations = [line for check in (check_layers, check_versions, check_basenames, check_addresses)
                  for line in check()]
    print("\n".join(violations + [f"sources: {len(code_files())} files, {len(violations)} violations"]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
