"""XA transactions: prepared first, and committed or rolled back later, by whoever knows the xid.

MariaDB and MySQL 9 log the rows at the prepare, MySQL 5.6 at the commit. In both cases the target has them once they
are committed, and not before.
"""

import os

import pymysql
import pytest
from pymysql.constants import ER

from harness.reload import settle
from harness.wait import wait_until
from test_crash import kill_worker
from test_stream import failure, follows, streaming

PLAIN = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100)); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')"
OTHER = "; CREATE TABLE other (id INT PRIMARY KEY)"
TWO_PHASES = pytest.mark.sources("mariadb", "mysql9")


def prepare(pair, xid, sql, before=""):
    """Leaves the transaction prepared; the session ends."""
    pair.source_execute(f"{before}; XA START {xid}; {sql}; XA END {xid}; XA PREPARE {xid}".lstrip("; "))


def commit(pair, xid):
    finish(pair, f"XA COMMIT {xid}")


def roll_back(pair, xid):
    finish(pair, f"XA ROLLBACK {xid}")


def finish(pair, statement):
    """The transaction belongs to the session that prepared it until the server has seen that one go."""
    def done():
        try:
            pair.source_execute(statement)
            return True
        except pymysql.err.OperationalError as error:
            if error.args[0] != ER.XAER_NOTA:
                raise
    wait_until(done, 10, statement)


def ids(pair, table="t"):
    return [row[0] for row in pair.target_query(f'SELECT id FROM "{pair.name}".{table} ORDER BY id')]


def kept(pair):
    return pair.target_query("SELECT xid, piece FROM mysql_sync.prepared_transaction ORDER BY 1, 2")


@pytest.fixture(autouse=True)
def nothing_stays_prepared(request, new_pair):
    """A transaction left over by a test that failed would lock its tables for good."""
    yield
    for pair in request.node.pairs:
        for xid in prepared(pair.source) if pair.source.is_running() else []:
            pair.source.execute("XA ROLLBACK " + xid)


def prepared(source):
    """What is prepared there, as literals."""
    if source.kind == "mysql56":
        return []  # where a prepared transaction ends with its session
    if source.kind == "mariadb":
        return [row[3] for row in source.query("XA RECOVER FORMAT = 'SQL'")]
    return [f"X'{data[2:2 + 2 * length]}',X'{data[2 + 2 * length:]}',{form}"
            for form, length, _, data in source.query("XA RECOVER CONVERT XID")]


def test_two_phases(pair):
    task = streaming(pair, PLAIN + OTHER, tables=[f"{pair.name}.t"])
    follows(pair, task, sql="XA START 'c'; INSERT INTO t VALUES (10, 'xa'); XA END 'c'; XA COMMIT 'c' ONE PHASE;"
                            "XA START 'd'; INSERT INTO t VALUES (11, 'xa'); XA END 'd'; XA PREPARE 'd'; XA COMMIT 'd';"
                            "XA START 'e'; DELETE FROM t; XA END 'e'; XA PREPARE 'e'; XA ROLLBACK 'e';"
                            "XA START 'f'; DELETE FROM t; XA END 'f'; XA ROLLBACK 'f';"
                            "XA START 'g'; SELECT * FROM t; XA END 'g'; XA PREPARE 'g'; XA COMMIT 'g';"
                            "XA START 'h'; INSERT INTO other VALUES (1); XA END 'h'; XA PREPARE 'h'; XA COMMIT 'h';"
                            "XA START 'h'; INSERT INTO other VALUES (2); XA END 'h'; XA PREPARE 'h'; XA ROLLBACK 'h';"
                            "XA START 'h'; INSERT INTO other VALUES (3); XA END 'h'; XA COMMIT 'h' ONE PHASE")
    assert ids(pair) == [1, 2, 3, 10, 11]
    assert task.errors() == [] and kept(pair) == []


@pytest.mark.greenplum
@TWO_PHASES
def test_rows_wait_for_the_commit(pair):
    """Several at a time, with other transactions on the same table between; xids of any bytes."""
    task = streaming(pair, PLAIN + "; CREATE TABLE u (id INT PRIMARY KEY, v INT); INSERT INTO u VALUES (1, 1);"
                                   "INSERT INTO t VALUES (25, 'ends the gap that the savepoint leaves locked')")
    binary = f"X'00ff27',X'{'5c' * 64}',2147483647"
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a'); UPDATE t SET v = 'A' WHERE id = 1; INSERT INTO u VALUES (10, 1)")
    prepare(pair, "'a','b'", "INSERT INTO t VALUES (20, 'b'); SAVEPOINT s; INSERT INTO t VALUES (21, 'no');"
                             "ROLLBACK TO s; UPDATE t SET id = 22 WHERE id = 20")
    prepare(pair, binary, "DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (30, 'c')")
    prepare(pair, "'d','',0", "INSERT INTO t VALUES (40, 'd')")
    pair.source_execute("INSERT INTO t VALUES (50, 'between'); UPDATE t SET v = 'between' WHERE id = 3")
    task.wait_for_catchup()
    assert ids(pair) == [1, 2, 3, 25, 50]
    assert len({xid for xid, _ in kept(pair)}) == 4
    commit(pair, binary)
    pair.source_execute("INSERT INTO t VALUES (2, 'free again'); UPDATE t SET v = 'C' WHERE id = 30")
    roll_back(pair, "'d','',0")
    pair.source_execute("INSERT INTO t VALUES (40, 'free as well')")
    follows(pair, task, "t", "u")
    assert len({xid for xid, _ in kept(pair)}) == 2
    commit(pair, "'a','b'")
    commit(pair, "'a'")
    follows(pair, task, "t", "u")
    assert task.errors() == [] and kept(pair) == []
    # An xid can be used again.
    prepare(pair, "'a'", "INSERT INTO t VALUES (60, 'again')")
    commit(pair, "'a'")
    prepare(pair, "'a'", "INSERT INTO t VALUES (61, 'never')")
    roll_back(pair, "'a'")
    follows(pair, task)


@TWO_PHASES
def test_the_worker_goes_between_prepare_and_commit(pair):
    task = streaming(pair, PLAIN + OTHER, tables=[f"{pair.name}.t"])
    for n in range(1, 6):
        prepare(pair, f"'{n}'", f"INSERT INTO t VALUES ({10 * n}, 'prepared')")
    prepare(pair, "'o'", "INSERT INTO other VALUES (1)")
    task.wait_for_catchup().stop()
    commit(pair, "'1'")
    roll_back(pair, "'2'")
    follows(pair, task.start())
    assert ids(pair) == [1, 2, 3, 10]
    kill_worker(pair, "task")
    commit(pair, "'3'")
    roll_back(pair, "'4'")
    commit(pair, "'o'")
    wait_until(lambda: task.row()["pid"], 30, "the worker is back")
    follows(pair, task)
    pair.target.kill()
    pair.target.start()
    commit(pair, "'5'")
    wait_until(lambda: task.row()["pid"], 30, "the worker is back")
    follows(pair, task)
    assert ids(pair) == [1, 2, 3, 10, 30, 50]
    assert kept(pair) == []


@TWO_PHASES
def test_the_source_dies_between_prepare_and_commit(pair):
    task = streaming(pair, PLAIN)
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a')")
    prepare(pair, "'b'", "INSERT INTO t VALUES (11, 'b')")
    open_session = pair.source.connect(pair.name)
    open_session.cursor().execute("XA START 'c'; INSERT INTO t VALUES (12, 'never prepared')")
    pair.source.kill()
    pair.source.start()
    commit(pair, "'a'")
    roll_back(pair, "'b'")
    pair.source_execute("INSERT INTO t VALUES (11, 'free'), (12, 'free')")
    wait_until(lambda: task.row()["last_error"] is None, 60, "the task is back")
    follows(pair, task)
    assert kept(pair) == []


@pytest.mark.sources("mariadb")
def test_the_source_dies_while_it_writes_one(pair):
    """What it left in its log is a beginning that has no end."""
    task = streaming(pair, PLAIN)
    task.wait_for_catchup().stop()
    name, begin = pair.source.binlog_position()
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a'); INSERT INTO t SELECT seq + 100, REPEAT('x', 100) "
                         "FROM seq_1_to_30000")
    [end] = [row[1] for row in pair.source.query(f"SHOW BINLOG EVENTS IN '{name}' FROM {begin}") if row[2] == "XA_prepare"]
    pair.source.kill()
    os.truncate(pair.source.directory / "data" / name, end)
    pair.source.start()
    roll_back(pair, "'a'")
    follows(pair, task.start(), sql="INSERT INTO t VALUES (10, 'free')")
    assert ids(pair) == [1, 2, 3, 10] and kept(pair) == []
    assert [error for error in task.errors() if error["sqlstate"][:2] != "08"] == []


@TWO_PHASES
def test_large(pair):
    """In many pieces, one row larger than a piece, applied in several batches, visible at once."""
    row = "CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT); INSERT INTO t VALUES (0, '0'), (100001, 'x')"
    task = streaming(pair, row, options={"batch_rows": 1000})
    many = "INSERT INTO t SELECT d.seq, CONCAT(d.seq, REPEAT('x', 200)) FROM (WITH RECURSIVE s(seq) AS (SELECT 1 UNION " \
           "ALL SELECT seq + 1 FROM s WHERE seq < 20000) SELECT seq FROM s) d; UPDATE t SET v = REPEAT('long', 1000000) " \
           "WHERE id = 100001; DELETE FROM t WHERE id % 2 = 1 AND id < 100001"
    limit = "SET SESSION {} = 100000"
    before = limit.format("cte_max_recursion_depth" if pair.source.kind == "mysql9" else "max_recursive_iterations")
    prepare(pair, "'large'", many, before)
    task.wait_for_catchup()
    assert ids(pair) == [0, 100001] and len(kept(pair)) > 8
    task.stop().start()
    commit(pair, "'large'")
    follows(pair, task)
    assert len(ids(pair)) == 10002 and kept(pair) == []
    prepare(pair, "'l2'", "UPDATE t SET v = CONCAT(v, '!')")
    roll_back(pair, "'l2'")
    pair.source_execute(f"{before}; XA START 'l3'; UPDATE t SET v = CONCAT(v, '?'); XA END 'l3'; XA COMMIT 'l3' ONE PHASE")
    follows(pair, task)
    assert kept(pair) == []


# --- prepared before the task knew of it -------------------------------------------------------------------------


@TWO_PHASES
def test_prepared_before_the_first_start(pair):
    """Their rows are found in older files of the binlog, whether the load has seen the commit or not."""
    pair.source_execute(PLAIN + OTHER)
    prepare(pair, "'a'", "INSERT INTO t VALUES (99, 'an older one of that xid')")
    roll_back(pair, "'a'")
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a'); UPDATE t SET v = 'a' WHERE id = 1; DELETE FROM t WHERE id = 2")
    pair.source_execute("FLUSH LOGS")
    prepare(pair, "'b'", "INSERT INTO t VALUES (20, 'b'), (21, 'b')")
    prepare(pair, "'c'", "INSERT INTO t VALUES (30, 'c')")
    prepare(pair, "'o'", "INSERT INTO other VALUES (1)")
    pair.source_execute("FLUSH LOGS; FLUSH LOGS; INSERT INTO t VALUES (4, 'four')")
    task = pair.task().create([f"{pair.name}.t"]).start()
    commit(pair, "'b'")
    pair.source_execute("UPDATE t SET v = 'later' WHERE id = 21")
    task.wait_state()
    follows(pair, task)
    commit(pair, "'o'")
    commit(pair, "'a'")
    roll_back(pair, "'c'")
    pair.source_execute("UPDATE t SET v = 'later' WHERE id = 10; INSERT INTO t VALUES (30, 'free')")
    follows(pair, task)
    assert ids(pair) == [1, 3, 4, 10, 20, 21, 30]
    assert task.errors() == [] and kept(pair) == []


@TWO_PHASES
def test_prepare_is_purged(pair):
    """What the transaction changed cannot be known any more: that is said, and nothing is passed over."""
    pair.source_execute(PLAIN)
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a')")
    prepare(pair, "'b'", "INSERT INTO t VALUES (11, 'b')")
    pair.source_execute("FLUSH LOGS; FLUSH LOGS")
    pair.source.execute("PURGE BINARY LOGS TO %s", (pair.source.binlog_position()[0],))
    task = pair.run_task()
    roll_back(pair, "'b'")  # which changes nothing whatever it was
    follows(pair, task, sql="INSERT INTO t VALUES (4, 'four')")
    before = task.row()["applied_position"]
    commit(pair, "'a'")
    error = failure(task)
    assert "X'61',X'',1" in error["message"] and "reset_task" in error["remedy"]
    assert error["position"] == before == task.row()["applied_position"]
    assert ids(pair) == [1, 2, 3, 4]


@TWO_PHASES
def test_prepared_on_other_tables(pair):
    """Who reads the binlog from the middle finds many that are none of ours: one look back settles them all."""
    task = streaming(pair, PLAIN + OTHER, tables=[f"{pair.name}.t"])
    for n in range(20):
        prepare(pair, f"'{n}'", f"INSERT INTO other VALUES ({n})")
    prepare(pair, "'t'", "INSERT INTO t VALUES (10, 't')")
    task.wait_for_catchup().stop().start()
    for n in range(20):
        commit(pair, f"'{n}'") if n % 3 else roll_back(pair, f"'{n}'")
        pair.source_execute("INSERT INTO t VALUES (%s, 'between')", (100 + n,))
    follows(pair, task)
    commit(pair, "'t'")
    follows(pair, task)
    assert task.errors() == [] and kept(pair) == []
    assert pair.target.log_tail(10000).count(f'"{task.name}" looks for the prepare') == 1


@pytest.mark.sources("mysql9")
def test_compressed(pair):
    """The prepare, or the commit in one phase, may be compressed as a whole; it is found there, too."""
    on = "SET SESSION binlog_transaction_compression = ON"
    rows = "INSERT INTO t VALUES ({0}, REPEAT('compressed', 10)), ({0} + 1, REPEAT('c', 100))"
    pair.source_execute(PLAIN)
    prepare(pair, "'before'", rows.format(10), on)
    task = pair.run_task()
    commit(pair, "'before'")
    prepare(pair, "'a'", rows.format(20), on)
    prepare(pair, "'b'", rows.format(30), on)
    task.wait_for_catchup()
    assert ids(pair) == [1, 2, 3, 10, 11]
    commit(pair, "'a'")
    roll_back(pair, "'b'")
    follows(pair, task, sql=f"{on}; XA START 'c'; {rows.format(40)}; XA END 'c'; XA COMMIT 'c' ONE PHASE")
    assert ids(pair) == [1, 2, 3, 10, 11, 20, 21, 40, 41]


@pytest.mark.sources("mariadb")
def test_several_engines(pair):
    """Changes of tables without transactions are logged apart, and stay when the rest is rolled back."""
    task = streaming(pair, PLAIN + "; CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM;"
                                   "CREATE TABLE a (id INT PRIMARY KEY) ENGINE=Aria TRANSACTIONAL=1")
    both = "INSERT INTO t VALUES ({0}, 'x'); INSERT INTO m VALUES ({0}); INSERT INTO a VALUES ({0})"
    prepare(pair, "'a'", both.format(10))
    prepare(pair, "'b'", both.format(11))
    prepare(pair, "'m'", "INSERT INTO m VALUES (12)")
    task.wait_for_catchup()
    assert ids(pair) == [1, 2, 3] and ids(pair, "m") == ids(pair, "a") + [12] == [10, 11, 12]
    commit(pair, "'a'")
    roll_back(pair, "'b'")
    commit(pair, "'m'")
    follows(pair, task, "t", "m", "a", sql=f"XA START 'c'; {both.format(20)}; XA END 'c'; XA COMMIT 'c' ONE PHASE")
    assert task.errors() == []


@pytest.mark.sources("mariadb")
def test_operations(pair):
    """What counts are the operations at the commit."""
    task = streaming(pair, PLAIN, operations=["insert", "update", "alter"])
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a'); UPDATE t SET v = 'a' WHERE id = 1; DELETE FROM t WHERE id = 2")
    task.wait_for_catchup().stop()
    task.alter(operations=["insert", "delete", "alter"])
    commit(pair, "'a'")
    task.start().wait_for_catchup()
    assert pair.target_query(f'SELECT * FROM "{pair.name}".t ORDER BY id') == [(1, "one"), (3, "three"), (10, "a")]


@pytest.mark.sources("mariadb")
def test_statements_in_it(pair):
    """Logged as statements, what they change is read at the commit, be the prepare seen or looked up."""
    statement = "SET SESSION binlog_format = 'STATEMENT'"
    pair.source_execute(PLAIN)
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a')", statement)
    task = pair.run_task()
    prepare(pair, "'b'", "INSERT INTO t VALUES (11, 'b')", statement)
    task.wait_for_catchup()
    assert task.errors() == []
    commit(pair, "'a'")
    commit(pair, "'b'")
    settle(task)
    pair.assert_same("t")
    assert any("INSERT INTO t" in error["detail"] for error in task.errors())
    assert kept(pair) == []


@pytest.mark.sources("mariadb")
def test_a_task_that_is_dropped_forgets_them(pair):
    task = streaming(pair, PLAIN)
    prepare(pair, "'a'", "INSERT INTO t VALUES (10, 'a')")
    task.wait_for_catchup().stop()
    assert kept(pair) == [("X'61',X'',1", 0)]
    task.drop()
    assert kept(pair) == []
    again = pair.task().create(existing_tables="truncate").start().wait_state()
    commit(pair, "'a'")
    follows(pair, again)


@pytest.mark.sources("mariadb")
def test_parent_of_a_selected_table_that_is_not_selected_itself(pair):
    """Its rows were prepared before the task began: they are looked up for the sake of its children."""
    pair.source_execute("""CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
        CREATE TABLE t (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);
        INSERT INTO t VALUES (1, 1), (2, 2)""")
    prepare(pair, "'x'", "DELETE FROM parent WHERE id = 1")
    task = pair.run_task([f"{pair.name}.t"])
    assert ids(pair) == [1, 2]
    commit(pair, "'x'")
    follows(pair, task)
