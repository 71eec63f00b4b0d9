"""Renames of tables and temporary tables at random, in many databases of one task whose worker reads them late, is stopped
and started. At the end the task has the tables that the source has, with their rows, and no others.

MYSQL_SYNC_SEED tries other seeds: "17", "20-40". The message of a failure has all that was done in the database.
"""

import contextlib
import os
import random
import time

import pymysql
import pytest

from harness.wait import wait_until

NAMES = ("a", "b", "c", "out_d")  # few, so that they meet; the last is none of the task's
COLUMNS = "(id INT PRIMARY KEY, v INT)"
STATEMENTS = (
    (20, "RENAME TABLE {0} TO {1}"), (3, "RENAME TABLE {0} TO x, {1} TO {0}, x TO {1}"), (3, "RENAME TABLE {0} TO {1}, {2} TO {0}"),
    (3, "RENAME TABLE {0} TO {1}, {1} TO {2}"), (2, "RENAME TABLE IF EXISTS {0} TO {1}, {1} TO {2}"), (5, "ALTER TABLE {0} RENAME TO {1}"),
    (2, "ALTER TABLE IF EXISTS {0} RENAME TO {1}, ADD COLUMN w{n} INT"), (5, "DROP TABLE IF EXISTS {0}"), (5, "DROP TABLE {0}"),
    (2, "DROP TABLE IF EXISTS {0}, {1}"), (10, "CREATE TABLE {0} " + COLUMNS), (5, "CREATE TABLE IF NOT EXISTS {0} " + COLUMNS),
    (2, "CREATE OR REPLACE TABLE {0} " + COLUMNS), (3, "CREATE TABLE {0} LIKE {1}"), (2, "CREATE TABLE {0} (PRIMARY KEY (id)) SELECT * FROM {1}"),
    (3, "TRUNCATE TABLE {0}"), (3, "ALTER TABLE {0} ADD COLUMN w{n} INT"), (2, "CREATE OR REPLACE VIEW {0} AS SELECT 1 AS id"),
    (1, "DROP VIEW IF EXISTS {0}"), (12, "INSERT INTO {0} (id, v) VALUES ({n}, {n})"), (4, "UPDATE {0} SET v = {n} ORDER BY id LIMIT 1"),
    (3, "DELETE FROM {0} ORDER BY id LIMIT 1"))
TEMPORARY = ((35, "CREATE TEMPORARY TABLE {0} (x INT)"), (37, "RENAME TABLE {0} TO {1}"), (5, "ALTER TABLE {0} RENAME TO {1}"),
             (12, "DROP TEMPORARY TABLE IF EXISTS {0}"), (8, "INSERT INTO {0} VALUES (5)"))


class Database:
    """One of the source's, with two sessions; the second one makes temporary tables."""

    def __init__(self, source, name, seed):
        self.source, self.name = source, name
        self.dice = random.Random(seed)
        self.has_temporary = self.dice.random() < 0.8
        self.log = []
        source.execute(f"CREATE DATABASE {name}")
        self.sessions = [source.connect(name, autocommit=True, read_timeout=30) for _ in range(2)]
        binlog_format = self.dice.choice(("ROW", "ROW", "ROW", "MIXED"))
        for session in self.sessions:
            session.cursor().execute(f"SET SESSION binlog_format = '{binlog_format}', lock_wait_timeout = 5")
        for number, table in enumerate(NAMES[:2]):
            source.execute(f"CREATE TABLE {table} {COLUMNS}; INSERT INTO {table} VALUES (1, {number})", None, name)

    def change(self):
        """One statement. Many fail, as there is no such table, or there is one already."""
        is_temporary = self.has_temporary and self.dice.random() < 0.4
        statements, names = (TEMPORARY, NAMES + ("t",)) if is_temporary else (STATEMENTS, NAMES)
        chosen = [self.dice.choice(names) for _ in range(3)]
        sql = self.dice.choices([sql for _, sql in statements], [weight for weight, _ in statements])[0]
        sql = sql.format(*chosen, n=len(self.log) + 10)
        with contextlib.suppress(pymysql.err.MySQLError):
            self.sessions[is_temporary].cursor().execute(sql)
            self.log.append(("session 2: " if is_temporary else "") + sql)

    def differences(self, pair, tables):
        """Between what the source has and the task. `tables`: of the task."""
        there = {table for table, kind in self.source.query("SHOW FULL TABLES", None, self.name)
                 if kind == "BASE TABLE" and not table.startswith("out_")}
        mine = {key.split(".")[1]: row for key, row in tables.items() if key.split(".")[0] == self.name}
        live = {table for table, row in mine.items() if row["state"] == "synchronizing"}
        if live != there:
            yield f"the task has {sorted(live)}, the source {sorted(there)}"
        known = {row["target_table"].split(".")[1] for row in mine.values()}
        targets = {table for table, in pair.target_query("SELECT tablename FROM pg_tables WHERE schemaname = %s", (self.name,))}
        yield from (f"the target has {table}" for table in targets - known if not table.startswith("out_"))
        for table in live & there:
            columns = ", ".join(column for column, in self.source.query(
                f"SELECT column_name FROM information_schema.columns WHERE table_schema = '{self.name}' AND table_name = '{table}'"))
            expected = self.source.query(f"SELECT {columns} FROM {table} ORDER BY id", None, self.name)
            found = pair.target_query(f"SELECT {columns} FROM {mine[table]['target_table']} ORDER BY id")
            if expected != found:
                yield f"{table} has {found}, on the source {expected}"

    def close(self):
        for session in self.sessions:
            session.close()
        self.source.execute(f"DROP DATABASE {self.name}")


def settle(task):
    def done():
        assert task.state() == "synchronizing", task.row()["last_error"]
        return all(row["state"] in ("synchronizing", "dropped", "away") for row in task.tables().values())
    for _ in range(2):
        task.wait_for_catchup()
        wait_until(done, 60, lambda: f"no table is reloading: {task.tables()}")


def play(pair, dice, task, databases):
    """Some rounds, each until the task has caught up."""
    for _ in range(dice.randint(1, 3)):
        is_late = dice.random() < 0.8
        if is_late:
            task.stop()
        for _ in range(dice.randint(3, 12)):
            for database in databases:
                database.change()
            if not is_late and dice.random() < 0.2:
                task.stop().start()
        for _ in range(dice.choice((0, 1, 4)) if is_late else 0):
            task.start()
            time.sleep(dice.random() * 0.4)
            databases[0].change()
            task.stop()
        if is_late:
            task.start()
        settle(task)
        tables = task.tables()
        for database in databases:
            found = list(database.differences(pair, tables))
            errors = [(error["position"], error["message"], error["detail"]) for error in task.errors()
                      if (error["source_table"] or "").startswith(database.name + ".")]
            assert not found, "\n".join(map(str, [database.name, *found, *database.log, *errors]))


def run(pair, seed, count):
    dice = random.Random(f"worker {seed}")
    with contextlib.ExitStack() as at_end:
        databases = []
        for number in range(count):
            databases.append(Database(pair.source, f"{pair.name}_{seed}_{number}", f"{seed} {number}"))
            at_end.callback(databases[-1].close)
        patterns = [pattern for database in databases for pattern in (f"{database.name}.*", f"!{database.name}.out_*")]
        task = pair.task().create(patterns, existing_tables=dice.choice(("error", "truncate")),
                                  options={"drop_tables": dice.choice(("keep", "drop")), "create_tables": True})
        at_end.callback(task.discard)
        play(pair, dice, task.start().wait_state(), databases)


@pytest.mark.sources("mariadb")
def test_few(pair):
    run(pair, os.environ.get("MYSQL_SYNC_SEED", "8").partition("-")[0], 12)


@pytest.mark.long
@pytest.mark.sources("mariadb")
def test_many(pair):
    first, _, last = os.environ.get("MYSQL_SYNC_SEED", "9-24").partition("-")
    for seed in range(int(first), int(last or first) + 1):
        run(pair, seed, 12)
