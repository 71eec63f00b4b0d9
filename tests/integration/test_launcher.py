"""What the launcher looks at, and what becomes of tasks where worker slots are few."""

import contextlib
import time

import pytest

from harness.wait import wait_until

VISIT = 'starting background worker process "mysql_sync launcher"'


def log_since(pair, begin=0):
    return (pair.target.directory / "log").read_text(errors="replace")[begin:]


@contextlib.contextmanager
def server_settings(target, **settings):
    before = target.options
    target.options = before + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    target.restart()
    try:
        yield
    finally:
        target.options = before
        target.restart()


@contextlib.contextmanager
def databases(target, **databases):
    """Databases with settings in pg_database."""
    try:
        for name, change in databases.items():
            target.execute(f'CREATE DATABASE "{name}"')
            target.execute(f"UPDATE pg_database SET {change} WHERE datname = '{name}'")
        yield
    finally:
        for name in databases:
            target.execute(f'DROP DATABASE IF EXISTS "{name}"')


def end_of_round(pair):
    """Where the log has no visit for a while."""
    sizes = []

    def is_quiet():
        sizes.append(log_since(pair).count(VISIT))
        return len(sizes) > 8 and len(set(sizes[-8:])) == 1
    wait_until(is_quiet, 60, "the launcher's first round ends", interval=0.25)
    return len(log_since(pair))


@pytest.mark.sources("mariadb")
def test_databases_are_visited_where_there_is_something_to_do(pair):
    """One that cannot be entered is not tried, and one without tasks not every time; a lost worker is brought back."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    target = pair.target
    names = {f"{pair.name}_dropped": "datconnlimit = -2", f"{pair.name}_closed": "datallowconn = false",
             f"{pair.name}_plain": "datconnlimit = -1", f"{pair.name}_other": "datconnlimit = -1"}
    with databases(target, **names), server_settings(target, log_min_messages="debug1"):
        begin = len(log_since(pair))
        task = pair.run_task()
        round_end = end_of_round(pair)
        worker = task.row()["pid"]
        target.execute(f"SELECT pg_terminate_backend({worker})")
        wait_until(lambda: task.row()["pid"] not in (None, worker), 30, "the worker is back")
        assert log_since(pair, round_end).count(VISIT) <= 2
        assert "FATAL" not in log_since(pair, begin)


@pytest.mark.sources("mariadb")
def test_tasks_where_slots_are_few(pair):
    """The only slot is the task worker's: it loads by itself. That there is none for others is said, and said once."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    pair.source.execute_many("INSERT INTO t VALUES (%s)", [(i,) for i in range(500)], pair.name)
    target = pair.target
    # Two are PostgreSQL's own launcher's and ours.
    with server_settings(target, max_worker_processes=3):
        begin = len(log_since(pair))
        time.sleep(1)  # the launcher's first visits
        task = pair.task().create(options={"chunk_rows": 100})
        wait_until(lambda: starts(task), 20, "the slot is free")
        task.wait_state().wait_for_catchup()
        pair.assert_same("t")
        assert task.errors() == []
        assert log_since(pair, begin).count("no free background worker slot for the load") == 1
        target.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'mysql_sync launcher'")
        wait_until(lambda: "slot to look for tasks" in log_since(pair, begin), 30, "a visit lacks a slot")
        assert log_since(pair, begin).count("slot to look for tasks") == 1
        task.stop()


def starts(task):
    try:
        task.start()
        return True
    except Exception as error:
        assert "no free background worker slot" in str(error)
        return False
