"""What server processes cost, read from /proc: processor time, which a busy machine changes less than the clock, and
memory."""

import contextlib
import signal
import subprocess
import threading
import time
from pathlib import Path

INTERVAL = 0.02  # seconds: what a process does after the last look at it, before it ends, is lost
PERF_STARTS = 3  # seconds, with some to spare
KINDS = (b"postgres: mysql_sync task", b"postgres: mysql_sync load")


def _read(pid, name):
    return Path(f"/proc/{pid}/{name}").read_bytes()


def _children(postmaster):
    return _read(postmaster, f"task/{postmaster}/children").split()


def workers(postmaster):
    """A function that finds the processes of tasks and loads. Fresh ones have no title yet: they come next time."""
    known = {}

    def find():
        for child in map(int, _children(postmaster)):
            with contextlib.suppress(OSError):
                if not known.get(child):
                    known[child] = _read(child, "cmdline").startswith(KINDS)
                if known[child]:
                    yield child
    return find


def backend(pid):
    return lambda: [pid]


def backends_of(postmaster, database):
    """A function that finds the sessions in a database."""
    title = f"postgres: postgres {database} ".encode()

    def find():
        for child in map(int, _children(postmaster)):
            with contextlib.suppress(OSError):
                if _read(child, "cmdline").startswith(title):
                    yield child
    return find


def _processor_seconds(pid):
    return int(_read(pid, "schedstat").split()[0]) / 1e9


def _private_memory(pid):
    """Without shared buffers: whoever touches many of them would seem to own them."""
    fields = dict(line.split(b":", 1) for line in _read(pid, "status").splitlines())
    return sum(int(fields[name].split()[0]) for name in (b"RssAnon", b"RssFile")) * 1024


class Watch:
    """Looks at processes while a block runs. `processor`: seconds that they took in it, all together; `memory`: the
    most that they had at one time, in bytes."""

    def __init__(self, find):
        self._find = find
        self._first, self._last = {}, {}
        self.memory = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        for pid in self._find():
            self._first[pid] = _processor_seconds(pid)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        self._look()

    @property
    def processor(self):
        return sum(seconds - self._first.get(pid, 0) for pid, seconds in self._last.items())

    def _run(self):
        while not self._done.wait(INTERVAL):
            self._look()

    def _look(self):
        memory = 0
        for pid in self._find():
            with contextlib.suppress(OSError, KeyError):  # it has ended
                self._last[pid] = _processor_seconds(pid)
                memory += _private_memory(pid)
        self.memory = max(self.memory, memory)


class Recorder:
    """Runs perf beside what is measured, where a profile is wanted."""

    def __init__(self, directory):
        self._directory = directory
        self.armed = False

    @contextlib.contextmanager
    def record(self, postmaster, name):
        if not (self._directory and self.armed and name):
            yield
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory / f"{name.replace(' ', '_')}.perf.data"
        # From the postmaster on, perf follows the processes that it starts. It does not say when it is ready to;
        # asking it to (--control) makes version 6.1 lose those processes.
        perf = subprocess.Popen(["perf", "record", "-q", "-F", "499", "--call-graph", "dwarf,8192",
                                 "-p", str(postmaster), "-o", str(file)])
        time.sleep(PERF_STARTS)
        try:
            yield
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait()
