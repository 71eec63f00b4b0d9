"""Fixtures of the integration tests. `make -s install` has been done before; scripts/test sees to that.

    source     a running MySQL or MariaDB; each test that uses it runs once for every kind,
               or for those named by @pytest.mark.sources("mysql9", ...)
    target     a running PostgreSQL (or Greenplum, with --target=greenplum) that has the extension preloaded
    pair       a fresh database on both, joined: what most tests want
    new_pair   the same as a function, for tests that need more than one pair or a source of a certain kind:
               new_pair("mysql9"), new_pair(source)

Servers start when the first test asks for them and live until the end, in a directory under TMPDIR.
"""

import contextlib
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from harness.pair import Pair
from harness.servers import CannotBeHad, Source, Target

SOURCE_KINDS = ("mariadb", "mysql56", "mysql9")
SOURCE_SKIPPED = "SOURCE SKIPPED"
LONGEST_FILES = ("test_crash", "test_ddl_statements", "test_torture", "test_stream", "test_control",
                 "test_source_trouble", "test_dialects")
PRELOAD = ["-c", "shared_preload_libraries=mysql_sync", "-c", "max_worker_processes=64"]
# The tests kill processes, never the machine, so nothing is lost by leaving the flushing to the kernel.
POSTGRES_OPTIONS = ["-c", "fsync=off", "-c", "log_checkpoints=off"]

def _take_share_of_ports():
    """Processes of pytest-xdist run servers beside each other."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["MYSQL_SYNC_PORTS"] = f"{20000 + 1000 * (int(worker[2:]) % 10)} 1000"


def pytest_addoption(parser):
    parser.addoption("--target", choices=("postgres", "greenplum"), default="postgres", help="what the tables go to")
    parser.addoption("--source", action="append", choices=SOURCE_KINDS, help="only this source (more than once: these)")
    parser.addoption("--long", action="store_true", help="only what is marked as long, which is left out otherwise")
    parser.addoption("--keep-servers", action="store_true", help="leave the servers running at the end")


def pytest_configure(config):
    _take_share_of_ports()
    config.addinivalue_line("markers", "sources(kind, ...): run with these sources only")
    config.addinivalue_line("markers", "long: takes minutes, and runs with --long only: scripts/test long")
    config.addinivalue_line("markers", "greenplum: also for --target=greenplum, where scripts/test-greenplum runs it")


def pytest_generate_tests(metafunc):
    if "source" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("sources")
    wanted = metafunc.config.getoption("source") or SOURCE_KINDS
    kinds = [kind for kind in (marker.args if marker else SOURCE_KINDS) if kind in wanted]
    metafunc.parametrize("source", kinds, indirect=True, scope="session")


def _group(item):
    """What pytest-xdist hands to a process at once: the tests of a file with one source."""
    source = item.callspec.params.get("source", "") if hasattr(item, "callspec") else ""
    return f"{item.path.stem}-{source}"


def pytest_collection_modifyitems(config, items):
    """The files that take longest begin, so that at the end no process works alone."""
    wanted = config.getoption("long")
    left_out = [item for item in items if (item.get_closest_marker("long") is not None) != wanted]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    places = {file: place for place, file in enumerate(LONGEST_FILES)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_terminal_summary(terminalreporter):
    skipped = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(text[text.index(SOURCE_SKIPPED):] for text in skipped if SOURCE_SKIPPED in text):
        terminalreporter.write_line(reason, yellow=True, bold=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the extension has to say."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for pair in getattr(item, "pairs", []):
            report.sections.append((f"{pair.name}: {pair.source} to {pair.target}", pair.diagnostics()))


class Sources:
    """The sources by kind, each started when it is first asked for. One that failed once is not tried again."""

    def __init__(self, directory):
        self._directory = directory
        self._results = {}

    def get(self, kind):
        if kind not in self._results:
            self._results[kind] = self._start(kind)
        result = self._results[kind]
        if isinstance(result, Exception):
            raise result
        return result

    def _start(self, kind):
        source = Source(kind, self._directory / kind)
        try:
            source.setup()
            source.start()
        except CannotBeHad as reason:
            return reason
        except Exception as failure:  # kept for every test that wants this source
            source.stop()
            return failure
        return source

    def stop(self):
        for source in self._results.values():
            if isinstance(source, Source):
                source.stop()


@pytest.fixture(scope="session")
def servers_directory(request):
    # The servers run as other users, who have to get in; the path is short, as sockets have their limit.
    directory = Path(tempfile.mkdtemp(prefix="mysql_sync_"))
    directory.chmod(0o755)
    yield directory
    if request.config.getoption("keep_servers"):
        print(f"\nthe servers run on, in {directory}")
    else:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def sources(request, servers_directory):
    pool = Sources(servers_directory)
    yield pool
    if not request.config.getoption("keep_servers"):
        pool.stop()


def _get(sources, kind):
    try:
        return sources.get(kind)
    except CannotBeHad as reason:
        pytest.skip(f"{SOURCE_SKIPPED}: {kind} - {reason}")


@pytest.fixture(scope="session")
def source(request, sources):
    return _get(sources, request.param)


@pytest.fixture(scope="session")
def target(request, servers_directory):
    kind = request.config.getoption("target")
    server = Target(kind, servers_directory / kind, PRELOAD + (POSTGRES_OPTIONS if kind == "postgres" else []))
    server.setup()
    try:
        server.start()
        yield server
    finally:
        if not request.config.getoption("keep_servers"):
            server.stop()


_numbers = itertools.count(1)


@pytest.fixture
def new_pair(request, sources, target):
    request.node.pairs = []
    log = target.watch_log()

    def make(source, **settings):
        if isinstance(source, str):
            source = _get(sources, source)
        if not source.is_running():
            source.start()
        pair = Pair(source, target, f"t{os.getpid()}_{next(_numbers)}", **settings)
        request.node.pairs.append(pair)
        pair.create()
        return pair

    yield make
    with contextlib.ExitStack() as all_of_them:  # whatever becomes of one, the others are dropped
        for pair in request.node.pairs if not request.config.getoption("keep_servers") else []:
            all_of_them.callback(pair.drop)
    assert log.faults() == [], "the target's log tells of a fault"


@pytest.fixture
def pair(new_pair, source):
    return new_pair(source)


@pytest.fixture
def hold_commits(pair):
    """A function: from its call on commits stand in the binlog for so many milliseconds before they are visible, as
    semi-synchronous replication waits for a replica that is not there. For MariaDB and MySQL 9."""
    mariadb = pair.source.kind == "mariadb"
    prefix = "rpl_semi_sync_" + ("master" if mariadb else "source")
    if not mariadb and not pair.source_query("SELECT 1 FROM information_schema.plugins WHERE plugin_name = 'rpl_semi_sync_source'"):
        pair.source.execute("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'")

    def hold(milliseconds):
        pair.source.execute(f"""SET GLOBAL {prefix}_wait_point = AFTER_SYNC;
                                SET GLOBAL {prefix}_timeout = {milliseconds};
                                SET GLOBAL {prefix}_enabled = ON""")

    yield hold
    pair.source.execute(f"""SET GLOBAL {prefix}_enabled = OFF;
                            SET GLOBAL {prefix}_wait_point = DEFAULT;
                            SET GLOBAL {prefix}_timeout = DEFAULT""")
