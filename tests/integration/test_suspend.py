"""One table's trouble is one table's: what cannot be read or stored is set aside with its error, the others go on, and
resync_table brings it back."""

import psycopg2
import pytest

from harness.wait import wait_until

pytestmark = pytest.mark.sources("mariadb")

COLUMNS = [f"c{number}" for number in range(700)]
# A row of it, filled, does not fit into a page of PostgreSQL, and its values are too short to be stored elsewhere.
WIDE = f"""CREATE TABLE wide (id INT PRIMARY KEY, {', '.join(f'{column} VARCHAR(14)' for column in COLUMNS)})
           ENGINE=MyISAM CHARACTER SET latin1"""
FILLED = ", ".join(["'fourteen bytes'"] * len(COLUMNS))


def is_suspended(task, table, part):
    row = task.tables()[table]
    return row["state"] == "suspended" and part in row["last_error"]


def caught_up_but(task, table):
    """All others have caught up, and nobody is told that everything has."""
    with pytest.raises(psycopg2.Error) as raised:
        task.wait_for_catchup()
    assert "set aside" in raised.value.diag.message_primary and table in raised.value.diag.message_detail


def warnings_of(task):
    return {(item["item"], item["object"]) for item in task.precheck() if item["status"] == "warning"}


def test_rows_that_cannot_be_stored(pair):
    wide, key = f"{pair.name}.wide", f"{pair.name}.k"
    pair.source_execute(f"""{WIDE}; INSERT INTO wide VALUES (1, {FILLED});
        CREATE TABLE k (v TEXT CHARACTER SET latin1, PRIMARY KEY (v(20)));
        INSERT INTO k SELECT GROUP_CONCAT(SHA2(seq, 512) SEPARATOR '') FROM seq_1_to_60;
        CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)""")
    task = pair.task().create()
    assert {("row_size", wide), ("key_size", key)} <= warnings_of(task)
    task.start().wait_state()
    assert is_suspended(task, wide, "row is too big") and is_suspended(task, key, "index row")
    pair.source_execute("INSERT INTO t VALUES (2, 2); UPDATE wide SET c1 = 'x'; ALTER TABLE wide CHANGE c2 d2 VARCHAR(14)")
    caught_up_but(task, key)
    pair.assert_same("t")
    assert "tables set aside: 2" in task.row()["last_error"]
    assert {("suspended", wide), ("suspended", key)} <= warnings_of(task)
    found = [error for error in task.errors() if error["source_table"] == wide]
    assert found[0]["sqlstate"] == "54000" and "resync_table" in found[0]["remedy"]
    # It lasts over a restart, until somebody asks for the table.
    task.stop().start().wait_state()
    pair.source_execute("INSERT INTO t VALUES (3, 3); DELETE FROM k; UPDATE wide SET c3 = NULL")
    caught_up_but(task, key)
    pair.source_execute("UPDATE wide SET " + ", ".join(f"c{number} = NULL" for number in range(100, 700)))
    for table in (wide, key):
        pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, table))
    task.wait_for_catchup()
    for table in ("wide", "k", "t"):
        pair.assert_same(table)
    assert (task.row()["state"], task.row()["last_error"]) == ("synchronizing", None)


def test_changes_that_cannot_be_stored(pair):
    wide, many = f"{pair.name}.wide", f"{pair.name}.many"
    pair.source_execute(f"""{WIDE}; CREATE TABLE t (id INT PRIMARY KEY, v INT);
        CREATE TABLE many (id INT PRIMARY KEY, {', '.join(f'n{number} TINYINT' for number in range(1590))}) ENGINE=MyISAM""")
    task = pair.run_task()
    added = ", ".join(f"ADD a{number} TINYINT" for number in range(20))
    pair.source_execute(f"""INSERT INTO t VALUES (1, 1); INSERT INTO wide VALUES (1, {FILLED}); INSERT INTO t VALUES (2, 2);
        ALTER TABLE many {added}; INSERT INTO many (id, n1, a1) VALUES (1, 1, 1);
        CREATE TABLE huge (id INT PRIMARY KEY, {', '.join(f'n{number} TINYINT' for number in range(1700))}) ENGINE=MyISAM;
        INSERT INTO huge (id) VALUES (1); INSERT INTO t VALUES (3, 3); DELETE FROM wide""")
    caught_up_but(task, many)
    pair.assert_same("t")
    assert is_suspended(task, wide, "row is too big") and is_suspended(task, many, "1600 columns")
    assert any("1701 columns" in error["message"] for error in task.errors())
    drops = ", ".join(f"DROP n{number}" for number in range(1000, 1100))
    pair.source_execute(f"ALTER TABLE many {drops}")
    caught_up_but(task, many)
    pair.target_execute(f"DROP TABLE {many}")  # columns that were dropped count there, so it is to be made anew
    for table in (wide, many):
        pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, table))
    task.wait_for_catchup()
    for table in ("wide", "many", "t"):
        pair.assert_same(table)


def test_table_without_its_tablespace(pair):
    lost = f"{pair.name}.lost"
    pair.source_execute("CREATE TABLE lost (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY)")
    task = pair.run_task()
    pair.source_execute("ALTER TABLE lost DISCARD TABLESPACE; INSERT INTO t VALUES (1)")
    caught_up_but(task, lost)
    assert is_suspended(task, lost, "1814")
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, lost))
    wait_until(lambda: len([error for error in task.errors() if "1814" in error["message"]]) == 2, 20, "it is tried again")
    caught_up_but(task, lost)
    pair.assert_same("t")
    failed = {(item["item"], item["object"]) for item in task.precheck() if item["status"] == "failed"}
    assert ("select", lost) in failed and ("select", f"{pair.name}.t") not in failed
    pair.source_execute("DROP TABLE lost; CREATE TABLE lost (id INT PRIMARY KEY); INSERT INTO lost VALUES (7)")
    task.wait_for_catchup()
    pair.assert_same("lost")


def test_unlogged_target(pair):
    """Found at the next start of the worker: a crash would have emptied it without a word. Views on it, which refuse DDL,
    stop nobody either."""
    u = f"{pair.name}.u"
    pair.source_execute("CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY, v INT, w INT, x INT); INSERT INTO u (id) VALUES (1)")
    task = pair.run_task()
    task.stop()
    pair.target_execute(f"ALTER TABLE {u} SET UNLOGGED; CREATE VIEW public.seen AS SELECT v, w FROM {u}")
    pair.source_execute("INSERT INTO t VALUES (1); INSERT INTO u VALUES (2, 2, 2, 2); ALTER TABLE u DROP w, CHANGE x y INT; ALTER TABLE u MODIFY v VARCHAR(9)")
    task.start().wait_state()
    caught_up_but(task, "u")
    assert is_suspended(task, u, "UNLOGGED")
    assert [error["remedy"] for error in task.errors() if "keeps columns that the source has no more" in error["message"]] != []
    pair.assert_same("t")
    pair.target_execute(f"ALTER TABLE {u} SET LOGGED")
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, u))
    caught_up_but(task, "u")
    assert is_suspended(task, u, "used by a view")
    pair.target_execute(f"DROP VIEW public.seen; ALTER TABLE {u} DROP COLUMN w")
    pair.source_execute("INSERT INTO t VALUES (2); INSERT INTO u VALUES (3, 'three', 3)")
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, u))
    task.wait_for_catchup()
    for table in ("t", "u"):
        pair.assert_same(table)


@pytest.mark.parametrize("left_out", [[], ["p"]])
def test_cascades_that_cannot_be_stored(pair, left_out):
    """They are the child's trouble, whoever's event has brought them."""
    pair.source_execute("""CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1), (2), (3); CREATE TABLE t (id INT PRIMARY KEY);
        CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL); INSERT INTO c SELECT id, id FROM p;
        CREATE TABLE g (id INT PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES c (id) ON DELETE CASCADE)""")
    task = pair.run_task([f"{pair.name}.*", *(f"!{pair.name}.{name}" for name in left_out)])
    pair.target_execute(f"""CREATE FUNCTION {pair.name}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too much' USING ERRCODE = '54000'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON {pair.name}.c FOR EACH ROW EXECUTE FUNCTION {pair.name}.refuse();
        ALTER TABLE {pair.name}.c ENABLE ALWAYS TRIGGER refuse""")
    pair.source_execute("INSERT INTO t VALUES (1); DELETE FROM p WHERE id = 1; INSERT INTO t VALUES (2); DELETE FROM p WHERE id = 2")
    caught_up_but(task, f"{pair.name}.c")
    assert is_suspended(task, f"{pair.name}.c", "too much")
    assert {table: row["state"] for table, row in task.tables().items() if row["state"] != "synchronizing"} == {f"{pair.name}.c": "suspended"}
    pair.target_execute(f"DROP TRIGGER refuse ON {pair.name}.c")
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{pair.name}.c"))
    task.wait_for_catchup()
    for table in ({"p", "t", "c", "g"} - set(left_out)):
        pair.assert_same(table)
