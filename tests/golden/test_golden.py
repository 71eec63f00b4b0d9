"""Binlog files of servers from 4.0 to 9.x: decoded by the core, compared cell by cell with the servers' own mysqlbinlog.

By the environment, which scripts/test sets:

    PRINT_BINLOG          the program of print_binlog.cpp
    GOLDEN_BINLOGS        directories with binlog files (README.md says where they come from), with a colon between
    MYSQLBINLOG           command line of MySQL's mysqlbinlog; without it, files of MySQL from 5.6 on are only decoded
    MARIADB_BINLOG        command line of MariaDB's, which prints everything else
"""

import os
import random
import re
import shlex
import subprocess
from pathlib import Path

import oracle
import pytest
from expectations import CONFLICTS, NEED_NOT_COME, PRE_RELEASE, REFUSED

HERE = Path(__file__).resolve().parent
COMMITTED = sorted((HERE.parent / "data" / "binlog").glob("*/binlog.0*"))
DIRECTORIES = [Path(name) for name in os.environ.get("GOLDEN_BINLOGS", "").split(":") if name]
PRINT_BINLOG = os.environ.get("PRINT_BINLOG", "")
PROGRAMS = {name: shlex.split(os.environ.get(name, "")) for name in ("MYSQLBINLOG", "MARIADB_BINLOG")}


def name_of(path):
    return f"{path.parent.name}/{path.name}"


FILES = {name_of(path): path for path in COMMITTED + [p for d in DIRECTORIES for p in sorted(d.iterdir())]}


class Decoded:
    """What print_binlog says of a file."""

    def __init__(self, path):
        result = subprocess.run([PRINT_BINLOG, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                                check=False)
        assert result.returncode == 0, result.stderr.decode(errors="replace")
        self.version, self.errors, self.conflicts = "", [], []
        self.statements = []  # of rows: (kind, database, table, {"before": {column: token}, "after": …}, columns)
        self._rows, self._columns, self._failed = [], [], False
        for line in result.stdout.decode().splitlines():
            self._add(line.split("\t"))

    def _add(self, parts):
        text = [bytes.fromhex(part).decode(errors="replace") for part in parts[1:2] if parts[0] == "server"]
        if text:
            self.version = self.version or text[0]
        elif parts[0] == "columns":
            self._columns = parts[1].split(" ")
        elif parts[0] == "row":
            names = [bytes.fromhex(part).decode("latin-1") for part in parts[3:5]]
            images = dict(zip(("before", "after"), map(cells, parts[6:8])))
            self._rows.append((parts[2], *names, images, self._columns, parts[5]))
        elif parts[0] == "statement":
            if self._rows or self._failed:
                self.statements.append(None if self._failed else self._rows)
            self._rows, self._failed = [], False
        elif parts[0] == "error":
            self.errors.append(f"{parts[2]}: " + bytes.fromhex(parts[3]).decode(errors="replace"))
            self._failed = self._failed or int(parts[2]) in ROW_EVENTS
        elif parts[0] == "conflict":
            self.conflicts.append(bytes.fromhex(parts[4]).decode(errors="replace"))


ROW_EVENTS = (*range(20, 26), *range(30, 33), 39, *range(166, 172))


def cells(image):
    """The cells of an image by number of the column, without those that it leaves open."""
    parts = (part.partition("=") for part in image.split(" ") if part)
    return {int(number): token for number, _, token in parts if not token.startswith(("absent", "diff:"))}


def of_recent_mysql(version):
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return "MariaDB" not in version and numbers and tuple(map(int, numbers.groups())) >= (5, 6)


def check_columns(kind, images, image, printed):
    """The program prints what the image has. We also have what follows for the others: an insert gets defaults, an update
    leaves columns as they were."""
    ours = images[image]
    assert set(printed) <= set(ours)
    if image == "before" or kind == "delete":
        assert set(ours) == set(printed)
    if kind == "update":
        assert all(ours[number] == images["before"].get(number) for number in set(ours) - set(printed))


def compare_row(ours, theirs):
    """The number of cells compared."""
    kind, database, table, images, columns, _ = ours
    assert (kind, database, table) == (theirs.kind, theirs.database, theirs.table)
    count = 0
    for image, printed in theirs.images.items():
        if theirs.understood:
            check_columns(kind, images, image, printed)
        for number, (value, wire) in printed.items():
            token = images[image][number]
            if oracle.is_change(value):
                continue
            assert oracle.same_cell(token, value, wire, columns[number - 1]), \
                f"{database}.{table} @{number} {wire}: we have {token[:200]}, the server's program {value[:200]}"
            count += 1
    return count


def compare_statements(ours, theirs):
    """Rows and cells compared. A statement that we refuse (None) is passed over, an image cut short by the program
    ends its statement: it prints nothing of the rest of the event."""
    rows, compared = 0, 0
    for mine, printed in zip(ours, theirs):
        if mine is None:
            continue
        whole = all(row.understood for row in printed)
        assert not whole or len(mine) == len(printed)
        for row, their_row in zip(mine, printed):
            rows += 1
            compared += compare_row(row, their_row)
            if not their_row.understood:
                break
    return rows, compared


def expected_of(table, name):
    return next((patterns for ending, patterns in table.items() if name.endswith(ending)), [])


def check_messages(messages, patterns):
    unexpected = [message for message in messages if not any(re.search(pattern, message) for pattern in patterns)]
    assert not unexpected
    missing = [pattern for pattern in patterns if not any(re.search(pattern, message) for message in messages)]
    assert not [pattern for pattern in missing if pattern not in NEED_NOT_COME]


@pytest.mark.parametrize("name", FILES)
def test_rows_are_those_of_mysqlbinlog(name, counts):
    decoded = Decoded(FILES[name])
    check_messages(decoded.errors, expected_of(REFUSED, name))
    check_messages(decoded.conflicts, expected_of(CONFLICTS, name))
    counts["rows"] += sum(len(rows or ()) for rows in decoded.statements)
    program = "MYSQLBINLOG" if of_recent_mysql(decoded.version) else "MARIADB_BINLOG"
    if not PROGRAMS[program]:
        pytest.skip(f"SOURCE SKIPPED: rows of {decoded.version or 'old servers'} - no {program.lower()}")
    statements, complete = oracle.run(PROGRAMS[program], FILES[name])
    if complete and not expected_of(PRE_RELEASE, name):
        assert len(decoded.statements) == len(statements)
    rows, compared = compare_statements(decoded.statements, statements)
    counts["compared rows"] += rows
    counts["compared cells"] += compared


@pytest.mark.parametrize("name", [name for name in FILES if expected_of(PRE_RELEASE, name)])
def test_rows_of_releases_before_5_1_was_final(name):
    wanted = expected_of(PRE_RELEASE, name)
    reference = next((path for other, path in FILES.items() if other.endswith(wanted)), None)
    if reference is None:
        pytest.skip(f"SOURCE SKIPPED: row events before MySQL 5.1.18 - no {wanted} to compare with")
    rows = [row[:4] for rows in Decoded(FILES[name]).statements for row in rows]
    assert rows == [row[:4] for rows in Decoded(reference).statements for row in rows] != []


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_end_with_an_error(name):
    """Cut off, or with wrong bytes: no crash, no hang. Worth most with a program built with the sanitizers."""
    content = FILES[name].read_bytes()[:100000]
    source = random.Random(name)
    for _ in range(3):
        damaged = bytearray(content[:source.randrange(5, len(content) + 1)])
        for _ in range(source.randrange(4)):
            damaged[source.randrange(4, len(damaged))] = source.randrange(256)
        result = subprocess.run([PRINT_BINLOG, "/dev/stdin"], input=damaged, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=60, check=False)
        assert result.returncode == 0, result.stderr.decode(errors="replace")


def test_enough_was_compared(counts, request):
    """The comparison must not become empty when the packages change."""
    if request.config.option.keyword:
        pytest.skip("some of the tests were left out")
    if len(DIRECTORIES) < 2 or not all(PROGRAMS.values()):
        pytest.skip("SOURCE SKIPPED: golden binlogs of MySQL - the test suite of Debian unstable cannot be had")
    assert counts["rows"] > 14000
    assert counts["compared rows"] > 0.99 * counts["rows"]
