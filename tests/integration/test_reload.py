"""Loading a single table again while its task streams: the table is emptied, and equal to the source in the end,
whatever happens meanwhile to it, to the others and to the worker."""

import random
import threading
import time

import psycopg2
import pytest

from harness.crash import kill_worker
from harness.reload import fill, reload_notices, resync, table_state, writing
from harness.wait import wait_until


@pytest.mark.sources("mariadb", "mysql9")
def test_a_table_that_is_not_what_it_should_be_is_equal_again(pair):
    fill(pair, 3000)
    task = pair.run_task().wait_for_catchup()
    pair.target_execute(f'DELETE FROM "{pair.name}".big WHERE id < 500; '
                        f'UPDATE "{pair.name}".big SET note = NULL WHERE id > 5000')
    resync(task, "big")
    task.wait_for_catchup()
    pair.assert_same("big")
    assert len(reload_notices(task, "big")) == 1
    row = table_state(task, "big")
    assert (row["state"], row["rows_loaded"], row["chunks_done"], row["chunks"]) == ("synchronizing", 3000, 1, 1)
    # Strict again: a change that does not find its row stops the task.
    pair.target_execute(f'DELETE FROM "{pair.name}".big WHERE id = 2')
    pair.source_execute("UPDATE big SET a = -1 WHERE id = 2")
    task.wait_state("failed")
    # And that is a way to go on from there.
    resync(task, "big")
    task.start().wait_for_catchup()
    pair.assert_same("big")


def test_changes_go_on_while_the_table_is_read(pair):
    fill(pair)
    task = pair.run_task().wait_for_catchup()
    with writing(pair):
        for _ in range(2):
            resync(task, "big")
            task.wait_for_catchup(120)
    task.wait_for_catchup()
    pair.assert_same("big")
    pair.assert_same("other")


@pytest.mark.greenplum
@pytest.mark.sources("mariadb")
def test_the_worker_is_killed_again_and_again(pair):
    fill(pair, 60000)
    task = pair.run_task().wait_for_catchup()
    chance = random.Random(3)
    with writing(pair):
        for _ in range(4):
            resync(task, "big")
            time.sleep(chance.random() * 1.5)
            kill_worker(task)
        task.wait_for_catchup(120)
    task.wait_for_catchup()
    pair.assert_same("big")
    pair.assert_same("other")


@pytest.mark.sources("mariadb")
def test_rows_that_are_read_do_not_undo_what_is_not_visible_yet(pair, hold_commits):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    pair.source.execute_many("INSERT INTO t VALUES (%s, 1)", [(i,) for i in range(4000)], pair.name)
    task = pair.run_task().wait_for_catchup()
    # Slow enough for a second step.
    pair.target_execute(f"""CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS
                                $$BEGIN IF NEW.id < 1500 THEN PERFORM pg_catalog.pg_sleep(0.001); END IF;
                                  RETURN NEW; END$$;
                            CREATE TRIGGER rest BEFORE INSERT ON "{pair.name}".t FOR EACH ROW EXECUTE PROCEDURE rest();
                            ALTER TABLE "{pair.name}".t ENABLE ALWAYS TRIGGER rest""")
    resync(task, "t")
    wait_until(lambda: table_state(task, "t")["state"] == "reloading" and table_state(task, "t")["rows_loaded"], 30,
               "the first rows are read", interval=0.01)
    hold_commits(60000)
    # One transaction: while two of them wait, the source does not tell the end of its binlog.
    sql = """BEGIN; UPDATE t SET v = 100 WHERE id = 3999; DELETE FROM t WHERE id = 3998;
             INSERT INTO t VALUES (4010, 2); COMMIT"""
    writer = threading.Thread(target=pair.source_execute, args=(sql,))
    writer.start()
    newest = f'SELECT v FROM "{pair.name}".t WHERE id IN (3999, 4010)'
    wait_until(lambda: pair.target_query(newest) == [(100,), (2,)], 10, "the changes are applied")
    wait_until(lambda: table_state(task, "t")["chunks_done"], 30, "the rows are read")
    assert pair.source_query("SELECT v FROM t WHERE id > 3997") == [(1,), (1,)], "the commit is not held"
    pair.source.execute("SET GLOBAL rpl_semi_sync_master_enabled = OFF")
    writer.join()
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.sources("mysql9")
def test_ddl_while_the_table_is_read(pair):
    fill(pair, 60000)
    task = pair.run_task().wait_for_catchup()
    with writing(pair):
        resync(task, "big")
        wait_until(lambda: table_state(task, "big")["state"] == "reloading", 30, "it is reloading", interval=0.01)
        pair.source_execute("""ALTER TABLE big ADD COLUMN more VARCHAR(20) DEFAULT 'm';
                            UPDATE big SET more = id WHERE id = 6""")
        task.wait_for_catchup()
        assert len(reload_notices(task, "big")) == 1
        resync(task, "big")
        wait_until(lambda: table_state(task, "big")["state"] == "reloading", 30, "it is reloading", interval=0.01)
        pair.source_execute("ALTER TABLE big DROP COLUMN more, MODIFY COLUMN note TEXT")
        time.sleep(0.3)
        pair.source_execute("RENAME TABLE big TO big2, other TO big, big2 TO other")
        task.wait_for_catchup()
    task.wait_for_catchup()
    pair.assert_same("big")
    pair.assert_same("other")


@pytest.mark.sources("mysql9")
def test_keys_of_all_sorts_and_no_rows(pair):
    """Keys that a query can go on behind, and those for which the table is read at once."""
    keys = {"texts": ("a VARCHAR(40) CHARACTER SET latin1, b DATE",
                      "CONCAT('\xe4 ', n % 7, n), '2020-01-01' + INTERVAL n DAY"),
            "bytes": ("a VARBINARY(20), b BIGINT UNSIGNED", "UNHEX(HEX(n * 7919 % 3001)), 18446744073709551615 - n"),
            "times": ("a DATETIME(3), b DECIMAL(20,5)", "'2020-01-01' + INTERVAL n * 37 SECOND, n / 7"),
            "floats": ("a DOUBLE, b FLOAT", "n / 3e0, n"),
            "labels": ("a ENUM('x', 'y', 'z'), b INT", "1 + n % 3, n"),
            "nothing": ("a INT, b INT", None)}
    pair.source_execute("""CREATE TABLE n (n INT PRIMARY KEY);
                           INSERT INTO n VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)""")
    for table, (columns, values) in keys.items():
        pair.source_execute(f"CREATE TABLE {table} ({columns}, c TEXT, PRIMARY KEY (a, b)) CHARACTER SET utf8")
        if values:
            pair.source_execute(f"""INSERT INTO {table} SELECT {values}, REPEAT('c', n) FROM
                (SELECT n.n + 10 * o.n + 100 * p.n + 1000 * q.n AS n FROM n, n o, n p, n q WHERE q.n < 3) AS numbers""")
    task = pair.run_task().wait_for_catchup()
    for table in keys:
        pair.target_execute(f'DELETE FROM "{pair.name}".{table}')
        resync(task, table)
    task.wait_for_catchup()
    for table in keys:
        pair.assert_same(table)
    tables = task.tables()
    assert {table: tables[f"{pair.name}.{table}"]["rows_loaded"] for table in keys} == \
        {table: 0 if table == "nothing" else 3000 for table in keys}


@pytest.mark.sources("mysql9", "mariadb")
def test_what_is_prepared_before_and_committed_behind(pair):
    """XA transactions are of the place of their commit. The binlog goes on in another file meanwhile."""
    pair.source_execute("""CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20));
                           INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')""")
    task = pair.run_task().wait_for_catchup()
    name = pair.name
    pair.source_execute(f"XA START '{name}'; UPDATE t SET v = 'xa' WHERE id = 1; DELETE FROM t WHERE id = 2; "
                        f"INSERT INTO t VALUES (4, 'xa'); XA END '{name}'; XA PREPARE '{name}'")
    task.wait_for_catchup()
    resync(task, "t")
    pair.source_execute("FLUSH LOGS")
    task.wait_for_catchup()
    assert table_state(task, "t")["rows_loaded"] == 3
    pair.source_execute(f"XA COMMIT '{name}'")
    task.wait_for_catchup()
    pair.assert_same("t")


@pytest.mark.greenplum
@pytest.mark.sources("mysql9")
def test_rows_to_be_read_again_of_a_table_with_other_columns(pair):
    """A row that the binlog lacks cells of is read from the source, which is many ALTERs ahead."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)")
    # Without inserts the target is no copy, and so no source of cells.
    task = pair.run_task(operations=["update", "delete", "alter"]).wait_for_catchup().stop()
    pair.source_execute("SET binlog_row_image = MINIMAL; UPDATE t SET id = 5, a = 5 WHERE id = 1;"
                        "SET binlog_row_image = FULL; ALTER TABLE t DROP COLUMN a, ADD COLUMN c INT DEFAULT 3 FIRST;"
                        "UPDATE t SET c = id")
    task.start().wait_for_catchup()
    pair.assert_same("t")
    assert len(reload_notices(task, "t")) == 1


@pytest.mark.sources("mysql9")
def test_large_rows_over_tls(pair):
    """One is a step of its own, after which the session that read it hangs up: that of the stream must not notice."""
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB);"
                        "INSERT INTO t VALUES (1, REPEAT('a', 18000000)), (2, 'b')")
    task = pair.run_task().wait_for_catchup()
    resync(task, "t")
    task.wait_for_catchup()
    pair.source_execute("UPDATE t SET v = 'c' WHERE id = 2")
    task.wait_for_catchup()
    pair.assert_same("t")
    assert task.row()["retries"] == 0


@pytest.mark.sources("mariadb")
def test_what_cannot_be_reloaded(pair):
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    task = pair.task().create()
    with pytest.raises(psycopg2.Error, match="has no table"):
        resync(task, "t")
    task.start().wait_state().wait_for_catchup()
    with pytest.raises(psycopg2.Error, match="has no table"):
        resync(task, "u")
    task.stop()
    # Asked for while the task is stopped: done when it goes on. Renamed meanwhile, and gone for a while.
    resync(task, "t")
    pair.source_execute("INSERT INTO t VALUES (1, 1)")
    task.start().wait_for_catchup()
    pair.assert_same("t")
    assert len(reload_notices(task, "t")) == 1
    task.stop()
    for message, setting in {"delete": {"operations": ["insert", "update"]}, "append": {"existing_tables": "append"},
                             "sync_data": {"sync_data": False}}.items():
        other = pair.task(message).create(target_schema=message, **setting).start().wait_state()
        with pytest.raises(psycopg2.Error, match=f"cannot be loaded again(.|\n)*{message}"):
            resync(other, "t")
        other.stop().drop()
