"""Every type that a source has, with its boundary values, special values, random ones and NULLs: loaded, and streamed.

Of each table there are two, with the same rows. The one is loaded. The other is empty when the task starts, and gets
its rows afterwards, through the binlog. Then both exchange their values between rows, and lose some rows. After each
step every cell is compared with what the source itself shows (harness/compare.py).

MYSQL_SYNC_SEED=... repeats the values of a run that failed, MYSQL_SYNC_TABLES=integers,floats takes only these tables.
"""

import contextlib
import os
import random
import time

from harness import torture
from harness.compare import differences

SEED = os.environ.get("MYSQL_SYNC_SEED") or str(time.time_ns())
TABLES = os.environ.get("MYSQL_SYNC_TABLES", "").split(",")
# What MySQL has no place for is to become what MySQL makes of it, and no error.
SESSION = "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'"
MORE_ROWS = 1000  # the numbers of streamed rows begin here where they are in the table that was loaded
MEGABYTE = 2**20


def _streamed(table):
    return f"streamed_{table.name}" if table.twin else table.name


def _both(table):
    return sorted({table.name, _streamed(table)})


def _create(pair, table):
    with contextlib.ExitStack() as stack:
        if table.globals:
            stack.enter_context(pair.source.set_global(**table.globals))
        for name in _both(table):
            pair.source_execute(table.create_statement(name))


def _names(columns):
    return ", ".join(f"`{column.name}`" for column in columns)


def _fill(cursor, table, rows):
    """In statements of up to a megabyte."""
    start = f"INSERT INTO {table.name} (id, {_names(table.plain_columns())}) VALUES "
    waiting = []
    for number, row in enumerate(rows):
        waiting.append(f"({number}, {', '.join(row)})")
        if sum(map(len, waiting)) > MEGABYTE:
            cursor.execute(start + ", ".join(waiting))
            waiting = []
    if waiting:
        cursor.execute(start + ", ".join(waiting))


def _make_tables(pair, tables):
    """Returns how many rows each has."""
    counts = {}
    for table in tables:
        _create(pair, table)
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute(SESSION)
        for table in tables:
            rows = table.rows(random.Random(f"{SEED} {table.name}"))
            counts[table.name] = len(rows)
            _fill(cursor, table, rows)
    return counts


def _run(pair, tables, statements):
    """Executes the statements that statements(table) gives, with another time zone than the task's session has."""
    with pair.source.connect(pair.name) as connection, connection.cursor() as cursor:
        cursor.execute(SESSION + "; SET time_zone = '+05:45'")
        while cursor.nextset():
            pass
        for table in tables:
            for statement in statements(table):
                cursor.execute(statement)


def _copy(table):
    names = _names(table.plain_columns())
    first = 0 if table.twin else MORE_ROWS
    return [f"INSERT INTO {_streamed(table)} (id, {names}) SELECT id + {first}, {names} FROM {table.name}"]


def _exchange(counts):
    """First among the rows that came through the binlog, then among the loaded ones."""
    def statements(table):
        count = counts[table.name]
        columns = [column for column in table.plain_columns() if not column.unique]
        values = ", ".join(f"t.`{column.name}` = o.`{column.name}`" for column in columns)
        names = (_streamed(table), table.name)
        return [f"UPDATE {mine} t JOIN {other} o ON o.id = (t.id + {shift}) % {count} SET {values}"
                for mine, other, shift in zip(names, reversed(names), (count // 2, 5))]
    return statements


def _delete(table):
    return [f"DELETE FROM {name} WHERE id % 5 = 3" for name in _both(table)]


def _assert_all_same(pair, tables, step):
    """All that differs, of all tables."""
    __tracebackhide__ = True
    lines = []
    for name in [name for table in tables for name in _both(table)]:
        found = differences(pair.source, (pair.name, name), pair.target, pair.name, (pair.name, name))
        lines += [f"{name}: {line}" for line in found[:5]]
    if lines:
        raise AssertionError(f"after {step}, MYSQL_SYNC_SEED={SEED}:\n" + "\n".join(line[:3000] for line in lines))


def test_every_value_of_every_type(pair):
    print(f"MYSQL_SYNC_SEED={SEED}")
    tables = torture.tables(pair.source.kind, SEED, list(filter(None, TABLES)))
    counts = _make_tables(pair, tables)
    task = pair.run_task(timeout=120)
    _assert_all_same(pair, tables, "load")
    for step, statements in (("insert", _copy), ("update", _exchange(counts)), ("delete", _delete)):
        _run(pair, tables, statements)
        task.wait_for_catchup(120)
        _assert_all_same(pair, tables, step)
    # Greenplum cannot take statistics of the largest numbers.
    assert [error for error in task.errors() if not error["message"].startswith("the target table cannot be analyzed")] == []
