"""A table that is loaded again within the stream: how fast, and how long the changes of another one wait meanwhile."""

import contextlib
import threading
import time
from dataclasses import dataclass
from statistics import median

from processes import Watch, workers
from rig import Cost
from rows import FILL_NARROW, NARROW, create_table

DATABASE = "reload"
BIG, SMALL = "sbtest1", "other"
WRITE_EVERY = 0.01  # seconds
LOOK_EVERY = 0.002
ARRIVAL = 30  # seconds that the last change may take
QUIET = 3  # seconds of writing without a reload, to compare with


@dataclass
class ReloadSample:
    """The same table loaded at first, and again: on a quiet source, and while another table is written to."""
    rows: int
    load: Cost
    quiet: Cost
    busy: Cost
    delays_before: list  # of the other table's changes, in seconds
    delays: list


def measure_reloads(rig, rounds):
    pair = rig.pair(DATABASE)
    create_table(pair, BIG, NARROW, FILL_NARROW)
    create_table(pair, SMALL, "(id INT NOT NULL PRIMARY KEY)")
    return [_measure(rig, pair) for _ in range(rounds)]


def _measure(rig, pair):
    pair.target_execute(f'DROP SCHEMA IF EXISTS "{DATABASE}" CASCADE')
    pair.source_execute(f"DELETE FROM {SMALL}")
    rig.checkpoint()
    task = rig.task(pair)
    load = rig.catch_up(task)
    quiet = _reload(rig, task)
    with Delays(rig) as before:
        time.sleep(QUIET)
    with Delays(rig) as meanwhile:
        busy = _reload(rig, task, "reload")
    _check(rig, pair)
    task.stop().drop()
    return ReloadSample(rig.rows, load, quiet, busy, before.delays, meanwhile.delays)


def _reload(rig, task, record_as=None):
    with rig.recorder.record(rig.postmaster, record_as), Watch(workers(rig.postmaster)) as watch:
        began = time.monotonic()
        task.pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{DATABASE}.{BIG}"))
        task.wait_for_catchup(rig.patience)
        seconds = time.monotonic() - began
    return Cost(seconds, watch.processor, watch.memory)


def _check(rig, pair):
    rows = pair.target_query(f'SELECT count(*) FROM "{DATABASE}"."{BIG}"')[0][0]
    assert rows == rig.rows, f"{rows} rows after the reload"


class Delays:
    """Single inserts at a steady pace while a block runs, and how long each took to be seen on the target."""

    def __init__(self, rig):
        self._rig = rig
        self._committed, self.delays = [], []
        self._done, self._all_written = threading.Event(), threading.Event()
        self._writer, self._looker = threading.Thread(target=self._write), threading.Thread(target=self._look)

    def __enter__(self):
        self._first = (self._rig.source.query(f"SELECT coalesce(max(id), 0) FROM {SMALL}", None, DATABASE)[0][0]) + 1
        self._writer.start()
        self._looker.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._writer.join()
        self._all_written.set()
        self._looker.join()
        assert len(self.delays) == len(self._committed), "not all the changes arrived"

    def _write(self):
        with self._rig.source.connect(DATABASE) as connection, connection.cursor() as cursor:
            while not self._done.is_set():
                cursor.execute(f"INSERT INTO {SMALL} VALUES ({self._first + len(self._committed)})")
                self._committed.append(time.monotonic())
                time.sleep(WRITE_EVERY)

    def _look(self):
        with contextlib.closing(self._rig.target.connect(DATABASE)) as connection, connection.cursor() as cursor:
            end = None
            while not self._all_written.is_set() or len(self.delays) < len(self._committed):
                cursor.execute(f"SELECT count(*) FROM {DATABASE}.{SMALL} WHERE id >= {self._first}")
                self._note(min(cursor.fetchone()[0], len(self._committed)), time.monotonic())
                if self._all_written.is_set():
                    end = end or time.monotonic() + ARRIVAL
                    if time.monotonic() > end:
                        return
                time.sleep(LOOK_EVERY)

    def _note(self, arrived, now):
        for number in range(len(self.delays), arrived):
            self.delays.append(now - self._committed[number])


def _delays(samples):
    delays = [delay * 1000 for sample in samples for delay in sample]
    return f"median {median(delays):.1f} ms, longest {max(delays):.1f} ms"


def describe_reloads(samples):
    """Lines for the report."""
    rows = samples[0].rows

    def line(title, costs):
        shares = [sample.load.seconds / cost.seconds for sample, cost in zip(samples, costs)]
        return (f"{title} of {rows:,} rows: {rows / median(c.seconds for c in costs):,.0f} rows/s, "
                f"{median(c.processor for c in costs) / rows * 1e6:.2f} µs CPU a row, {max(c.memory for c in costs) / 1e6:.0f} MB, "
                f"ratio to the load {median(shares):.2f} ({min(shares):.2f}-{max(shares):.2f})")

    return "\n".join([
        line("load", [sample.load for sample in samples]),
        line("reload", [sample.quiet for sample in samples]),
        line("reload, another table written to", [sample.busy for sample in samples]),
        f"delay of that table's changes: {_delays(s.delays_before for s in samples)}; during the reload "
        f"{_delays(s.delays for s in samples)}"])
