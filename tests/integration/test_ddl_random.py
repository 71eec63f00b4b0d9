"""DDL and DML at random, while the worker of the task is stopped, started and killed. At the end the target is the source.

The seeds are fixed, so that a failure stays one; MYSQL_SYNC_SEED tries others: "17", "20-40". The message of a failure has
the seed, how the task was made, all that was done on the source with positions, and to the worker.
"""

import os
import random
import re

import psycopg2
import pytest

from harness import compare, ddl_cases
from harness.random_ddl import RandomSource
from harness.wait import wait_until
from test_crash import kill_worker

STEPS = 300
LARGE_ROWS = 1500
NUL = "~"  # binary columns become text
SHOWN = 12  # differing rows of a table
HAPPENINGS = ("stop and start",) * 3 + ("kill",) * 2 + ("catch up", "resync", "resync")  # meanwhile, in any order
# Targets of set_table. The names on the right are none that the source uses.
TARGETS = {"t0": {"target_table": 'mapped."T zero"', "columns": {"c1": "m1", "c2": None}},
           "t2": {"columns": {"c1": "m1", "c3": "m3"}}}
# With existing_tables => 'error' somebody has to make room for a table that takes the name of one whose target was kept.
IN_THE_WAY = re.compile(r"(\S+), the target of a new table, exists and is not empty|cannot be renamed: (\S+) exists and is not empty")
LEFT_OUT = {name for settings in TARGETS.values() for name, target in settings["columns"].items() if target is None}
NOT_TAKEN = "already goes to"  # two tables and one target, which set_table gives


def seeds():
    wanted = os.environ.get("MYSQL_SYNC_SEED", "1-2")
    first, _, last = wanted.partition("-")
    return [str(seed) for seed in range(int(first), int(last or first) + 1)]


class Run:
    """One task, and what happens to it. `is_mapped`: set_table has named targets."""

    def __init__(self, pair, seed):
        self.pair = pair
        self.dice = random.Random(f"worker {pair.source.kind} {seed}")
        self.changes = RandomSource(pair.source, pair.name, f"{pair.source.kind} {seed}")
        self.is_mapped = self.dice.random() < 0.25
        self.is_large = self.dice.random() < 0.5
        self.settings = {"existing_tables": self.dice.choice(("truncate", "error")),
                         "options": {"drop_tables": self.dice.choice(("keep", "drop")), "create_tables": True,
                                     "indexes": self.dice.random() < 0.3, "chunk_rows": 100, "nul_bytes": NUL}}
        self.task = None
        self._go_on = None  # what is to be done later to the worker

    def describe(self):
        return f"mapped {self.is_mapped}, large {self.is_large}, {self.settings}"

    def start(self):
        if self.is_mapped:
            self.changes.never_keys = LEFT_OUT
        self.changes.prepare(LARGE_ROWS if self.is_large else 0, ("c1", "c2", "c3") if self.is_mapped else ())
        self.task = self.pair.task().create([f"{self.pair.name}.t*", f"{self.changes.second}.t*"], **self.settings)
        for table, settings in TARGETS.items() if self.is_mapped else ():
            self.task.set_table(f"{self.pair.name}.{table}", **settings)
        self.task.start()
        if self.is_large:  # DDL from the first row on
            wait_until(self.task.tables, 30, "the start position is noted")
        else:
            self.task.wait_state("synchronizing")

    def perform(self):
        happenings = dict(zip(self.dice.sample(range(STEPS), len(HAPPENINGS)), HAPPENINGS))
        patience = self.dice.choice((0.03, 0.1, 0.1))
        for number in range(STEPS):
            self.changes.step()
            if self._go_on and (number in happenings or self.dice.random() < patience):
                self._resume()
            if number in happenings:
                self._happens(happenings[number])
        self.changes.finish()
        self._resume()

    def _resume(self):
        if self._go_on:
            self.changes.log.append("-- the task is started")
            self._go_on()
            self._go_on = None

    def _go_on_where_it_stopped(self):
        """Where the task has stopped for a reason that the documentation gives, what has to be done is done. True if so."""
        row = self.task.row()
        if row["state"] != "failed" or self._is_lost():
            return False
        in_the_way = IN_THE_WAY.search(row["last_error"])
        assert in_the_way and self.settings["existing_tables"] == "error", f"the task failed: {row['last_error']}"
        target = in_the_way.group(1) or in_the_way.group(2)
        self.changes.log.append(f"-- the target {target} is dropped")
        self.pair.target_execute(f"DROP TABLE {target}")
        self.task.start()
        return True

    def _is_lost(self):
        """The worker was killed, and the launcher has not brought it back yet."""
        return self.pair.target_query("SELECT state <> 'failed' FROM mysql_sync.task_progress WHERE task = %s", (self.task.name,))[0][0]

    def _happens(self, what):
        self._go_on_where_it_stopped()
        self.changes.log.append(f"-- the worker: {what}")
        if what == "stop and start":
            self.task.stop()
            self._go_on = self.task.start
        if what == "kill":
            kill_worker(self.pair, "task")
        if what == "catch up":
            self.settle()
        if what == "resync":
            self._resync()

    def _resync(self):
        tables = [name for name, row in self.task.tables().items() if row["state"] not in ("dropped", "away")]
        if not tables:
            return
        table = self.dice.choice(tables)
        self.changes.log.append(f"-- resync_table {table}")
        try:
            self.pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (self.task.name, table))
        except (psycopg2.errors.UndefinedObject, psycopg2.errors.FeatureNotSupported) as error:  # gone since
            self.changes.log.append(f"-- refused: {error}")

    def settle(self):
        """Until all that the source has is in the target."""
        def is_there():
            self._go_on_where_it_stopped()
            return self.task.state() != "failed" and self._is_caught_up()
        wait_until(is_there, 120, lambda: f"the task catches up: {self.task.row()} {self.task.tables()}")

    def _is_caught_up(self):
        return self.pair.target_query("SELECT mysql_sync.wait_for_catchup(%s, '0.5 s')", (self.task.name,))[0][0]

    # --- what is to be the same ---

    def _passed_over(self):
        """Tables that the task may leave out."""
        return {error["source_table"] for error in self.task.errors() if NOT_TAKEN in error["message"]} if self.is_mapped else set()

    def _columns_of(self, number):
        """The mapping of a table's columns, which must be as it is on the source unless set_table says otherwise."""
        mapped = dict(self.pair.target_query("""SELECT source_column, target_column FROM mysql_sync.table_column
                                                WHERE task = %s AND number = %s""", (self.task.name, number)))
        return {name: target for name, target in mapped.items() if target} if self.is_mapped else None

    def _followed(self):
        """{(database, table): (number, (schema, table))}"""
        rows = self.pair.target_query("""SELECT source_database, source_table, number, target_schema, target_table
                                         FROM mysql_sync.table_mapping
                                         WHERE task = %s AND state <> 'dropped' AND away_database IS NULL""", (self.task.name,))
        return {tuple(row[:2]): (row[2], tuple(row[3:])) for row in rows}

    def differences(self):
        """Tables, columns and rows that are not the source's."""
        found = ddl_cases.source_columns(self.pair.source, self.pair.name.replace("_", "\\_") + "%")
        left_out = self._passed_over()
        followed = self._followed()
        ours = {key: columns for key, columns in found.items() if key[1].startswith("t")
                and not (".".join(key) in left_out and key not in followed)}
        known = ddl_cases.history_columns(self.pair, self.task)
        lines = [f"{'.'.join(key)}\n    history {known.get(key)}\n    source  {ours.get(key)}"
                 for key in sorted(ours.keys() | known.keys()) if ours.get(key) != known.get(key)]
        for key in sorted(ours.keys() & followed.keys()):
            number, target = followed[key]
            if not self.is_mapped and target != key:
                lines.append(f"{'.'.join(key)} goes to {target}")
            differing = compare.differences(self.pair.source, key, self.pair.target, self.pair.name, target,
                                            columns=self._columns_of(number), policies=compare.Policies(nul_bytes=NUL))
            lines += [f"{'.'.join(key)}: {line}" for line in differing[:SHOWN]]
        return lines


@pytest.mark.parametrize("seed", seeds())
def test_random_ddl(pair, seed):
    run = Run(pair, seed)
    try:
        run.start()
        run.perform()
        run.settle()
        lines = run.differences()
        assert not lines, "\n".join(lines)
    except Exception as error:
        raise AssertionError(f"seed {seed} on {pair.source.kind}, {run.describe()}: {error}\n{run.changes.story()}") from error
    finally:
        run.changes.drop()
        run.changes.close()
