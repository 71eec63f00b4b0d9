"""Many tables of a few rows: what each table costs, whatever is in it."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import Watch, backends_of
from rig import Cost

DATABASE = "small"
RESTORED = "restored"
ROWS = 3
COLUMNS = """(
    id INT NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL DEFAULT '', code CHAR(8), amount DECIMAL(10,2),
    flag TINYINT(1), made DATETIME NULL, born DATE, note TEXT, kind ENUM('a', 'b') DEFAULT 'a',
    quantity INT UNSIGNED NOT NULL DEFAULT 5)"""
VALUES = ", ".join(f"({n}, 'name {n}', 'c{n}', {n}.5, 1, '2024-01-01 10:00:00', '2000-02-29', 'note', 'b', 7)"
                   for n in range(ROWS))


@dataclass
class SmallSample:
    """One load of all the tables, and pg_restore of the same ones."""
    tables: int
    cost: Cost
    restore: Cost

    @property
    def ratio(self):
        return self.restore.seconds / self.cost.seconds


def measure_small_tables(rig, tables, rounds):
    pair = rig.pair(DATABASE)
    _make_tables(pair, tables)
    samples = []
    for _ in range(rounds):
        rig.checkpoint()
        cost = _load(rig, pair, tables)
        samples.append(SmallSample(tables, cost, _restore(rig)))
        pair.target_execute(f"DROP SCHEMA {DATABASE} CASCADE")
    return samples


def _make_tables(pair, tables):
    with pair.source.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_log_bin = 0")
        for number in range(tables):
            cursor.execute(f"CREATE TABLE t{number} {COLUMNS}")
            cursor.execute(f"INSERT INTO t{number} VALUES {VALUES}")


def _load(rig, pair, tables):
    task = rig.task(pair)
    cost = rig.catch_up(task, "small tables")
    rows = sum(row["rows_loaded"] for row in task.tables().values())
    assert rows == tables * ROWS, f"{rows} rows in {tables} tables"
    task.stop().drop()
    return cost


def _restore(rig):
    """Creates and fills the tables and analyzes them, as a task does, by the target's own tools."""
    target, dump = rig.target, rig.target.directory.parent / "small.dump"
    _run(rig, "pg_dump", "-Fc", "-n", DATABASE, "-f", str(dump), DATABASE)
    target.execute(f"CREATE DATABASE {RESTORED}")
    with Watch(backends_of(rig.postmaster, RESTORED)) as watch:
        began = time.monotonic()
        _run(rig, "pg_restore", "-d", RESTORED, str(dump))
        target.execute("ANALYZE", None, RESTORED)
        seconds = time.monotonic() - began
    target.execute(f"DROP DATABASE {RESTORED}")
    return Cost(seconds, watch.processor, watch.memory)


def _run(rig, program, *words):
    subprocess.run([str(Path(rig.programs) / program), "-h", "127.0.0.1", "-p", str(rig.target.port), "-U", "postgres",
                    *words], check=True, stdin=subprocess.DEVNULL)


def describe_small_tables(samples):
    """A line for the report."""
    tables = samples[0].tables
    ratios = [sample.ratio for sample in samples]

    def rate(costs):
        return f"{tables / median(cost.seconds for cost in costs):,.0f} tables/s"

    def processor(costs):
        return f"{median(cost.processor for cost in costs) / tables * 1000:.1f} ms CPU a table"

    loads, restores = [s.cost for s in samples], [s.restore for s in samples]
    return (f"load of {tables} small tables: {rate(loads)}, {processor(loads)}; pg_restore and ANALYZE: "
            f"{rate(restores)}, {processor(restores)}; ratio {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
