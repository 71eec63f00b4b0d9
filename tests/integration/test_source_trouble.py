"""The source is away, silent, or not the one it was. These tests have a source of their own to be rough with."""

import contextlib
import os
import signal

import psycopg2
import pytest

from harness.servers import Source
from harness.wait import wait_until

PLAIN = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two')"


@pytest.fixture(scope="module")
def own_source(sources, servers_directory):
    source = Source("mariadb", servers_directory / "trouble")
    source.setup()
    source.start()
    yield source
    source.stop()


@pytest.fixture
def pair(new_pair, own_source):
    pair = new_pair(own_source)
    pair.source_execute(PLAIN)
    return pair


def log_in_as(pair, username, password):
    pair.target_execute("ALTER USER MAPPING FOR postgres SERVER source OPTIONS (SET username %s, SET password %s)",
                        (username, password))


def failed(task):
    wait_until(lambda: (task.state(), task.row()["pid"]) == ("failed", None), 20, lambda: f"{task.row()} fails")
    return task.errors()[0]


def recovers(pair, task, timeout=70):
    """By itself, and then it is as if nothing had been."""
    wait_until(lambda: task.row()["last_error"] is None, timeout, lambda: f"{task.row()} recovers")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.state() == "synchronizing"


def test_source_is_away_for_a_while(pair):
    """The task tries again, says so, and goes on where it was."""
    task = pair.run_task()
    task.wait_for_catchup()
    pair.source.stop()
    wait_until(lambda: task.row()["retries"] >= 2, 30, lambda: f"{task.row()} tries again")
    row = task.row()
    assert row["state"] == "synchronizing" and row["pid"] and str(pair.source.port) in row["last_error"]
    assert row["delay"].total_seconds() > 0
    wait_until(lambda: task.row()["delay"] > row["delay"], 5, "the delay grows")
    entries = len(task.errors())
    wait_until(lambda: task.row()["retries"] > row["retries"], 30, "and once more")
    assert len(task.errors()) <= entries + 1  # an outage of days is not thousands of entries
    pair.source.start()
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    recovers(pair, task)


def test_source_is_away_when_the_task_starts(pair):
    """A task that has been running before waits for its source; nobody calls that a failure."""
    task = pair.run_task().stop()
    pair.source.stop()
    task.start()
    wait_until(lambda: task.row()["retries"] >= 2, 30, lambda: f"{task.row()} tries again")
    assert task.state() == "synchronizing" and task.row()["last_error"]
    # A first start is different: it has to look at the tables.
    fresh = pair.task("fresh").create(target_schema="fresh")
    fresh.start()
    assert (fresh.state(), fresh.row()["pid"]) == ("precheck_failed", None)
    pair.source.start()
    recovers(pair, task)
    fresh.start().wait_state()


def test_stop_while_the_source_is_away(pair):
    """It is the pause between two attempts that is interrupted, or the attempt itself."""
    task = pair.run_task()
    pair.source.stop()
    wait_until(lambda: task.row()["retries"] >= 1, 30, "the outage is noticed")
    task.stop()
    assert (task.state(), task.row()["pid"]) == ("paused", None)
    with pytest.raises(psycopg2.Error) as raised:
        pair.target_query("SELECT mysql_sync.wait_for_catchup(%s)", (task.name,), statement_timeout=20)
    assert raised.value.pgcode[:2] in ("08", "HV", "22") and raised.value.diag.message_hint
    pair.source.start()
    task.start()
    recovers(pair, task)


def test_target_starts_while_the_source_is_away(pair):
    """PostgreSQL comes up, answers, and stops at once; the task goes on when there is something to go on with."""
    task = pair.run_task()
    task.wait_for_catchup()
    pair.source.stop()
    pair.target.restart()
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(2,)]
    wait_until(lambda: task.row()["pid"] and task.row()["retries"], 30, lambda: f"{task.row()} tries again")
    pair.target.restart()
    pair.source.start()
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    recovers(pair, task)


def test_source_goes_away_during_the_load(pair):
    pair.source.execute_many("INSERT INTO t VALUES (%s, REPEAT('x', 90))", [(i,) for i in range(10, 20000)], pair.name)
    task = pair.task().create(options={"chunk_rows": 100}).start()
    wait_until(lambda: task.tables() and task.tables()[f"{pair.name}.t"]["chunks_done"] > 3, 30, "the load is on",
               interval=0.01)
    pair.source.kill()
    wait_until(lambda: task.row()["retries"], 30, lambda: f"{task.row()} tries again")
    assert task.state() == "initializing"
    pair.source.start()
    task.wait_state()
    recovers(pair, task)


def test_sessions_are_killed_on_the_source(pair):
    """Again and again, while rows come."""
    task = pair.run_task()
    for i in range(5):
        for number, in pair.source.query("SELECT id FROM information_schema.processlist WHERE user = 'repl'"):
            with contextlib.suppress(Exception):  # it may just have ended
                pair.source.execute(f"KILL {number}")
        pair.source_execute(f"INSERT INTO t VALUES ({10 + i}, 'between')")
        wait_until(lambda: pair.source.query("SELECT 1 FROM information_schema.processlist WHERE user = 'repl' "
                                             "AND command LIKE 'Binlog%'"), 30, "the task is back")
    recovers(pair, task)


def server_process(source):
    return int((source.directory / "pid").read_text())


def test_source_falls_silent(pair):
    """The connection stands, but nothing comes: heartbeats are missed and the connection is given up."""
    task = pair.run_task()
    task.wait_for_catchup()
    wait_until(lambda: task.row()["last_commit_at"], 20, "the stream is on")
    retries = task.row()["retries"]
    os.kill(server_process(pair.source), signal.SIGSTOP)
    try:
        wait_until(lambda: task.row()["retries"] > retries, 60, lambda: f"{task.row()} notices")
        row = task.row()
        assert row["last_error"] and row["delay"].total_seconds() > 0
        assert pair.target_query("SELECT 1") == [(1,)]
        task.stop()  # whoever waits for a silent source can be interrupted
        task.start()
    finally:
        os.kill(server_process(pair.source), signal.SIGCONT)
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    recovers(pair, task)


@contextlib.contextmanager
def stranger_in_place_of(pair, directory):
    """Another server behind the address of the pair's source, with another server_id and, of course, other contents."""
    stranger = Source("mariadb", directory, [f"--server-id={pair.source.port + 1}"])
    stranger.port = pair.source.port
    pair.source.stop()
    stranger.start()
    try:
        yield stranger
    finally:
        stranger.stop()
        pair.source.start()


def pad_binlog(source, name, end):
    """Statements until the binlog ends at exactly that position."""
    def comment(length):
        source.execute(f"ALTER TABLE padding.t COMMENT '' /* {'x' * length} */")
        return source.binlog_position()[1]

    source.execute("CREATE DATABASE padding; CREATE TABLE padding.t (id INT)")
    while source.binlog_position()[0] < name:
        source.execute("FLUSH LOGS")
    first, second = comment(300), comment(300)
    comment(300 + end - second - (second - first))
    assert source.binlog_position()[:2] == (name, end)


def test_another_server_at_the_address(pair, servers_directory):
    """Its binlog has a position of that name as well: nothing of it may be applied."""
    pair.source_execute("FLUSH LOGS; CREATE TABLE other (id INT PRIMARY KEY)")
    for i in range(20):
        pair.source_execute(f"INSERT INTO other VALUES ({i})")
    task = pair.run_task([f"{pair.name}.t"])
    task.wait_for_catchup().stop()
    position = task.row()["applied_position"]
    name, end = position.rsplit(":", 1)
    with stranger_in_place_of(pair, servers_directory / f"stranger_{pair.name}") as stranger:
        stranger.execute(f"CREATE DATABASE `{pair.name}`")
        stranger.execute(PLAIN, database=pair.name)
        pad_binlog(stranger, name, int(end))
        stranger.execute("INSERT INTO t VALUES (66, 'of another')", database=pair.name)
        task.start()
        error = failed(task)
        assert "another server" in error["message"] and error["remedy"]
    assert task.row()["applied_position"] == position
    assert pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(2,)]
    # The right one is back.
    task.start()
    recovers(pair, task)


def test_another_server_takes_over_while_streaming(pair, servers_directory):
    """As above, but the worker lives through it."""
    log_in_as(pair, "root", "root")
    task = pair.run_task()
    task.wait_for_catchup()
    with stranger_in_place_of(pair, servers_directory / f"taker_{pair.name}"):
        error = failed(task)
        assert "another server" in error["message"] and error["remedy"]
    task.start()
    recovers(pair, task)


def test_restored_server_at_the_address(pair):
    """The same server, but its log has gone back: the position lies behind the end."""
    task = pair.run_task()
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    task.wait_for_catchup().stop()
    pair.source.execute("RESET MASTER")
    error = failed(task.start())
    assert error["remedy"] and error["sqlstate"] == "55000"


def test_all_is_loaded_again_where_the_position_is_lost(pair):
    """reset_task keeps settings and targets: what the task has filled itself it fills again, what it has not it leaves."""
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (7)")
    task = pair.task().create()
    task.set_table(f"{pair.name}.t", target_table="mirror.things", columns={"v": "value"})
    task.start().wait_state()
    with pytest.raises(psycopg2.errors.DuplicateObject):
        task.reset()
    task.stop()
    pair.source.execute("RESET MASTER")
    pair.source_execute("""ALTER TABLE t ADD w INT DEFAULT 5, MODIFY v TEXT; DELETE FROM t WHERE id = 1;
        INSERT INTO t VALUES (3, 'three', 6); DROP TABLE u; CREATE TABLE x (id INT PRIMARY KEY); INSERT INTO x VALUES (1)""")
    assert "reset_task" in failed(task.start())["remedy"]
    task.reset()
    row = task.row()
    assert (row["state"], row["applied_position"], row["last_error"], task.tables()) == ("not_started", None, None, {})
    pair.target_execute(f'CREATE TABLE "{pair.name}".x (id int PRIMARY KEY); INSERT INTO "{pair.name}".x VALUES (9)')
    task.start()
    assert task.state() == "precheck_failed"
    assert [item["object"] for item in task.precheck() if item["status"] == "failed"] == [f'"{pair.name}".x'.replace('"', "")]
    pair.target_execute(f'DROP TABLE "{pair.name}".x')
    task.start().wait_state()
    task.wait_for_catchup()
    pair.assert_same("x")
    assert pair.target_query("SELECT id, value, w FROM mirror.things ORDER BY 1") == [(2, "two", 5), (3, "three", 6)]
    assert pair.target_query(f'SELECT id FROM "{pair.name}".u') == [(7,)]
    assert len(task.errors()) == 2 and f"{pair.name}.u" not in task.tables()
    # What it kept is still known as its own.
    pair.source_execute("CREATE TABLE u (id INT PRIMARY KEY, w INT); INSERT INTO u VALUES (8, 8)")
    task.wait_for_catchup()
    pair.assert_same("u")
    # Once more, and from the midst of a load.
    task.stop().reset()
    pair.source.execute_many("INSERT INTO x VALUES (%s)", [(i,) for i in range(100, 3000)], pair.name)
    task.alter(options={"chunk_rows": 100, "load_workers": 1})
    task.start()
    wait_until(lambda: task.tables().get(f"{pair.name}.x", {}).get("chunks_done"), 20, "the load is on", interval=0.01)
    task.stop().reset()
    task.start().wait_state()
    task.wait_for_catchup()
    pair.assert_same("x")


def test_two_tasks_of_one_server_with_a_server_id(pair):
    """The option holds for both: the second is not let in."""
    pair.target_execute("ALTER SERVER source OPTIONS (ADD server_id '4711')")
    first = pair.run_task()
    second = pair.task("second").create(target_schema="second").start()
    assert second.state() == "precheck_failed" and "server_id" in second.row()["last_error"]
    assert first.state() == "synchronizing"
    pair.target_execute("ALTER SERVER source OPTIONS (DROP server_id)")
    second.start().wait_state()


def test_clash_of_server_ids(pair):
    """Two tasks, or two clusters, with one number throw each other out: that is named, and neither loses anything."""
    pair.target_execute(f"""ALTER SERVER source OPTIONS (ADD server_id '4711');
        CREATE SERVER other FOREIGN DATA WRAPPER mysql_sync
          OPTIONS (host '127.0.0.1', port '{pair.source.port}', server_id '4711');
        CREATE USER MAPPING FOR postgres SERVER other OPTIONS (username 'repl', password 'repl')""")
    both = [pair.run_task(), pair.task("second").create(server="other", target_schema="second").start()]
    wait_until(lambda: any("server_id" in str(task.errors()) for task in both), 30,
               lambda: f"the clash is named: {[task.row() for task in both]}")
    assert any("server_id" in (error["remedy"] or "") for task in both for error in task.errors())
    for task in both:
        with contextlib.suppress(psycopg2.Error):  # the one that has failed does not run
            task.stop()
    pair.target_execute("ALTER SERVER other OPTIONS (SET server_id '4712')")
    pair.source_execute("INSERT INTO t VALUES (3, 'three')")
    for task in both:
        task.start().wait_for_catchup()
    pair.assert_same("t")
    pair.assert_same("t", ("second", "t"))


def test_password_changes(pair):
    """A worker that is connected goes on; one that has to log in says what is wrong, and waits for the new password."""
    pair.source.execute("SET sql_log_bin = 0; CREATE USER changing@'%' IDENTIFIED BY 'before';"
                        "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO changing@'%'")
    try:
        log_in_as(pair, "changing", "before")
        task = pair.run_task()
        pair.source.execute("SET sql_log_bin = 0; SET PASSWORD FOR changing@'%' = PASSWORD('after')")
        pair.source_execute("INSERT INTO t VALUES (3, 'three')")
        wait_until(lambda: pair.target_query(f'SELECT count(*) FROM "{pair.name}".t') == [(3,)], 10, "the row arrives")
        task.stop().start()
        wait_until(lambda: task.row()["retries"] >= 2, 20, lambda: f"{task.row()} tries again")
        row, error = task.row(), task.errors()[0]
        assert row["state"] == "synchronizing" and row["pid"] and "denied" in row["last_error"]
        assert (error["sqlstate"], error["count"]) == ("28000", row["retries"]) and "user mapping" in error["remedy"]
        log_in_as(pair, "changing", "after")
        recovers(pair, task, 30)
        # Before its first start nobody knows that it ever was right.
        log_in_as(pair, "changing", "before")
        fresh = pair.task("fresh").create(target_schema="fresh").start()
        assert (fresh.state(), fresh.row()["pid"]) == ("precheck_failed", None) and "denied" in fresh.row()["last_error"]
        task.stop()
    finally:
        pair.source.execute("SET sql_log_bin = 0; DROP USER changing@'%'")
