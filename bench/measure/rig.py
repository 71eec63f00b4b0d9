"""The two servers, and what is measured between them: a load, a catch-up, a COPY."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass

from harness.pair import Pair
from harness.servers import Source, Target

from processes import Recorder, Watch, backend, workers
from rows import SEED, fill_seed

PATIENCE = 900  # seconds
# The same for everything that is measured. One checkpoint a round, between measures: none falls into one.
TARGET_SETTINGS = {
    "shared_preload_libraries": "mysql_sync", "max_worker_processes": "16", "shared_buffers": "2GB",
    "min_wal_size": "4GB", "max_wal_size": "16GB", "checkpoint_timeout": "1h", "autovacuum": "off",
}
# The source's flushing is not what is measured, but would take most of the time.
SOURCE_OPTIONS = ["--innodb-buffer-pool-size=1G", "--loose-innodb-log-file-size=512M",
                  "--loose-innodb-redo-log-capacity=1G", "--max-binlog-size=1G", "--sync-binlog=0",
                  "--innodb-flush-log-at-trx-commit=2"]


@dataclass
class Cost:
    """What one run took: seconds of the clock and of processors, and the most memory at a time in bytes."""
    seconds: float
    processor: float
    memory: int

    def less(self, fixed):
        # Never nothing: rates are divided by it. What is this short is not printed as a figure.
        return Cost(max(self.seconds - fixed.seconds, 1e-6), max(self.processor - fixed.processor, 1e-6), self.memory)


class Rig:
    """Both servers, with data that lives as long as this object."""

    def __init__(self, directory, arguments):
        self.rows = arguments.rows
        self.options = arguments.options
        self._servers = directory / "servers"
        settings = [word for name, value in TARGET_SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self.source = Source(arguments.source, self._servers / "source", SOURCE_OPTIONS)
        self.target = Target("postgres", self._servers / "target", settings)
        self.recorder = Recorder(arguments.profile)

    def __enter__(self):
        # A run that was killed has left servers, which know nothing of this object's ports.
        self._stop()
        self.source.setup()
        try:
            self.source.start()
            self.target.start()
            self.source.execute(f"CREATE DATABASE {SEED}")
            fill_seed(self.source, self.rows)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _stop(self):
        for server in (self.source, self.target):
            server.stop()
        shutil.rmtree(self._servers, ignore_errors=True)

    @property
    def programs(self):
        """The directory of the target's programs."""
        return subprocess.run([os.environ["PG_CONFIG"], "--bindir"], check=True, capture_output=True,
                              text=True).stdout.strip()

    @property
    def patience(self):
        return PATIENCE

    @property
    def postmaster(self):
        return int((self.target.directory / "pid").read_text())

    def checkpoint(self):
        self.target.execute("CHECKPOINT")

    def pair(self, name):
        pair = Pair(self.source, self.target, name)
        pair.create()
        return pair

    def task(self, pair):
        return pair.task().create(options=self.options)

    def catch_up(self, task, record_as=None):
        """Starts the task and waits until it has done all there is to do."""
        with self.recorder.record(self.postmaster, record_as), Watch(workers(self.postmaster)) as watch:
            began = time.monotonic()
            task.start().wait_for_catchup(PATIENCE)
            seconds = time.monotonic() - began
        return Cost(seconds, watch.processor, watch.memory)


class Reference:
    """COPY of a table's rows, from a file on the server, into an empty table just like it."""

    def __init__(self, rig, pair, table):
        self.pair, self.table = pair, table
        self._target, self._database = rig.target, pair.name
        self._like = f'"{pair.name}"."{table}"'
        self._file = rig.target.directory / f"{pair.name}.rows"
        # From the target's table, so that the rows are the same to the last character.
        self._target.execute(f"COPY {self._like} TO '{self._file}'", None, self._database)
        self.rows = self._target.query(f"SELECT count(*) FROM {self._like}", None, self._database)[0][0]

    def measure(self):
        connection = self._target.connect(self._database, statement_timeout=PATIENCE)
        try:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS reference")
                cursor.execute(f"CREATE TABLE reference (LIKE {self._like} INCLUDING ALL)")
                with Watch(backend(connection.info.backend_pid)) as watch:
                    began = time.monotonic()
                    cursor.execute(f"COPY reference FROM '{self._file}'")
                    seconds = time.monotonic() - began
                cursor.execute("DROP TABLE reference")
            return Cost(seconds, watch.processor, watch.memory)
        finally:
            connection.close()
