"""A source that is a replica itself and does not log what it receives: its binlog lacks what the task is to copy."""

import contextlib

import pytest

from harness.servers import Source
from harness.wait import wait_until

OPTIONS = {"mysql9": ["--log-replica-updates=OFF"]}
STATEMENTS = {
    "mysql9": ("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='repl',"
               " SOURCE_PASSWORD='repl', SOURCE_LOG_FILE='{file}', SOURCE_LOG_POS={offset}, GET_SOURCE_PUBLIC_KEY=1",
               "START REPLICA", "STOP REPLICA; RESET REPLICA ALL"),
    "other": ("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', MASTER_PASSWORD='repl',"
              " MASTER_LOG_FILE='{file}', MASTER_LOG_POS={offset}", "START SLAVE", "STOP SLAVE; RESET SLAVE ALL"),
}


@pytest.fixture
def replica(source, servers_directory):
    """To be named before new_pair, whose end still needs it."""
    kind = source.kind
    replica = Source(kind, servers_directory / f"replica_{kind}", OPTIONS.get(kind, ["--skip-log-slave-updates"]))
    replica.options.append(f"--server-id={replica.port + 1}")
    replica.start()
    try:
        yield replica
    finally:
        replica.stop()


class Replication:
    def __init__(self, primary, replica):
        self._primary, self._replica = primary, replica
        self._change, self._start, self._stop = STATEMENTS.get(primary.kind, STATEMENTS["other"])

    def configure(self):
        file, offset = self._primary.binlog_position()
        self._replica.execute(self._change.format(port=self._primary.port, file=file, offset=offset))

    def start(self):
        self._replica.execute(self._start)

    def end(self):
        self._replica.execute(self._stop)


def replica_logging(task):
    item, = [item for item in task.precheck() if item["item"] == "replica_logging"]
    return item["status"], item["detail"]


def test_source_that_is_a_replica(replica, new_pair, source):
    pair = new_pair(replica)
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    source.execute(f"CREATE DATABASE IF NOT EXISTS `{pair.name}`")
    source.execute("CREATE TABLE t (id INT PRIMARY KEY)", database=pair.name)
    try:
        check(pair, Replication(source, replica), source)
    finally:
        source.execute(f"DROP DATABASE `{pair.name}`")


def check(pair, replication, primary):
    task = pair.task().create()
    assert replica_logging(task)[0] == "passed"
    task.start().wait_state()
    replication.configure()
    replication.start()
    primary.execute("INSERT INTO t VALUES (1)", database=pair.name)
    wait_until(lambda: pair.source_query("SELECT * FROM t") == ((1,),) or len(pair.source_query("SELECT * FROM t")) == 1,
               30, "the row arrives at the replica")
    status, detail = replica_logging(task)
    assert status == "failed" and "does not log" in detail
    # A task that streams looks at it when it connects again, a stopped one when it starts.
    for number, in pair.source.query("SELECT id FROM information_schema.processlist WHERE user = 'repl'"):
        with contextlib.suppress(Exception):  # it may just have ended
            pair.source.execute(f"KILL {number}")
    wait_until(lambda: task.state() == "failed", 20, "the task stops")
    assert "lacks changes" in task.errors()[0]["message"] and "RESET" in task.errors()[0]["remedy"]
    task.start()
    wait_until(lambda: task.state() == "failed", 20, "the task stops at its start as well")
    if pair.source.kind == "mariadb":
        without_rights(pair, task, replication)
    replication.end()
    assert replica_logging(task)[0] == "passed"


def without_rights(pair, task, replication):
    """What runs everybody may see, what is only configured not."""
    pair.source.execute("SET sql_log_bin = 0; REVOKE SLAVE MONITOR ON *.* FROM repl@'%'")
    assert replica_logging(task)[0] == "failed"
    pair.source.execute("STOP SLAVE")
    status, detail = replica_logging(task)
    assert status == "warning" and "may not see" in detail
    pair.source.execute("SET sql_log_bin = 0; GRANT SLAVE MONITOR ON *.* TO repl@'%'")
    assert replica_logging(task)[0] == "failed"
