"""More tables than the server has locks for: neither a start nor a precheck holds the locks of all of them at once."""

import contextlib

import pytest

from harness.pair import Pair
from harness.servers import Target
from harness.wait import wait_until

pytestmark = pytest.mark.sources("mariadb")
TABLES = 249
# About 700 locks for all sessions; a table that is made needs five.
FEW_LOCKS = ["-c", "shared_preload_libraries=mysql_sync", "-c", "fsync=off", "-c", "max_locks_per_transaction=24",
             "-c", "max_connections=15", "-c", "max_worker_processes=8", "-c", "autovacuum=off", "-c", "max_wal_senders=0"]


@pytest.fixture
def small_pair(source, servers_directory):
    server = Target("postgres", servers_directory / "few_locks", FEW_LOCKS)
    server.setup()
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        pair = Pair(source, server, "many_tables")
        stack.callback(pair.drop)
        pair.create()
        yield pair


def counts(pair):
    """{rows: tables that have so many}"""
    union = " UNION ALL ".join(f"SELECT count(*) FROM {pair.name}.t{number:03}" for number in range(0, TABLES, 3))
    return dict(pair.target_query(f"SELECT n, count(*) FROM ({union}) x(n) GROUP BY 1"))


def test_locks_are_given_back(small_pair):
    pair = small_pair
    pair.source_execute("; ".join(f"CREATE TABLE t{number:03} (id INT PRIMARY KEY, v TEXT)" for number in range(TABLES)))
    task = pair.task().create(options={"drop_tables": "drop"})
    found = task.precheck()
    assert [(item["item"], item["status"]) for item in found if item["status"] != "passed"] == [("locks", "warning")]
    # A start that ends half way leaves tables of its own, which the next one takes for its own.
    pair.target_execute("""CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE '%.t200') THEN
                RAISE EXCEPTION 'not this one'; END IF; END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse();
        ALTER EVENT TRIGGER refuse ENABLE ALWAYS""")
    pair.target_query("SELECT mysql_sync.start_task(%s)", (task.name,))
    wait_until(lambda: (task.row()["state"], task.row()["pid"]) == ("failed", None), 60, lambda: str(task.row()))
    assert pair.target_query("SELECT count(*) FROM mysql_sync.made_target") == [(200,)]
    pair.target_execute("DROP EVENT TRIGGER refuse")
    pair.source_execute("ALTER TABLE t001 ADD w INT, DROP v")
    task.start().wait_state(timeout=120)
    assert pair.target_query("SELECT count(*) FROM mysql_sync.made_target") == [(0,)]
    # The targets that are there are looked at, one at a time, too.
    assert "out of shared memory" not in str(task.precheck())
    task.stop()
    pair.source_execute("; ".join(f"INSERT INTO t{number:03} (id) VALUES (1)" for number in range(0, TABLES, 3)))
    task.start().wait_state().wait_for_catchup()
    assert counts(pair) == {1: TABLES // 3}
    pair.assert_same("t001")
    assert "out of shared memory" not in str(task.errors())
