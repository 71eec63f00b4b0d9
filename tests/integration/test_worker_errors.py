"""Errors that a worker meets while it deals with errors, and how often and where they are told."""

import re
import time

import pytest

from harness.wait import wait_until

# Triggers of this kind fire for the workers, too.
FULL = """
    CREATE OR REPLACE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'no space left: %%', TG_TABLE_NAME USING ERRCODE = 'disk_full'; END$$;
    CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE PROCEDURE public.full();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER full_disk"""


# Whoever notes an error takes his time, so that the others come meanwhile.
SLOW = """
    CREATE OR REPLACE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END$$;
    CREATE TRIGGER slow_note AFTER INSERT ON mysql_sync.error_log FOR EACH ROW EXECUTE PROCEDURE public.slow();
    ALTER TABLE mysql_sync.error_log ENABLE ALWAYS TRIGGER slow_note"""


def fill_disk(pair, table):
    pair.target_execute(FULL.format(table=table).replace("%%", "%"))


def free_disk(pair, table):
    pair.target_execute(f"DROP TRIGGER full_disk ON {table}")


def log_since(pair, begin):
    return (pair.target.directory / "log").read_text(errors="replace")[begin:]


def log_size(pair):
    return len((pair.target.directory / "log").read_text(errors="replace"))


@pytest.mark.sources("mariadb")
def test_errors_of_the_error_handler(pair):
    """The worker lives on where it can note nothing, and where it is cancelled in its pause."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)")
    task = pair.run_task()
    worker, begin = task.row()["pid"], log_size(pair)
    for table in (f'"{pair.name}".t', "mysql_sync.error_log"):
        fill_disk(pair, table)
    pair.source_execute("INSERT INTO t VALUES (2)")
    wait_until(lambda: "cannot note it" in log_since(pair, begin), 20, "the worker fails to note an error")
    for _ in range(5):
        pair.target_execute("SELECT pg_cancel_backend(%s)", (worker,))
        time.sleep(0.2)
    assert task.row()["pid"] == worker
    free_disk(pair, "mysql_sync.error_log")
    wait_until(lambda: task.row()["retries"] >= 2, 30, "the worker tries again")
    error, = task.errors()
    assert (error["count"] >= 2, error["sqlstate"]) == (True, "53100") and error["last_at"] > error["at"]
    assert "no space left: t" in task.row()["last_error"] and task.state() == "synchronizing"
    free_disk(pair, f'"{pair.name}".t')
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.row()["pid"] == worker and task.row()["last_error"] is None
    line = next(line for line in log_since(pair, begin).splitlines() if "will try again" in line)
    assert "WARNING" in line and f'task "{task.name}" of database "{pair.name}"' in line and "no space left" in line


@pytest.mark.sources("mariadb")
def test_final_error_that_cannot_be_noted(pair):
    """It is met again until it can be."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task()
    begin = log_size(pair)
    fill_disk(pair, "mysql_sync.error_log")
    pair.target_execute(f'INSERT INTO "{pair.name}".t VALUES (1)')
    pair.source_execute("INSERT INTO t VALUES (1)")
    wait_until(lambda: "cannot note it" in log_since(pair, begin), 20, "the worker fails to note an error")
    assert (task.state(), task.row()["pid"] is not None) == ("synchronizing", True)
    free_disk(pair, "mysql_sync.error_log")
    wait_until(lambda: task.state() == "failed", 20, "the task fails")
    assert re.search(f'WARNING: .*task "{task.name}" of database "{pair.name}" has failed', log_since(pair, begin))
    assert len(task.errors()) == 1


@pytest.mark.sources("mariadb")
def test_full_disk_during_the_load(pair):
    """Load workers and tries are many; the error is one, and it is the one that is shown."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY)")
    pair.source.execute_many("INSERT INTO t VALUES (%s)", [(i,) for i in range(1000)], pair.name)
    pair.target_execute(f'CREATE SCHEMA "{pair.name}"; CREATE TABLE "{pair.name}".t (id int PRIMARY KEY)')
    fill_disk(pair, f'"{pair.name}".t')
    pair.target_execute(SLOW)
    task = pair.task().create(existing_tables="truncate", options={"chunk_rows": 100, "load_workers": 3}).start()
    wait_until(lambda: task.row()["retries"] >= 3, 30, "the load is tried again")
    error, = task.errors()
    assert error["count"] >= 3 and error["source_table"] == f"{pair.name}.t"
    assert "no space left: t" in task.row()["last_error"] and task.state() == "initializing"
    free_disk(pair, f'"{pair.name}".t')
    task.wait_state("synchronizing", 30)
    pair.assert_same("t")


@pytest.mark.sources("mariadb")
def test_stop_is_no_error(pair):
    """Of a task that streams, and of one that loads."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)")
    begin = log_size(pair)
    task = pair.run_task()
    task.stop()
    loading = pair.task("loading").create(target_schema="loading", options={"load_workers": 1}).start()
    loading.stop()
    assert "FATAL" not in log_since(pair, begin)
    assert task.errors() == [] and loading.errors() == []
