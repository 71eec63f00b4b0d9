"""The load begins at a position of which everything before is visible.

A transaction stands in the binlog before the engine commits it. Semi-synchronous replication without a replica holds
it there for as long as the test needs.
"""

import threading

import pytest

from harness.wait import wait_until


@pytest.mark.sources("mariadb")
def test_a_commit_that_is_logged_and_not_yet_visible_is_not_lost(pair, hold_commits):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    pair.source_execute("INSERT INTO t VALUES (1, 1)")
    hold_commits(4000)
    start = pair.source.binlog_position()
    writer = threading.Thread(target=pair.source_execute, args=("UPDATE t SET v = 100",))
    writer.start()
    wait_until(lambda: pair.source.binlog_position() != start, 10, "the update is in the binlog")
    assert pair.source_query("SELECT v FROM t") == [(1,)], "the commit is not held: the test shows nothing"
    task = pair.run_task()
    writer.join()
    task.wait_for_catchup()
    pair.assert_same("t")
