"""What is measured, and in which order."""

from dataclasses import dataclass

from rig import Cost, Reference
from rows import FILL_NARROW, FILL_WIDE, NARROW, SEED, WIDE, create_table

LOADS = {"load narrow": ("narrow", "sbtest1", NARROW, FILL_NARROW), "load wide": ("wide", "items", WIDE, FILL_WIDE)}
STREAMS = ("inserts", "update", "write_only", "single rows", "deletes")
SMALL_TABLES, RELOAD, DELAY = "small tables", "reload", "delay"
NAMES = [*LOADS, *STREAMS, SMALL_TABLES, RELOAD, DELAY]


@dataclass
class Sample:
    """One scenario in one round, and COPY just before it."""
    scenario: str
    rows: int
    cost: Cost
    copy_rows: int
    copy: Cost
    fixed: Cost  # what starting took, which `cost` is without

    @property
    def too_short(self):
        return self.cost.seconds < self.fixed.seconds

    @property
    def rate(self):
        return self.rows / self.cost.seconds

    @property
    def copy_rate(self):
        return self.copy_rows / self.copy.seconds

    @property
    def ratio(self):
        return self.rate / self.copy_rate


def load(rig, pair, table, record_as=None):
    """One task from its creation to its end; the target's table stays."""
    pair.target_execute(f'DROP TABLE IF EXISTS "{pair.name}"."{table}"')
    task = rig.task(pair)
    cost = rig.catch_up(task, record_as)
    task.stop().drop()
    return cost


def _prepare_load(rig, name):
    """Fills the source's table and loads it once, which also warms the source up."""
    database, table, columns, fill = LOADS[name]
    pair = rig.pair(database)
    create_table(pair, table, columns, fill)
    load(rig, pair, table)
    return Reference(rig, pair, table)


def prepare(rig, wanted):
    """What is to be measured, in groups whose measure() gives the samples of one round."""
    # Streaming takes its rows from the narrow table, and its COPY as well.
    references = {name: _prepare_load(rig, name) for name in LOADS if name in wanted or name == "load narrow"}
    groups = []
    if set(wanted) & set(LOADS):
        groups.append(Loads(rig, {name: references[name] for name in references if name in wanted}))
    if set(wanted) & set(STREAMS):
        groups.append(Streams(rig, references["load narrow"], wanted))
    return groups


def _fixed(start):
    """What it takes to start with nothing to do: the middle of three, as it varies more than what is measured."""
    return sorted((start() for _ in range(3)), key=lambda cost: cost.seconds)[1]


class Loads:
    """Each time a new task, which creates its table."""

    def __init__(self, rig, references):
        self._rig = rig
        self._references = references
        self._nothing = rig.pair("nothing")
        create_table(self._nothing, "sbtest1", NARROW)

    def measure(self):
        fixed = _fixed(lambda: load(self._rig, self._nothing, "sbtest1"))
        for name, reference in self._references.items():
            copy = reference.measure()
            cost = load(self._rig, reference.pair, reference.table, name)
            self._check(name, reference)
            yield Sample(name, reference.rows, cost.less(fixed), reference.rows, copy, fixed)

    def _check(self, name, reference):
        rows = reference.pair.target_query(f'SELECT count(*) FROM "{reference.pair.name}"."{reference.table}"')[0][0]
        assert rows == reference.rows == self._rig.rows, f"{name}: {rows} rows, {reference.rows} before"


class Streams:
    """One task, stopped while the source writes. The changes of a round leave the table as they found it: empty."""

    def __init__(self, rig, reference, wanted):
        self._rig, self._reference, self._wanted = rig, reference, wanted
        self._changes = self._plan(rig.rows)
        self._pair = rig.pair("stream")
        create_table(self._pair, "sbtest1", NARROW)
        self._task = rig.task(self._pair)
        self._catch_up()

    @staticmethod
    def _plan(rows):
        """For each scenario how many rows it changes, and how."""
        singles, transactions = max(rows // 2, 1), max(rows // 8, 1)
        return {
            "inserts": (rows, f"CALL {SEED}.inserts({rows}, 1000)"),
            "update": (rows, "UPDATE sbtest1 SET k = k + 1"),
            "write_only": (4 * transactions, f"CALL {SEED}.write_only({rows}, {transactions})"),
            "single rows": (singles, f"CALL {SEED}.singles({rows}, {singles})"),
            "deletes": (rows, f"DELETE FROM sbtest1 WHERE id <= {rows}"),
        }

    def measure(self):
        fixed = _fixed(self._catch_up)
        for name, (changes, statement) in self._changes.items():
            if name in self._wanted:
                yield self._measure(name, changes, statement, fixed)
            elif name == "inserts":  # what the others change
                self._change(statement)
        self._change("TRUNCATE TABLE sbtest1")

    def _measure(self, name, changes, statement, fixed):
        copy = self._reference.measure()
        cost = self._change(statement, name)
        self._check(name)
        return Sample(name, changes, cost.less(fixed), self._reference.rows, copy, fixed)

    def _change(self, statement, name=None):
        self._pair.source_execute(statement)
        return self._catch_up(name)

    def _catch_up(self, name=None):
        cost = self._rig.catch_up(self._task, name)
        self._task.stop()
        return cost

    def _check(self, name):
        """A figure is worth nothing where the rows did not arrive."""
        sums = "SELECT count(*), coalesce(sum(id), 0), coalesce(sum(k), 0) FROM stream.sbtest1"
        ours, theirs = self._pair.target_query(sums)[0], self._pair.source_query(sums)[0]
        assert tuple(ours) == tuple(theirs), f"{name}: {ours} in the target, {theirs} in the source"
