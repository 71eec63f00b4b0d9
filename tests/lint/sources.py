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
# The parts of the stream, each of which knows those before it only.
STREAM = ["statement_context", "temporary_tables", "routed_tables", "foreign_keys", "cascades", "statement_reach",
          "stream_state", "stream_end", "prepared_lookup", "reload_queue", "held_rows", "foreign_key_effects",
          "session_times", "task_tables", "new_tables", "alter_carrier", "migrations", "name_moves", "doubtful_names",
          "row_statements", "row_router", "statement_reader", "statement_carrier", "reload_runner", "stream_committer",
          "change_stream"]
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
FILE_NAME = re.compile(r"[\w./-]+\.(?:cpp|hpp|md|py)\b")
STEM = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`")
CREATED = re.compile(r"CREATE TABLE mysql_sync\.(\w+)")
QUALIFIED = re.compile(r"mysql_sync\.([a-z_]+)")
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


def check_stream(path, target):
    """An #include of one part of the stream by another."""
    own, other = (file.rsplit("/", 1)[-1].split(".")[0] for file in (path, target))
    for part in (own, other):
        if part not in STREAM:
            return f"{part} has no place in the order of the stream's parts"
    if STREAM.index(other) > STREAM.index(own):
        return f"{own} must not know {other}, which comes after it"
    return None


def check_include(path, name, quoted):
    layer = layer_of(path)
    target = resolve(path, name) if quoted else None
    if target is None:
        return check_header(path, name, quoted, layer)
    other = layer_of(target)
    if layer == other == "bgworker/stream":
        return check_stream(path, target)
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


def check_names_in_comments():
    """A comment that names a file of the project, by its name alone or by its path, names one that is there."""
    files = set(text_files())
    names = {path.rsplit("/", 1)[-1] for path in files}
    for path in code_files():
        for number, line in enumerate(read(path), 1):
            for name in FILE_NAME.findall(line.split("//", 1)[1]) if "//" in line else ():
                is_there = name in files if name.startswith(tuple(f"{folder}/" for folder in FOLDERS)) else name in names
                if not is_there and ("/" not in name or name.startswith(FOLDERS)):
                    yield f"{path}:{number}: there is no {name}"


def check_names_in_readme():
    """The names in src/README.md that look like files' are files'."""
    stems = {path.rsplit("/", 1)[-1].split(".")[0] for path in code_files()}
    for number, line in enumerate(read("src/README.md"), 1):
        for name in STEM.findall(line):
            if name not in stems:
                yield f"src/README.md:{number}: there is no {name}"


def check_catalog():
    """The extension's tables are read and written in one place."""
    tables = set(CREATED.findall("\n".join(line for path in (TOP / "sql").glob("*.sql")
                                           for line in path.read_text(encoding="utf-8").splitlines())))
    for path in code_files():
        if not path.startswith(("src/", "bgworker/")) or path.startswith("bgworker/catalog/"):
            continue
        for number, line in enumerate(read(path), 1):
            for name in QUALIFIED.findall(line.split("//", 1)[0]):
                if name in tables:
                    yield f"{path}:{number}: only bgworker/catalog reads and writes mysql_sync.{name}"


def check_addresses():
    for path in text_files():
        for number, line in enumerate(read(path), 1):
            found = ADDRESS.search(line)
            if found:
                yield f"{path}:{number}: names an address: {found.group(0)}"


def main():
    violations = [line for check in (check_layers, check_versions, check_basenames, check_names_in_comments,
                                check_names_in_readme, check_catalog, check_addresses)
                  for line in check()]
    print("\n".join(violations + [f"sources: {len(code_files())} files, {len(violations)} violations"]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
